"""Which bundle decides for a visit: the champion, or the one before it for a share of visits while that is compared.

After a promotion the file CANARY beside LATEST names the bundle before and what has been promoted since. It counts only
while LATEST names one of these, so that replacing LATEST begins and ends it, and a LATEST written by hand ends it too.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from models import bundle, folders, ids
from models.bundle import Bundle
from models.folders import AnyPath

CANARY = "CANARY"


class Canary(msgspec.Struct, frozen=True):
    """The file CANARY: folders' names."""

    before: str
    champions: tuple[str, ...]
    """What has been promoted while `before` keeps its share, oldest first."""


def canary(folder: AnyPath) -> Canary | None:
    """The comparison that goes on now. Raises FolderError, and OSError where the file is there and cannot be read."""
    path, champion = folder / CANARY, bundle.latest(folder)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Canary)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return found if champion is not None and champion.name in found.champions else None


@dataclass(frozen=True)
class Arms:
    """The bundles in use. A phone's visits of a day are in one arm: its pseudonym is another on the next day."""

    champion: Bundle | None = None
    before: Bundle | None = None

    def of(self, share: float, secret: str, store: str, phone: str) -> Bundle | None:
        """By keyed hash, whatever has been drawn to hold visits out; with the same bundle before, always the same."""
        if self.before is None or ids.uniform(secret, "canary", self.before.name, store, phone) >= share:
            return self.champion
        return self.before


def stamps(folder: AnyPath) -> tuple[str, str]:
    """What changes when LATEST or CANARY does. Raises FileNotFoundError where there is no LATEST."""
    try:
        second = folders.stamp(folder / CANARY)
    except FileNotFoundError:
        second = ""
    return folders.stamp(folder / bundle.LATEST), second
