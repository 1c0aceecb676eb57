"""The lake's `offers.parquet` after what the topic says: what training and analysts read follows the manager's page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

import msgspec

from models import folders, lake
from models.catalog import Offer, rows_of
from models.errors import InputError
from models.folders import AnyPath
from models.records import rows_to_table

log = logging.getLogger("aislewise.serving")

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 5.0


class OfferFile:
    """Lays down the offers that were changed through this process, as the topic has them by then.

    Another process, or an import, may have read the file before and written it after: so it is looked at once more a
    little later. A file that cannot be written stays behind until it can: the workers go by the topic.
    """

    def __init__(self, root: str | AnyPath, newest: Callable[[str], Offer | None]) -> None:
        self._root, self._newest = folders.at(root), newest
        self._changed: set[str] = set()
        self._some = asyncio.Event()

    def change(self, offer_id: str) -> None:
        self._changed.add(offer_id)
        self._some.set()

    async def keep(self) -> None:
        """Runs until it is cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            names, self._changed = self._changed, set()
            try:
                await self._lay(names)
                await asyncio.sleep(LOOK_SECONDS)
                await self._lay(names)
            except (InputError, OSError, msgspec.ValidationError) as error:
                log.warning("the lake's offers stay as they were for now: %s", error)
                await asyncio.sleep(AGAIN_SECONDS)
                self._changed |= names
                self._some.set()

    async def _lay(self, names: set[str]) -> None:
        await asyncio.to_thread(self._write, {name: self._newest(name) for name in names})

    def _write(self, changes: Mapping[str, Offer | None]) -> None:
        rows = rows_of(lake.read(self._root, "offers"), "offers")
        before = {row.offer_id: row for row in rows if isinstance(row, Offer)}
        after = {name: row for name, row in {**before, **changes}.items() if row is not None}
        if after != before:
            table = rows_to_table("offers", map(msgspec.to_builtins, after.values()))
            lake.write(self._root / "offers.parquet", table)
