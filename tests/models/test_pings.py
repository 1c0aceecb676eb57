"""Pings as they travel: to the bit what was sent, once it was rounded."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RecordError
from models.pings import STEP, PingHeaders, Pings, decode, encode, rounded, write_stream

METRES = st.floats(-8_000, 8_000)
HUGE = st.floats(-3e38, 3e38, allow_nan=False)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 2**64 - 1),
        st.integers(0, 32_503_679_999_999),
        METRES | HUGE,
        METRES | HUGE,
        st.just(float("nan")) | st.floats(1e-30, 1e30),
        st.integers(-(2**15), 2**15 - 1),
    ),
    max_size=20,
)
CORNERS = st.tuples(METRES, METRES)
COLUMNS = ("phone", "ts", "x_m", "y_m", "sigma_m", "floor")


def pings_of(rows: list[tuple[float, ...]]) -> Pings:
    kinds = (np.uint64, np.int64, np.float64, np.float64, np.float64, np.int16)
    columns = zip(*rows, strict=True) if rows else [()] * 6
    return Pings(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


@given(ROWS, CORNERS)
def test_what_was_decoded_and_is_sent_again_is_the_same_to_the_bit(
    rows: list[tuple[float, ...]], corner: tuple[float, float]
) -> None:
    sent = pings_of(rows)
    got = decode(encode(sent, corner), corner)
    again = decode(encode(got, corner), corner)
    for name in COLUMNS:
        assert getattr(again, name).tobytes() == getattr(got, name).tobytes()
    for name in ("phone", "ts", "floor"):
        np.testing.assert_array_equal(getattr(got, name), getattr(sent, name))
    np.testing.assert_array_equal(got.sigma_m, sent.sigma_m.astype(np.float32))
    assert np.isfinite(got.x_m).all()


@given(METRES, METRES)
def test_rounding_moves_a_position_by_half_a_step_at_most_and_only_once(metres: float, corner: float) -> None:
    once = corner + rounded(np.array([metres]), corner).astype(np.float64)
    assert abs(once[0] - metres) <= 0.5 / STEP + 1e-9
    np.testing.assert_array_equal(corner + rounded(once, corner).astype(np.float64), once)


def test_headers_and_their_inverse() -> None:
    headers = PingHeaders("S1", "g", 7, 1_790_000_000_123, (-0.1, 1e-17 + 123456.789))
    assert PingHeaders.decode(dict(headers.encode())) == headers


@pytest.mark.parametrize("name", ["schema", "store", "gateway", "seq", "clock", "corner"])
def test_a_header_that_is_missing_or_wrong_is_refused(name: str) -> None:
    headers = dict(PingHeaders("S1", "g", 7, 8, (0.0, 0.0)).encode())
    with pytest.raises(RecordError):
        PingHeaders.decode({key: value for key, value in headers.items() if key != name})
    with pytest.raises(RecordError):
        PingHeaders.decode(headers | {name: b"\xff,"})


def test_bytes_that_are_no_pings_are_refused() -> None:
    good = encode(pings_of([(1, 2, 3.0, 4.0, 5.0, 0)]), (0.0, 0.0))
    other = write_stream(pa.record_batch({"x": [1]}))
    two = pa.BufferOutputStream()
    batch = pa.record_batch({"x": [1]})
    with pa.ipc.new_stream(two, batch.schema) as writer:
        writer.write_batch(batch)
        writer.write_batch(batch)
    for value in (b"", b"\0" * 64, good[:-40], good[: len(good) // 2], other, two.getvalue().to_pybytes()):
        with pytest.raises(RecordError):
            decode(value, (0.0, 0.0))


@given(st.data())
def test_bytes_that_were_changed_are_pings_or_a_record_error(data: st.DataObject) -> None:
    value = bytearray(encode(pings_of([(1, 2, 3.0, 4.0, 5.0, 0)] * 3), (0.0, 0.0)))
    for at in data.draw(st.lists(st.integers(0, len(value) - 1), min_size=1, max_size=8)):
        value[at] = data.draw(st.integers(0, 255))
    with suppress(RecordError):
        got = decode(bytes(value), (0.0, 0.0))
        assert np.isfinite(got.x_m).all()
        assert len({len(getattr(got, name)) for name in COLUMNS}) == 1


def test_a_name_that_is_no_text_is_a_record_error() -> None:
    good = encode(pings_of([(1, 2, 3.0, 4.0, 5.0, 0)]), (0.0, 0.0))
    with pytest.raises(RecordError):
        decode(good.replace(b"phone", b"\xffhone"), (0.0, 0.0))


@pytest.mark.parametrize("metres", [1e300, -1e300, 1.7e308])
def test_what_is_too_far_for_the_way_stays_finite(metres: float) -> None:
    found = rounded(np.array([metres]), -5.0)
    assert np.isfinite(found).all()
    assert np.sign(found[0]) == np.sign(metres)


def test_batches_that_are_laid_out_alike_are_read_alike() -> None:
    """The second of a size is read by the layout of the first; what only resembles it is read from scratch."""
    first, second = (
        Pings(
            np.arange(n, n + 7, dtype=np.uint64), np.arange(7, dtype=np.int64) + n, np.full(7, 1.5 * n),
            np.full(7, 2.5), np.full(7, 0.5), np.full(7, n, np.int16),
        )
        for n in (1, 2)
    )  # fmt: skip
    decode(encode(first, (0.0, 0.0)), (0.0, 0.0))
    value = encode(second, (0.0, 0.0))
    again = decode(value, (10.0, 0.0))
    assert again.phone.tolist() == second.phone.tolist()
    assert again.x_m.tolist() == (second.x_m + 10).tolist()
    assert again.floor.tolist() == second.floor.tolist()
    for broken in (value[:-1] + b"x", value[:-16], value[:400] + b"\0" + value[401:], value[8:]):
        with pytest.raises(RecordError):
            decode(broken, (0.0, 0.0))
