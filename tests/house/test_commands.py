"""Every command has help with an example that uses options it has."""

from __future__ import annotations

import re
import shlex

from click.testing import CliRunner

from aislewise.cli import cli
from tests.house.commands import every_command, examples

CONTRACT = {
    *(
        "demo",
        "replay",
        "calibrate",
        "train",
        "recommend",
        "nightly",
        "bundles",
        "promote",
        "rollback",
        "simulate",
        "token",
        "doctor",
        "load",
        "validate",
        "lag",
        "erase",
        "dead-letters list",
        "dead-letters show",
        "dead-letters retry",
    ),
    *("gateway", "worker", "serve", "plan check", "plan import", "catalog import"),
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
        for example in examples(command, name):
            call = example.split(f"aislewise {name}", 1)[1].split(" | ")[0]
            used = {word.partition("=")[0] for word in shlex.split(call, comments=True) if re.match(r"--?[a-z]", word)}
            assert used <= known, f"{name}: {used - known}"
