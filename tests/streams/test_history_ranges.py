"""Two history workers that both believe a partition to be theirs: each row is in the lake once, whoever is faster."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from models.keys import LakeFile
from models.settings import Settings
from streams.checkpoints import Checkpoints
from streams.history_worker import History, HistoryLane
from streams.records import Record
from tests.streams.toy import T0

DAY_MS = 86_400_000


class Worker:
    """A lane as after an assignment, and the next offset that it reads."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(lake=str(folder / "lake"), checkpoints=str(folder / "checkpoints"), history_seconds=0.1)
        checkpoints = Checkpoints(settings.checkpoints, "history", "purchases", 0)
        opened = asyncio.run(History(settings).open("purchases", 0, checkpoints.newest(), checkpoints))
        assert isinstance(opened.lane, HistoryLane)
        self.lane, self.next = opened.lane, opened.offsets["purchases"]

    async def read(self, end: int) -> None:
        """Takes the records before `end`."""
        while self.next < end:
            await self.lane.take(record(self.next))
            self.next += 1


def record(offset: int) -> Record:
    """A receipt; each other one is of the next day, each fifth a copy of the one four before."""
    number = offset - 4 if offset % 5 == 4 else offset
    lines = [{"sku": "P1", "quantity": 1, "amount": 1.0}]
    row: dict[str, Any] = {"store_id": "S1", "receipt_id": f"R{number}", "ts": T0 + DAY_MS * (number % 2)}
    value = json.dumps({**row, "lines": lines}).encode()
    return Record("purchases", 0, offset, b"S1", value, {}, T0 + offset)


def receipts(folder: Path) -> list[str]:
    """As anybody reads them who takes every file there is; ranges of one date must not overlap."""
    found: list[str] = []
    names = []
    for path in sorted((folder / "lake").rglob("*.parquet")):
        name = LakeFile.parse(path.relative_to(folder / "lake").as_posix())
        assert name
        names.append(name)
        found += pq.read_table(path, partitioning=None).column("receipt_id").to_pylist()
    for one in names:
        assert not [
            two for two in names if two is not one and two.date == one.date and one.first <= two.first <= one.last
        ]
    return sorted(found)


def expected(end: int) -> list[str]:
    return sorted(f"R{offset}" for offset in range(end) if offset % 5 != 4)


async def end(*workers: Worker, at: int) -> None:
    """All have read everything, and time has passed."""
    for _ in range(3):
        for worker in workers:
            await worker.read(at)
            await worker.lane.flush()


def test_a_stalled_worker_adds_nothing_to_what_another_has_written_since(tmp_path: Path) -> None:
    stalled = Worker(tmp_path)
    asyncio.run(stalled.read(13))
    successor = Worker(tmp_path)

    async def go_on() -> None:
        await successor.read(7)
        await successor.lane.flush()
        await successor.read(30)
        await successor.lane.flush()
        before = receipts(tmp_path)
        await stalled.lane.flush()
        assert receipts(tmp_path) == before == expected(30)
        await end(stalled, successor, at=40)

    asyncio.run(go_on())
    assert receipts(tmp_path) == expected(40)


def test_a_stalled_worker_that_is_first_has_its_range_ended_alike(tmp_path: Path) -> None:
    stalled = Worker(tmp_path)
    asyncio.run(stalled.read(13))
    successor = Worker(tmp_path)

    async def go_on() -> None:
        await successor.read(7)
        await stalled.lane.flush()
        await successor.lane.flush()
        await successor.read(20)
        await successor.lane.flush()

    asyncio.run(go_on())
    assert receipts(tmp_path) == expected(20)


def test_a_range_that_a_kill_has_cut_short_is_ended_as_it_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = Worker(tmp_path)
    asyncio.run(killed.read(10))
    with monkeypatch.context() as patched:
        patched.setattr(killed.lane, "_write_files", lambda parts, name: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            asyncio.run(killed.lane.flush())
    successor = Worker(tmp_path)
    asyncio.run(successor.read(8))
    asyncio.run(successor.lane.flush())
    assert receipts(tmp_path) == []
    asyncio.run(successor.read(25))
    asyncio.run(successor.lane.flush())
    assert receipts(tmp_path) == expected(25)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_in_between(tmp_path: Path, seed: int) -> None:
    """Three workers, each reading, writing and coming back in any order."""
    chance = random.Random(seed)
    workers = [Worker(tmp_path) for _ in range(3)]
    for _ in range(60):
        number = chance.randrange(3)
        match chance.randrange(5):
            case 0:
                workers[number] = Worker(tmp_path)
            case 1 | 2:
                asyncio.run(workers[number].lane.flush())
            case _:
                asyncio.run(workers[number].read(workers[number].next + chance.randrange(1, 9)))
    last = max(worker.next for worker in workers)
    asyncio.run(end(*workers, at=last))
    assert receipts(tmp_path) == expected(last)
    kept = list((tmp_path / "lake" / ".ranges" / "purchases-0").iterdir())
    assert len(kept) < 10
