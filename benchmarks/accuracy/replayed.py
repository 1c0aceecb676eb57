"""What `aislewise replay` answers on pings, in this process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from models.plans import StorePlans
from streams.replay.columns import BATCH, PINGS
from streams.replay.run import replaying


class Replayed(NamedTuple):
    """The tables that it writes."""

    zones: pa.Table
    dwells: pa.Table
    visits: pa.Table


def replay(plans: StorePlans, pings: pa.Table, silence_s: float) -> Replayed:
    """`pings` have the columns of PINGS, in the order of arrival."""
    rows = pings.select(PINGS.names).cast(PINGS).combine_chunks()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with replaying(plans, silence_s, folder) as run:
            for batch in rows.to_batches(max_chunksize=BATCH):
                run.take(batch)
            run.finish()
        return Replayed(*(pq.read_table(folder / f"{name}.parquet") for name in Replayed._fields))
