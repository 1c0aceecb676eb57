"""Every command has help with an example that uses options it has."""

from __future__ import annotations

import re
import shlex

import click
from click.testing import CliRunner

from aislewise.cli import cli
from tests.house.commands import every_command

CONTRACT = {
    *("demo", "replay", "train", "recommend", "nightly", "bundles", "promote", "rollback", "simulate", "token", "lag"),
    *("gateway", "worker dwell", "worker prompts", "worker history", "serve", "plan check", "catalog import"),
}
"""The commands of the architecture that are built so far."""


def test_every_command_of_the_contract_is_there() -> None:
    assert {name for name, _ in every_command()} >= CONTRACT


def test_every_command_has_help_with_an_example() -> None:
    runner = CliRunner()
    for name, _ in every_command():
        answer = runner.invoke(cli, [*name.split(), "--help"])
        assert answer.exit_code == 0, name
        assert re.search(rf"^  Example:\n +.*\baislewise {name}\b", answer.output, re.MULTILINE), name


def test_examples_use_options_that_exist() -> None:
    for name, command in every_command():
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for line in _examples(command, name):
            used = {word.partition("=")[0] for word in line if re.match(r"--?[a-z]", word)}
            assert used <= known | {"--help"}, f"{name}: {used - known}"


def _examples(command: click.Command, name: str) -> list[list[str]]:
    """The words of each line of the help that calls the command, up to a pipe."""
    lines = [line for line in (command.help or "").splitlines() if f"aislewise {name}" in line]
    return [shlex.split(line.split(f"aislewise {name}", 1)[1].split("|")[0], comments=True) for line in lines]
