"""Pings on Kafka: one Arrow IPC stream a record, positions relative to the corner that its headers name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models import layout
from models.errors import RecordError
from models.records import PING_BATCH, YEAR_3000_MS

STEP = 1024.0
"""Positions are rounded to 1 / STEP m: far below any sensor's error, and exact in float32 within 16 km."""
SCHEMA = "pings/1"
_NEVER_NULL = [i for i, field in enumerate(PING_BATCH) if not field.nullable]
_FARTHEST = float(np.finfo(np.float32).max)


def rounded(metres: NDArray[np.float64], corner_m: float) -> NDArray[np.float32]:
    """Positions relative to the corner as they travel; the same again for what has been there before.

    What is too far for a float32 is as far as one goes: finite stays finite.
    """
    with np.errstate(over="ignore"):
        far = np.clip(np.rint((metres - corner_m) * STEP) / STEP, -_FARTHEST, _FARTHEST)
    # + 0.0: zero has one sign only, else it changes when it is sent again
    return far.astype(np.float32) + np.float32(0.0)


def rounded_sigma(metres: NDArray[np.float64]) -> NDArray[np.float32]:
    """As it travels: what float32 has no number for is its least or its greatest, so that positive stays positive."""
    return np.clip(metres, float(np.finfo(np.float32).tiny), _FARTHEST).astype(np.float32)


@dataclass(frozen=True)
class Pings:
    """A batch of one store's pings as columns. Positions are absolute in the plan's frame, float64, as in the lake."""

    phone: NDArray[np.uint64]
    ts: NDArray[np.int64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    sigma_m: NDArray[np.float64]
    """NaN where the sender did not say."""
    floor: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.phone)


@dataclass(frozen=True)
class PingHeaders:
    """What a record of pings says about itself. `clock` is the gateway's, ms since 1970."""

    store: str
    gateway: str
    seq: int
    clock: int
    corner: tuple[float, float]

    def encode(self) -> list[tuple[str, bytes]]:
        x, y = self.corner
        return [
            ("schema", SCHEMA.encode()),
            ("store", self.store.encode()),
            ("gateway", self.gateway.encode()),
            ("seq", str(self.seq).encode()),
            ("clock", str(self.clock).encode()),
            ("corner", f"{x!r},{y!r}".encode()),
        ]

    @classmethod
    def decode(cls, headers: Mapping[str, bytes]) -> PingHeaders:
        """Raises RecordError where one is missing or malformed."""
        try:
            if headers["schema"].decode() != SCHEMA:
                raise RecordError(f"schema {headers['schema']!r} is not {SCHEMA}")
            x, y = headers["corner"].decode().split(",")
            found = cls(
                headers["store"].decode(),
                headers["gateway"].decode(),
                int(headers["seq"]),
                int(headers["clock"]),
                (float(x), float(y)),
            )
        except (KeyError, ValueError) as error:
            raise RecordError(f"headers of pings: {error!r}") from None
        if not 0 <= found.clock < YEAR_3000_MS:
            raise RecordError("headers of pings: clock is not between the years 1970 and 3000")
        return found


def encode(pings: Pings, corner: tuple[float, float]) -> bytes:
    """A whole uncompressed Arrow IPC stream: schema, one batch."""
    sigma = rounded_sigma(pings.sigma_m)
    columns = [
        pa.array(pings.phone),
        pa.array(pings.ts),
        pa.array(rounded(pings.x_m, corner[0])),
        pa.array(rounded(pings.y_m, corner[1])),
        pa.array(sigma, mask=np.isnan(sigma)),
        pa.array(pings.floor),
    ]
    return write_stream(pa.record_batch(columns, schema=PING_BATCH))


def decode(value: bytes, corner: tuple[float, float]) -> Pings:
    """Inverse of `encode`. Raises RecordError."""
    phone, ts, x, y, sigma, floor = _columns(value)
    with np.errstate(invalid="ignore"):  # a signalling NaN
        x_m, y_m, sigma_m = (one.astype(np.float64) for one in (x, y, sigma))
    x_m += corner[0]
    y_m += corner[1]
    found = Pings(phone, ts, x_m, y_m, sigma_m, floor)
    if len(ts) and not (ts.min() >= 0 and ts.max() < YEAR_3000_MS):
        raise RecordError("the ts of a ping is not between the years 1970 and 3000")
    if not (np.isfinite(x_m).all() and np.isfinite(y_m).all()):
        raise RecordError("a ping without a finite position")
    return found


def _columns(value: bytes) -> list[Any]:
    """The six columns. Raises RecordError."""
    if (known := layout.columns(value)) is not None:
        return known
    batch = read_stream(value)
    if not batch.schema.equals(PING_BATCH):
        raise RecordError(f"columns of pings are {batch.schema.names}")
    if any(batch.column(i).null_count for i in _NEVER_NULL):
        raise RecordError("a ping lacks a value")
    layout.remember(value, batch)
    return [one.to_numpy(zero_copy_only=False) for one in batch.columns]


def write_stream(batch: Any) -> bytes:
    """One record batch as an uncompressed Arrow IPC stream: its schema, itself, the end."""
    return b"".join((_head(batch.schema), batch.serialize(), layout.END_OF_STREAM))


@lru_cache(maxsize=16)
def _head(schema: pa.Schema) -> bytes:
    return bytes(schema.serialize().to_pybytes())


def read_stream(value: bytes) -> Any:
    """The one record batch of an Arrow IPC stream, checked through. Raises RecordError."""
    try:
        with pa.ipc.open_stream(value) as reader:
            batches = list(reader)
            if len(batches) != 1:
                raise RecordError(f"{len(batches)} batches in a record")
            batches[0].validate(full=True)
            if not all(batches[0].schema.names):  # reading them shows whether they are text
                raise RecordError("a column without a name")
            return batches[0]
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise RecordError(f"not an Arrow stream: {error}") from None
