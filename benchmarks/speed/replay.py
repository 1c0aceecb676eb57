"""`aislewise replay` on 2 million pings, whole: start-up, reading, the engine, writing the files."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import grid
from models.ids import phone_text
from models.records import TS

PHONES, STEPS = 2_000, 1_000


def run() -> None:
    """Prints pings per second of the clock, per CPU second, and the process's largest memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan, pings = folder / f"{grid.STORE}.geojson", folder / "pings.parquet"
        plan.write_text(json.dumps(grid.plan()))
        pq.write_table(_table(grid.walks(PHONES, STEPS, 1_700_000_000_000)), pings)
        words = ["replay", "--plan", plan, "--pings", pings, "--out", folder / "out"]
        before, began = _cpu_s(), time.monotonic()
        subprocess.run([sys.executable, "-m", "aislewise", *map(str, words)], check=True, capture_output=True)
        wall, cpu = time.monotonic() - began, _cpu_s() - before
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    count = PHONES * STEPS
    print(f"{count:,} pings: {count / wall:,.0f} a second, {count / cpu:,.0f} a CPU second, {most:,.0f} MiB at most")


def _table(pings: grid.Pings) -> pa.Table:
    columns = {
        "store_id": pa.array([grid.STORE]).take(pa.array([0] * len(pings))),
        "device_id": pa.array([phone_text(phone) for phone in pings.phone.tolist()]),
        "ts": pa.array(pings.ts).cast(TS),
        "x_m": pings.x_m,
        "y_m": pings.y_m,
        "sigma_m": pings.sigma_m,
    }
    return pa.table(columns)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
