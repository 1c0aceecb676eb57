"""Day salts: one per store and local day, random, made once whoever comes first; without it nobody can link."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date

from models import folders
from models.errors import AwayError
from models.folders import AnyPath
from models.keys import STORE_ID

SALT_BYTES = 32
_KEPT = 1024


class Salts:
    """The folder `AISLEWISE_SALTS`: `<store>/<date>`, on a disk readable by its owner only."""

    def __init__(self, folder: str | AnyPath) -> None:
        self._folder = folders.at(folder)
        self._known: dict[tuple[str, date], bytes] = {}

    async def fetch(self, store: str, day: date) -> bytes:
        """As `of`; where it has to be read, others don't wait."""
        known = self._known.get((store, day))
        return known if known is not None else await asyncio.to_thread(self.of, store, day)

    def of(self, store: str, day: date) -> bytes:
        """The salt of a store's local day, made now if it is the first time. Raises AwayError."""
        salt = self._known.get((store, day))
        if salt is None:
            try:
                salt = _read_or_create(self._folder / store / day.isoformat())
            except OSError as error:
                raise AwayError(f"the salts in {self._folder} cannot be used: {error.strerror}") from None
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[store, day] = salt
        return salt


def existing(folder: AnyPath, store: str) -> Mapping[date, bytes]:
    """A store's salts that have not been destroyed, oldest first; one that is damaged is none."""
    found = {}
    for day, path in _dated(folder / store):
        with suppress(FileNotFoundError):
            if len(salt := path.read_bytes()) == SALT_BYTES:
                found[day] = salt
    return found


def stores(folder: AnyPath) -> list[str]:
    """Stores that have salts."""
    return sorted({path.parent.name for path in folders.glob(folder, "*/*") if STORE_ID.fullmatch(path.parent.name)})


def destroy(folder: AnyPath, before: date, made_before_s: float) -> int:
    """Removes the salts of days before this one, and any that were made before a time; says how many.

    What a salt has named nobody can link any more.
    """
    kept = (one for store in stores(folder) for one in _dated(folder / store))
    gone = [path for day, path in kept if day < before or _made(path) < made_before_s]
    folders.remove(gone)
    return len(gone)


def _made(path: AnyPath) -> float:
    """One that is gone meanwhile is no older than now."""
    try:
        return folders.written(path)
    except FileNotFoundError:
        return float("inf")


def _dated(folder: AnyPath) -> Iterator[tuple[date, AnyPath]]:
    for path in folders.glob(folder, "*"):
        with suppress(ValueError):
            yield date.fromisoformat(path.name), path


def _read_or_create(path: AnyPath) -> bytes:
    try:
        salt = path.read_bytes()
    except FileNotFoundError:
        folders.create(path, secrets.token_bytes(SALT_BYTES))
        salt = path.read_bytes()
    if len(salt) != SALT_BYTES:  # with an empty one a pseudonym would be no secret
        raise AwayError(f"the salt {path} has {len(salt)} bytes, not {SALT_BYTES}")
    return salt
