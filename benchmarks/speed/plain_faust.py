"""What most people write with Faust: one JSON ping a record, rectangles, a dictionary or a table. For comparison only.

`python -m benchmarks.plain_faust BOOTSTRAP DATADIR dict|table`: in a table the state outlives a restart, as ours does.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import Any

import faust

from benchmarks.grid import CELL_M

bootstrap, datadir, kept_in = sys.argv[1:4]
app = faust.App(
    f"plain-faust-{kept_in}", broker=f"kafka://{bootstrap}", datadir=datadir, web_enabled=False, topic_partitions=1,
    topic_allow_declare=False, topic_disable_leader=True,
)  # fmt: skip
dwell: Any = app.Table("dwell", default=float, partitions=1) if kept_in == "table" else defaultdict(float)
last: dict[str, int] = {}


@app.agent(app.topic(f"plain-{kept_in}", value_type=bytes, value_serializer="raw", internal=True))
async def count(stream: Any) -> None:
    """Seconds since the phone's last ping go to the cell that it is in."""
    async for value in stream:
        ping = json.loads(value)
        device, ts = ping["device_id"], ping["ts"]
        cell = f"d{int(ping['x_m'] // CELL_M)}{int(ping['y_m'] // CELL_M)}"
        dwell[f"{device}/{cell}"] += (ts - last.get(device, ts)) / 1000
        last[device] = ts


faust.Worker(app, loglevel="info", redirect_stdouts=False).execute_from_commandline()
