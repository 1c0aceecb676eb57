"""A store's configuration as the topic tells it."""

from __future__ import annotations

import json

import pytest

from models.config import Config, Lock, Row, Staff, Tablet, key_of, record_of
from models.errors import RecordError

TILL = Tablet("Till", "Ana", 1, 2)


def tell(config: Config, store_id: str, kind: str, name: str, row: Row | None) -> None:
    value = None if row is None else json.dumps(record_of(store_id, kind, name, row)).encode()
    config.apply(key_of(store_id, kind, name), value)


def test_the_newest_row_of_a_key_holds_in_its_store() -> None:
    config = Config()
    tell(config, "S1", "staff", "Ana / Bo", Staff(1))
    tell(config, "S1", "tablet", "t", TILL)
    tell(config, "S1", "tablet", "t", Tablet("Till", "Ana", 1, 2, 3))
    tell(config, "S1", "lock", "lock", Lock(5))
    tell(config, "S2", "staff", "Cy", Staff(1))
    assert (set(config.of("S1").staff), config.of("S1").tablets["t"].revoked) == ({"Ana / Bo"}, 3)
    assert (config.of("S1").lock, config.of("S2").lock, set(config.of("S2").staff)) == (Lock(5), Lock(0), {"Cy"})
    assert config.of("S3").tablets == {}


def test_a_key_without_a_value_is_gone_also_before_it_was_there() -> None:
    config = Config()
    for kind, row in (("staff", Staff(1)), ("tablet", TILL), ("lock", Lock(5))):
        tell(config, "S1", kind, "x", None)
        tell(config, "S1", kind, "x", row)
        tell(config, "S1", kind, "x", None)
    found = config.of("S1")
    assert (found.staff, found.tablets, found.lock) == ({}, {}, Lock(0))


def test_a_kind_of_a_later_version_hides_nothing() -> None:
    config = Config()
    config.apply("S1/weather/x", b'{"row": {}}')
    assert config.of("S1").staff == {}


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"{}", b'{"row": {"minutes": "five"}}', b"\xff"])
def test_a_record_that_cannot_be_read_changes_nothing(value: bytes) -> None:
    config = Config()
    tell(config, "S1", "lock", "lock", Lock(5))
    with pytest.raises(RecordError):
        config.apply("S1/lock/lock", value)
    assert config.of("S1").lock == Lock(5)
