"""Day salts: one per store and local day, random, made once whoever comes first; without it nobody can link."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import date
from pathlib import Path

from models import lake
from models.errors import AwayError

SALT_BYTES = 32
_KEPT = 64


class Salts:
    """The folder `AISLEWISE_SALTS`: `<store>/<date>`, readable by its owner only."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._known: dict[tuple[str, date], bytes] = {}

    def of(self, store: str, day: date) -> bytes:
        """The salt of a store's local day, made now if it is the first time. Raises AwayError."""
        key = (store, day)
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            try:
                self._known[key] = self._read_or_create(self._folder / store / day.isoformat())
            except OSError as error:
                raise AwayError(f"the salts in {self._folder} cannot be used: {error.strerror}") from None
        return self._known[key]

    def _read_or_create(self, path: Path) -> bytes:
        if not path.exists():
            self._create(path)
        salt = path.read_bytes()
        if len(salt) != SALT_BYTES:  # with an empty one a pseudonym would be no secret
            raise AwayError(f"the salt {path} has {len(salt)} bytes, not {SALT_BYTES}")
        return salt

    @staticmethod
    def _create(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(SALT_BYTES))
                file.flush()
                os.fsync(file.fileno())
            # a link is made only where there is none: the loser reads the winner's, never half of one
            with suppress(FileExistsError):
                os.link(temporary, path)
            lake.sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
