"""Rows of pings as people send them: checked one by one, so that a fault refuses its row and no other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from models.pings import Pings
from models.records import YEAR_3000_MS

LONGEST_DEVICE_ID = 128
_LARGEST = float(np.finfo(np.float64).max)


class Refusal(NamedTuple):
    """Why a row was not taken; rows count from 0."""

    row: int
    field: str | None
    reason: str


class Fault(Exception):  # noqa: N818 - it refuses a row, the request goes on
    """What is wrong with a field."""

    def __init__(self, field: str | None, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(field, reason)


class Row(NamedTuple):
    """One ping: ts in ms, lengths in metres in the plan's frame, sigma NaN where unknown."""

    device_id: str
    ts: int
    x_m: float
    y_m: float
    sigma_m: float
    floor: int


def _fine(row: object) -> None:
    """No check beyond the row's own."""


def read(
    rows: Sequence[object], check: Callable[[Row], None] = _fine, check_raw: Callable[[object], None] = _fine
) -> tuple[list[Row], list[Refusal]]:
    """The good rows in their order, and the refused ones; the checks raise Fault for what only the caller knows."""
    good: list[Row] = []
    refused: list[Refusal] = []
    for number, row in enumerate(rows):
        try:
            check_raw(row)
            ping = read_row(row)
            check(ping)
            good.append(ping)
        except Fault as fault:
            refused.append(Refusal(number, fault.field, fault.reason))
    return good, refused


def read_row(row: object) -> Row:
    """Raises Fault."""
    if not isinstance(row, Mapping):
        raise Fault(None, "is not an object")
    return Row(
        device_id(row),
        timestamp(row.get("ts")),
        _number(row, "x_m"),
        _number(row, "y_m"),
        _sigma(row.get("sigma_m")),
        _floor(row.get("floor")),
    )


def device_id(row: Mapping[str, Any]) -> str:
    """Raises Fault."""
    device = row.get("device_id")
    if not isinstance(device, str):
        raise Fault("device_id", "is missing" if device is None else "is not a string")
    if not 1 <= len(device) <= LONGEST_DEVICE_ID:
        raise Fault("device_id", f"has {len(device)} characters, not 1 to {LONGEST_DEVICE_ID}")
    if not device.isascii() and any("\ud800" <= one <= "\udfff" for one in device):
        raise Fault("device_id", "has half of a surrogate pair")
    return device


def timestamp(value: object, field: str = "ts") -> int:
    """ISO 8601 (UTC where it names no offset) or milliseconds since 1970, as milliseconds. Raises Fault."""
    if value is None:
        raise Fault(field, "is missing")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Fault(field, "is neither ISO 8601 nor milliseconds")
    ts_ms = _parsed(value, field) if isinstance(value, str) else value
    if not 0 <= ts_ms < YEAR_3000_MS:
        raise Fault(field, "is not between the years 1970 and 3000")
    return int(ts_ms)


def _parsed(text: str, field: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return math.floor((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 + 1e-6)
    except (ValueError, OverflowError):
        raise Fault(field, f"{text[:40]!r} is not ISO 8601") from None


def _number(row: Mapping[str, Any], field: str) -> float:
    value = row.get(field)
    if value is None:
        raise Fault(field, "is missing")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault(field, "is not a number")
    if not abs(value) <= _LARGEST:  # not >: NaN is refused too, and integers may be longer than a float
        raise Fault(field, "is not finite")
    return float(value)


def _sigma(value: object) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault("sigma_m", "is not a number")
    if not 0 < value <= _LARGEST:
        raise Fault("sigma_m", "is not a positive finite number")
    return float(value)


def _floor(value: object) -> int:
    if value is None:
        return 0
    floor = whole(value)
    if floor is None or not -32768 <= floor <= 32767:
        raise Fault("floor", "is not an integer from −32768 to 32767")
    return floor


def whole(value: object) -> int | None:
    """An integer, None where it is none; JSON does not tell 1.0 from 1, nor do columns of a data frame."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def columns(rows: Sequence[Row], phones: Sequence[int]) -> Pings:
    """The rows as a batch, a phone's number a row."""
    return Pings(
        np.array(phones, np.uint64),
        np.array([row.ts for row in rows], np.int64),
        np.array([row.x_m for row in rows], np.float64),
        np.array([row.y_m for row in rows], np.float64),
        np.array([row.sigma_m for row in rows], np.float64),
        np.array([row.floor for row in rows], np.int16),
    )
