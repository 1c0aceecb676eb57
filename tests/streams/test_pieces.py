"""Msgpack in pieces: together they are what the encoder would have made of the whole; what is large is not copied."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams import pieces

SMALL = st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=20)


@given(
    st.dictionaries(st.text(max_size=40), st.tuples(SMALL, st.lists(st.binary(max_size=300), max_size=3)), max_size=20)
)
def test_they_read_as_one_value(given: dict[str, tuple[dict[str, int], list[bytes]]]) -> None:
    made = pieces.by_name({name: pieces.last(small, "large", large) for name, (small, large) in given.items()})
    whole = {name: {**small, "large": b"".join(large)} for name, (small, large) in given.items()}
    assert msgspec.msgpack.decode(b"".join(made)) == whole


def test_what_is_large_stays_where_it_lies() -> None:
    large = memoryview(bytearray(100_000))
    made = pieces.by_name({"S1": pieces.last({"time": 1}, "engine", [large])})
    assert any(piece is large for piece in made)
