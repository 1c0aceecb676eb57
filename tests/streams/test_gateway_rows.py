"""A row of pings as people send it: every field's faults refuse that row, and say which field."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from models.pings import decode, encode
from streams.gateway.rows import Fault, Row, columns, read, read_row, timestamp

GOOD: dict[str, Any] = {"device_id": "d", "ts": 1_790_000_000_000, "x_m": 1, "y_m": -2.5}


def test_a_row_with_no_more_than_it_needs() -> None:
    row = read_row(GOOD)
    assert row[:4] == ("d", 1_790_000_000_000, 1.0, -2.5)
    assert math.isnan(row.sigma_m)
    assert row.floor == 0


def test_a_row_with_everything_and_more() -> None:
    row = read_row({**GOOD, "floor": -1, "sigma_m": 2, "x_m": 1e30, "battery": 7})
    assert row == Row("d", 1_790_000_000_000, 1e30, -2.5, 2.0, -1)


@pytest.mark.parametrize("device", ["x" * 128, "😀" * 128, " ", "\x00", "a\nb", "\u00a0", "\u200d"])
def test_any_text_of_1_to_128_characters_is_a_device(device: str) -> None:
    assert read_row({**GOOD, "device_id": device}).device_id == device


@pytest.mark.parametrize("metres", [5e-324, 1e-60, 1e39, 1.7e308])
def test_what_is_finite_and_positive_stays_so_in_float32(metres: float) -> None:
    rows = [read_row({**GOOD, "x_m": metres, "y_m": -metres, "sigma_m": metres, "floor": 1.0})]
    (there,) = (decode(encode(columns(rows, [1]), corner), corner) for corner in [(-50.0, 100.0)])
    assert all(np.isfinite([there.x_m[0], there.y_m[0], there.sigma_m[0]]))
    assert there.sigma_m[0] > 0
    assert there.floor[0] == 1


FAULTS: list[tuple[str, Any]] = [
    *(("device_id", value) for value in (None, "", 7, "x" * 129, "é" * 129, "\ud800", ["d"])),
    *(("ts", value) for value in (None, "", "yesterday", True, [1], -1, 32_503_680_000_000, math.nan, math.inf)),
    *(("ts", value) for value in ("2026-13-01", "2026-11-24T25:00:00Z", "9999-12-31", "0001-01-01T00:00:00+23:00")),
    *(
        (name, value)
        for name in ("x_m", "y_m")
        for value in (None, "1", True, math.nan, math.inf, -math.inf, 10**400, [1])
    ),
    *(("floor", value) for value in (1.5, math.nan, math.inf, "1", True, 32_768, -32_769, 10**30)),
    *(("sigma_m", value) for value in (0, -1, "2", True, math.nan, math.inf, 10**400)),
]


@pytest.mark.parametrize(("field", "value"), FAULTS)
def test_every_fault_names_its_field(field: str, value: Any) -> None:
    with pytest.raises(Fault) as fault:
        read_row({**GOOD, field: value})
    assert fault.value.field == field
    assert len(fault.value.reason) < 100


@pytest.mark.parametrize("row", [None, 1, "x", [], [GOOD]])
def test_what_is_no_object_is_refused_without_a_field(row: object) -> None:
    good, refused = read([GOOD, row])
    assert (len(good), [(one.row, one.field, one.reason) for one in refused]) == (1, [(1, None, "is not an object")])


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-24T09:30:00.250Z", 1_795_512_600_250),
        ("2026-11-24T10:30:00.25+01:00", 1_795_512_600_250),
        ("2026-11-24 09:30:00.250999", 1_795_512_600_250),
        ("20261124T093000.250Z", 1_795_512_600_250),
        ("2026-11-24", 1_795_478_400_000),
        ("1970-01-01T00:00:00Z", 0),
        (1_795_512_600_250.0, 1_795_512_600_250),
        (0, 0),
    ],
)
def test_times_in_iso_8601_and_in_milliseconds(text: object, ms: int) -> None:
    assert timestamp(text) == ms


def test_only_the_bad_rows_are_refused_and_rows_keep_their_order() -> None:
    rows = [{**GOOD, "x_m": number if number % 3 else None} for number in range(9)]
    good, refused = read(rows)
    assert [row.x_m for row in good] == [1, 2, 4, 5, 7, 8]
    assert [(one.row, one.field) for one in refused] == [(0, "x_m"), (3, "x_m"), (6, "x_m")]


def test_a_callers_check_refuses_too() -> None:
    def never(row: Row) -> None:
        raise Fault("ts", "is too old")

    assert read([GOOD], never)[1] == [(0, "ts", "is too old")]


def test_rows_as_columns() -> None:
    batch = columns([read_row(GOOD), read_row({**GOOD, "floor": 3, "sigma_m": 1.5})], [2**64 - 1, 0])
    assert batch.phone.tolist() == [2**64 - 1, 0]
    assert (batch.floor.tolist(), batch.sigma_m.tolist()[1]) == ([0, 3], 1.5)
    assert len(columns([], [])) == 0
