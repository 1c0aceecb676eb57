"""A Kafka consumer for Faust that loses nothing and repeats nothing: the broker URL `exact://host:port` (DESIGN §3).

What it changes in Faust's aiokafka driver: where a partition starts is asked of `app.delivery`, whose checkpoints hold
state and offsets together; a revoked partition is drained and saved while its acks are still known; the commit is the
oldest offset in flight, or one past the last ack; the fetch wait and an idempotent producer are settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP


class ExactThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.settings.fetch_wait_ms
        return consumer


class ExactConsumer(driver.Consumer):
    """The consumer; `app.delivery` is a streams.delivery.Delivery."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_flight: dict[TP, set[int]] = defaultdict(set)

    def _new_consumer_thread(self) -> ExactThread:
        return ExactThread(self, loop=self.loop, beacon=self.beacon)

    def track_message(self, message: Any) -> None:
        self._in_flight[message.tp].add(message.offset)
        super().track_message(message)

    def ack(self, message: Any) -> bool:
        self._in_flight[message.tp].discard(message.offset)
        return bool(super().ack(message))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps need no book-keeping: an offset that was never handed out is never in flight."""

    def _new_offset(self, tp: TP) -> int | None:
        acked, flying = self._acked[tp], self._in_flight[tp]
        if not acked:
            return None
        offset = min(flying) if flying else max(acked) + 1
        self._acked[tp] = [one for one in acked if one >= offset]
        self._acked_index[tp] = set(self._acked[tp])
        return offset

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seeks to where the checkpoints say. What was fetched or handed out before is forgotten: it comes again."""
        for tp in self._in_flight:
            self._in_flight[tp].clear()
        committed = dict(await super().seek_to_committed())
        positions = await self.app.delivery.open({TP(tp.topic, tp.partition) for tp in self.assignment()})
        for tp, offset in positions.items():
            await self._seek(tp, offset)
        return committed | dict(positions)

    async def on_partitions_revoked(self, revoked: Iterable[TP]) -> None:
        revoked = set(revoked)
        if not self.app.should_stop:
            self.stop_flow()
            self.app.flow_control.suspend()
            self.app.flow_control.clear()
            await self.app.delivery.close(revoked)
            await self.commit()
        for tp in revoked:
            self._in_flight.pop(tp, None)
        await super().on_partitions_revoked(revoked)


class ExactProducer(driver.Producer):
    """The producer: a retry must neither repeat nor reorder."""

    def _settings_extra(self) -> Mapping[str, Any]:
        # the embedded broker of the demo knows no idempotent producer
        return {**super()._settings_extra(), "acks": "all", "enable_idempotence": not self.app.settings.demo}


class ExactTransport(driver.Transport):
    """What the URL's scheme stands for."""

    Consumer = ExactConsumer
    Producer = ExactProducer


TRANSPORTS.aliases["exact"] = f"{__name__}:ExactTransport"
