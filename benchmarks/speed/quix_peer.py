"""The plain job in Quix Streams: `python quix_peer.py BOOTSTRAP TOPIC`, in the peers' own environment."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

from quixstreams import Application

bootstrap, topic = sys.argv[1:3]
dwell: dict[str, float] = defaultdict(float)
last: dict[str, int] = {}


def count(ping: dict[str, Any]) -> None:
    """Seconds since the phone's last ping go to the cell that it is in."""
    device, ts = ping["device_id"], ping["ts"]
    cell = f"d{int(ping['x_m'] // 10)}{int(ping['y_m'] // 10)}"
    dwell[f"{device}/{cell}"] += (ts - last.get(device, ts)) / 1000
    last[device] = ts


app = Application(
    broker_address=bootstrap, consumer_group="quix", auto_offset_reset="earliest", commit_interval=0.5,
    auto_create_topics=False,
)  # fmt: skip
frame = app.dataframe(app.topic(topic, value_deserializer="json"))
frame.update(count)
print("peer ready", flush=True)
app.run()
