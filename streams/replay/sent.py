"""Pings of files as the gateway would have sent them, so that the engine's numbers are those of the worker."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.pings import Pings, rounded, rounded_sigma
from models.plans import StorePlans


def as_sent(plans: StorePlans, pings: pa.RecordBatch, phone: NDArray[np.uint64]) -> Pings:
    """Rounded relative to the corner of the plan that held then. `pings` have finite positions and columns.PINGS."""
    ts = pings.column("ts").cast(pa.int64()).to_numpy()
    x, y = (pings.column(name).to_numpy().copy() for name in ("x_m", "y_m"))
    versions = np.searchsorted(np.array(plans.starts_ms, np.int64), ts, side="right") - 1
    for version, (_, plan) in enumerate(plans.versions):
        rows = versions == version
        for values, corner in ((x, plan.corner[0]), (y, plan.corner[1])):
            values[rows] = corner + rounded(values[rows], corner).astype(np.float64)
    sigma = pc.fill_null(pings.column("sigma_m"), float("nan")).to_numpy()
    return Pings(phone, ts, x, y, rounded_sigma(sigma).astype(np.float64), pings.column("floor").to_numpy())


def of_store(pings: pa.RecordBatch, store: str) -> pa.RecordBatch:
    """The rows of one store."""
    return with_label(pings, "store_id", store)


def with_label(pings: pa.RecordBatch, name: str, text: str) -> pa.RecordBatch:
    """The rows whose dictionary-encoded column `name` says `text`."""
    column = pings.column(name)
    ours = pc.equal(column.dictionary, text).to_numpy(zero_copy_only=False).astype(np.bool_)
    return pings if ours.all() else pings.filter(pa.array(ours[column.indices.to_numpy()]))


def placed(pings: pa.RecordBatch) -> pa.RecordBatch:
    """The rows with a finite position."""
    x, y = (pings.column(name).to_numpy(zero_copy_only=False) for name in ("x_m", "y_m"))
    finite = np.isfinite(x) & np.isfinite(y)
    return pings if finite.all() else pings.filter(pa.array(finite))
