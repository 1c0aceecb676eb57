"""The command `aislewise`: finds a command's file when called, turns errors into one line and an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from aislewise.configuration import read
from models.errors import AislewiseError

COMMANDS = {
    "demo": "aislewise.demo",
    "replay": "aislewise.replay",
    "calibrate": "aislewise.calibrate",
    "train": "aislewise.learning",
    "recommend": "aislewise.learning",
    "evaluate": "aislewise.evaluating",
    "nightly": "aislewise.learning",
    "bundles": "aislewise.champion",
    "canary": "aislewise.champion",
    "promote": "aislewise.champion",
    "rollback": "aislewise.champion",
    "gateway": "aislewise.processes",
    "worker": "aislewise.processes",
    "serve": "aislewise.processes",
    "simulate": "aislewise.simulate",
    "plan": "aislewise.checks",
    "catalog": "aislewise.checks",
    "validate": "aislewise.validate",
    "load": "aislewise.load",
    "token": "aislewise.operate",
    "doctor": "aislewise.doctor",
    "lag": "aislewise.operate",
    "dead-letters": "aislewise.dead_letters",
    "erase": "aislewise.erase",
}


class LazyGroup(click.Group):
    """Imports a command's file only when it is needed: `aislewise --help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[name]), name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="aislewise")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Dwell time from phone positions, prompts for salespeople while it matters, and a recommender that learns.

    \b
    Example:
      aislewise demo --minutes 2
    """
    ctx.obj = read(os.environ, Path.cwd())


_PLACES = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError, FileExistsError)
"""A folder or file that a person named and that cannot be used; other errors of the system are no fault of theirs."""


def main() -> None:
    """Runs a command; what a person can mend is said in one line on standard error."""
    try:
        sys.exit(cli(prog_name="aislewise", standalone_mode=False))
    except AislewiseError as error:
        click.echo(f"aislewise: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"aislewise: {' '.join(error.format_message().split())}{_hint(error)}", err=True)
        sys.exit(error.exit_code)
    except _PLACES as error:
        if error.filename is None:
            raise
        click.echo(f"aislewise: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _hint(error: click.ClickException) -> str:
    """Whose help says how it is used."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f" (see {context.command_path} --help)" if context else ""


if __name__ == "__main__":
    main()
