"""Records that a dwell lane takes together give what they give one by one; a checkpoint is of when it was begun."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from models.pings import PingHeaders, Pings, encode, read_stream
from models.plans import PlanFolder
from models.settings import Settings
from streams.board import BoardLink
from streams.checkpoints import Checkpoint, Checkpoints
from streams.dwell.engine import ENGINE
from streams.dwell_worker import Dwell, DwellLane
from streams.records import Output, Record
from tests.streams.toy import T0, plan_bytes

PHONES = 40


def records() -> list[Record]:
    """Phones that stand at the boots; in between a check-in, a record that is no stream, and one of another store."""
    found: list[Record] = []
    for number in range(60):
        ts = np.full(PHONES, T0 + 2000 * number) + np.arange(PHONES)
        spot = np.full(PHONES, 10.0)
        phone = np.arange(1, PHONES + 1, dtype=np.uint64)
        pings = Pings(phone, ts, spot, spot, np.full(PHONES, 0.5), np.zeros(PHONES, np.int16))
        headers = PingHeaders("S1", "g", number, T0, (0.0, 0.0)).encode()
        found.append(Record("pings", 0, len(found), b"S1", encode(pings, (0.0, 0.0)), dict(headers), T0))
        if number == 12:
            checkin = {"store_id": "S1", "device_id": f"{1:016x}", "customer_id": "c1", "consent": True}
            found.append(Record("checkins", 0, 0, b"S1", msgspec.json.encode(checkin), {}, T0))
        if number in (5, 20):
            found.append(Record("pings", 0, len(found), b"S1", b"none", dict(headers), T0))
    return found


@pytest.fixture
def lane(tmp_path: Path) -> Any:
    (tmp_path / "S1.geojson").write_bytes(plan_bytes())
    settings = Settings(secret="a secret of the tests", plans=str(tmp_path))
    folder = PlanFolder(str(tmp_path))
    return lambda saved=None: DwellLane(settings, folder, BoardLink("redis://127.0.0.1:1/0"), saved)


def sent(lane: DwellLane, read: Sequence[Record], at_once: int) -> list[list[tuple[str, Any, pa.RecordBatch]]]:
    """What each record gave: topic, headers and rows, by topic."""

    async def run() -> list[Any]:
        parts = [read[at : at + at_once] for at in range(0, len(read), at_once)]
        return [works for part in parts for works in await lane.take_all(part)]

    def plain(one: Output) -> tuple[str, Any, Any]:
        return one.topic, one.headers, one.value if one.topic == "dead-letters" else read_stream(one.value)

    return [sorted(map(plain, works), key=lambda one: one[0]) for works in asyncio.run(run())]


@pytest.mark.parametrize("at_once", [2, 7, 100])
def test_several_at_a_time_give_what_each_gives(lane: Any, at_once: int) -> None:
    one_by_one = sent(lane(), records(), 1)
    assert sent(lane(), records(), at_once) == one_by_one
    topics = {one[0] for works in one_by_one for one in works}
    assert topics == {"moments", "dead-letters"}
    customers = [
        one[2].column("customer_id").to_pylist() for works in one_by_one for one in works if one[0] == "moments"
    ]
    assert {"c1", None} == {name for names in customers for name in names}


def test_a_checkpoint_is_of_the_moment_it_was_begun(lane: Any) -> None:
    read, first = records(), lane()
    sent(first, read[:30], 4)
    save = first.save()
    rest = sent(first, read[30:], 4)
    with save() as pieces:
        again = lane(memoryview(b"".join(pieces)))
    assert sent(again, read[30:], 1) == rest


def test_a_checkpoint_that_is_still_being_written_is_not_touched_by_the_next(lane: Any) -> None:
    one, read = lane(), records()
    sent(one, read[:30], 4)
    with one.save()() as first:
        before = b"".join(first)
        sent(one, read[30:], 4)
        with one.save()() as second:
            assert b"".join(first) == before
            assert b"".join(second) != before


def test_a_state_of_another_engine_is_not_taken(lane: Any) -> None:
    one = lane()
    sent(one, records()[:30], 4)
    with one.save()() as pieces:
        other = b"".join(pieces).replace(ENGINE.encode(), b"dwell/0")
    with pytest.raises(ValueError, match="dwell/0"):
        lane(memoryview(other))


def test_where_a_state_cannot_be_taken_all_is_read_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(secret="a secret of the tests", plans=str(tmp_path), redis="redis://127.0.0.1:1/0")
    kept = Checkpoints(tmp_path, "dwell", "pings", 0)
    saved = Checkpoint({"pings": 7, "checkins": 2}, memoryview(b"none"))
    opened = asyncio.run(Dwell(settings).open("pings", 0, saved, kept))
    assert opened.offsets == {"pings": 0, "checkins": 0}
    assert "pings-0 begins anew" in caplog.text
