"""The plain job in bytewax: `python bytewax_peer.py BOOTSTRAP TOPIC`, in the peers' own environment.

It commits no offsets: every so many pings it prints how many it has taken.
"""

from __future__ import annotations

import sys
from typing import Any

import orjson
from bytewax import operators
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

EVERY = 5_000
bootstrap, topic = sys.argv[1:3]
State = tuple[int, dict[str, float]]


def keyed(message: Any) -> tuple[str, dict[str, Any]]:
    ping = orjson.loads(message.value)
    return ping["device_id"], ping


def count(state: State | None, ping: dict[str, Any]) -> tuple[State, None]:
    """Seconds since the phone's last ping go to the cell that it is in."""
    last, dwell = state or (ping["ts"], {})
    cell = f"d{int(ping['x_m'] // 10)}{int(ping['y_m'] // 10)}"
    dwell[cell] = dwell.get(cell, 0.0) + (ping["ts"] - last) / 1000
    return (ping["ts"], dwell), None


class Counting(StatelessSinkPartition[Any]):
    """Says how far it is."""

    taken = 0

    def write_batch(self, items: list[Any]) -> None:
        before, self.taken = self.taken, self.taken + len(items)
        if before // EVERY < self.taken // EVERY:
            print(f"taken {self.taken // EVERY * EVERY}", flush=True)


class Sink(DynamicSink[Any]):
    """One count a worker."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Counting:
        return Counting()


flow = Dataflow("peer")
pings = operators.input("pings", flow, KafkaSource([bootstrap], [topic], batch_size=1_000))
dwelt = operators.stateful_map("dwell", operators.map("keyed", pings, keyed), count)
operators.output("out", dwelt, Sink())
print("peer ready", flush=True)
run_main(flow)
