"""What was removed and when, without a name of anybody: a small file an act in the lake's hidden folder `.audit`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from models import folders
from models.folders import AnyPath

FOLDER = ".audit"


class Act(msgspec.Struct, frozen=True):
    """One act. Of one that is `begun` and not `done` the rows are those that were found; it has to be run again."""

    id: str
    at: str
    what: Literal["erase", "sweep", "retention"]
    """Somebody was erased; rows of an erased person that came later; what was older than its retention."""
    by: str
    """A role: `operator` at the command, `manager` on the page, `nightly`."""
    state: Literal["begun", "done"] = "done"
    kind: str | None = None
    """How the person was named: customer, device or visit."""
    store_id: str | None = None
    rows: Mapping[str, int] = {}
    """By table."""
    names: Mapping[str, int] = {}
    """How many pseudonyms of each kind the person had."""
    board: int = 0
    """Entries of the board."""
    salts: int = 0


def begin(what: Literal["erase", "sweep", "retention"], by: str, now_ms: int) -> Act:
    """An act of now; it is in no file yet."""
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    name = f"{at:%Y%m%dT%H%M%S}-{what}-{secrets.token_hex(4)}"
    return Act(name, at.isoformat(timespec="seconds").replace("+00:00", "Z"), what, by)


def write(root: AnyPath, act: Act) -> None:
    """Over what the same act said before."""
    folders.write(root / FOLDER / f"{act.id}.json", msgspec.json.format(msgspec.json.encode(act)))


def read(root: AnyPath, most: int = 200) -> list[Act]:
    """The newest first; what is no act is passed over."""
    found = []
    for path in reversed(folders.glob(root / FOLDER, "*.json")[-most:]):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Act))
        except (msgspec.DecodeError, FileNotFoundError):
            continue
    return found
