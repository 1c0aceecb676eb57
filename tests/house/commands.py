"""Every command of `aislewise`, those inside groups too, and the examples of its help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from aislewise.cli import cli


def every_command() -> list[tuple[str, click.Command]]:
    """("worker dwell", command), …; groups are left out."""
    return list(_below(cli, ()))


def _below(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command, name
        if isinstance(command, click.Group):
            yield from _below(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def examples(command: click.Command, name: str) -> list[str]:
    """The lines of a command's help that call it."""
    return [line.strip() for line in (command.help or "").splitlines() if f"aislewise {name}" in line]
