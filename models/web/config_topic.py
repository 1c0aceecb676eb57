"""The topic `config` as this process knows it, and changes of it."""

from __future__ import annotations

import msgspec

from models.config import TOPIC, Config, Row, StoreConfig, key_of, record_of
from models.errors import AwayError
from models.keys import partition_of
from models.web.follower import Follower, Record
from models.web.outbox import Outbox


class ConfigTopic:
    """`topics` follows the topic once it is connected to `take`."""

    def __init__(self, outbox: Outbox) -> None:
        self._config, self._outbox = Config(), outbox
        self.topics: Follower | None = None

    def take(self, record: Record) -> None:
        """Raises RecordError."""
        self._config.apply(record.key.decode(errors="replace"), record.value)

    def of(self, store_id: str) -> StoreConfig:
        """Raises AwayError before the topic was read."""
        self._followed().partitions(TOPIC)
        return self._config.of(store_id)

    async def put(self, store_id: str, kind: str, name: str, row: Row | None) -> None:
        """A row that holds from now on, None for one that is gone; returns when it was read back. Raises AwayError."""
        value = None if row is None else msgspec.json.encode(record_of(store_id, kind, name, row))
        partition = partition_of(store_id, self._followed().partitions(TOPIC))
        place = await self._outbox.send(TOPIC, key_of(store_id, kind, name), value, partition=partition)
        await self._followed().reach(place)

    def _followed(self) -> Follower:
        if self.topics is None:
            raise AwayError(f"the topic {TOPIC} is not followed")
        return self.topics
