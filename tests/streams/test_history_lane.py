"""A history lane's files: cut by time, and the first one so that what a former owner still writes lies within it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models import lake
from models.settings import Settings
from streams.checkpoints import Checkpoints
from streams.history_rows import Rows
from streams.history_worker import HistoryLane
from tests.streams.test_history_rows import outcome, record

DATE = "outcomes/date=2026-09-21"


def lane(root: Path, end: int) -> HistoryLane:
    """One of a topic whose next offset was `end` when the lane was opened."""
    settings = Settings(lake=str(root), checkpoints=str(root / "checkpoints"), history_seconds=0.1)
    kept = Checkpoints(settings.checkpoints, "history", "outcomes", 2)
    return HistoryLane(settings, "outcomes", 2, Rows("outcomes", None), kept, {}, end)


async def fed(lane: HistoryLane, *offsets: int) -> None:
    """These records, and then the time after which a file is due."""
    for offset in offsets:
        await lane.take(record("outcomes", outcome(f"k{offset}"), offset))
    await asyncio.sleep(0.15)
    await lane.tick()


def files(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in lake.files(root, "outcomes")]


def test_a_lane_that_has_everything_cuts_by_time(tmp_path: Path) -> None:
    async def work() -> None:
        one = lane(tmp_path, 0)
        await fed(one, 0, 1)
        await fed(one, 2)

    asyncio.run(work())
    assert files(tmp_path) == [f"{DATE}/outcomes-2-0-1.parquet", f"{DATE}/outcomes-2-2-2.parquet"]


def test_what_a_former_owner_writes_late_lies_within_the_first_file(tmp_path: Path) -> None:
    async def work() -> None:
        stalled, restarted = lane(tmp_path, 0), lane(tmp_path, 5)
        for offset in range(4):
            await stalled.take(record("outcomes", outcome(f"k{offset}"), offset))
        await fed(restarted, 0, 1, 2)
        await restarted.flush()
        assert files(tmp_path) == []
        await fed(restarted, 3, 4)
        await stalled.flush()
        await fed(restarted, 5)

    asyncio.run(work())
    assert files(tmp_path) == [f"{DATE}/outcomes-2-0-4.parquet", f"{DATE}/outcomes-2-5-5.parquet"]
    assert (tmp_path / DATE / "outcomes-2-0-3.parquet").is_file()
    assert lake.read(tmp_path, "outcomes").column("outcome_id").to_pylist() == [f"k{offset}" for offset in range(6)]
