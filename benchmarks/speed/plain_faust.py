"""What most people write with Faust: one JSON ping a record, rectangles, a dictionary or a table. For comparison only.

`python -m benchmarks.speed.plain_faust BOOTSTRAP TOPIC DATADIR dict|table`: a table outlives a restart, as our state.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import Any

import faust

bootstrap, topic, datadir, kept_in = sys.argv[1:5]
app = faust.App(
    f"plain-faust-{kept_in}", broker=f"kafka://{bootstrap}", datadir=datadir, web_enabled=False, topic_partitions=1,
    topic_allow_declare=False, topic_disable_leader=True, broker_commit_interval=0.5,
    consumer_auto_offset_reset="earliest",
)  # fmt: skip
dwell: Any = app.Table("dwell", default=float, partitions=1) if kept_in == "table" else defaultdict(float)
last: dict[str, int] = {}


@app.agent(app.topic(topic, value_type=bytes, value_serializer="raw", internal=True))
async def count(stream: Any) -> None:
    """Seconds since the phone's last ping go to the cell that it is in."""
    async for value in stream:
        ping = json.loads(value)
        device, ts = ping["device_id"], ping["ts"]
        cell = f"d{int(ping['x_m'] // 10)}{int(ping['y_m'] // 10)}"
        dwell[f"{device}/{cell}"] += (ts - last.get(device, ts)) / 1000
        last[device] = ts


faust.Worker(app, loglevel="info", redirect_stdouts=False).execute_from_commandline()
