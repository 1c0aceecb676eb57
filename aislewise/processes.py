"""The long-running processes: `gateway`, `worker dwell|prompts|history`, `serve`. SIGTERM drains each within 15 s."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import click

from models.settings import Settings

Command = Callable[..., Any]

WORKERS = {
    "dwell": "streams.dwell_worker",
    "prompts": "streams.prompt_worker",
    "history": "streams.history_worker",
}


def _end_on_sigterm() -> None:
    """While a process loads there is nothing to drain; uvicorn calls this again once it has drained."""
    # at once: a SystemExit that is raised in the middle of an import can get lost there
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def _address(default_port: int) -> Callable[[Command], Command]:
    """The options --host and --port."""

    def decorate(command: Command) -> Command:
        port = click.option("--port", default=default_port, show_default=True, type=click.IntRange(0, 65535))
        return click.option("--host", default="127.0.0.1", show_default=True)(port(command))

    return decorate


@click.command()
@_address(8001)
@click.pass_obj
def gateway(settings: Settings, host: str, port: int) -> None:
    """Takes pings, purchases and check-ins over HTTP and hands them to Kafka.

    \b
    Example:
      AISLEWISE_SECRET=… aislewise gateway --port 8001
    """
    _end_on_sigterm()
    from streams.gateway.app import run

    run(settings, host, port)


@click.command()
@_address(8000)
@click.pass_obj
def serve(settings: Settings, host: str, port: int) -> None:
    """Serves the board: shoppers, prompts, outcomes, and the tablet's page.

    \b
    Example:
      AISLEWISE_SECRET=… aislewise serve --port 8000
    """
    _end_on_sigterm()
    from serving.app import run

    run(settings, host, port)


@click.command()
@click.argument("name", type=click.Choice(list(WORKERS)))
@click.pass_obj
def worker(settings: Settings, name: str) -> None:
    """Runs a worker: `dwell` (pings to dwell), `prompts` (moments to prompts) or `history` (topics to the lake).

    \b
    Example:
      AISLEWISE_SECRET=… aislewise worker dwell
    """
    from importlib import import_module

    _end_on_sigterm()
    import_module(WORKERS[name]).run(settings)
