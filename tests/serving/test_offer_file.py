"""The lake's offers follow the topic, whatever else writes the file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from models import lake
from models.catalog import Offer, rows_of
from serving import offer_file
from serving.offer_file import OfferFile
from tests.serving.shelf import offer


def laid(root: Path) -> dict[str, Offer]:
    return {row.offer_id: row for row in rows_of(lake.read(root, "offers"), "offers") if isinstance(row, Offer)}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offer_file, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(offer_file, "AGAIN_SECONDS", 0.2)


async def until(true: Callable[[], object]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not become true in time")


def test_what_another_has_overwritten_comes_again_and_what_is_gone_goes(tmp_path: Path) -> None:
    topic = {name: offer(name) for name in ("a", "b")}

    async def change() -> None:
        file = OfferFile(str(tmp_path), topic.get)
        keeping = asyncio.create_task(file.keep())
        file.change("a")
        await until(lambda: laid(tmp_path).keys() == {"a"})
        before = lake.read(tmp_path, "offers")
        await asyncio.sleep(0.5)
        file.change("b")
        await until(lambda: laid(tmp_path) == topic)
        # by somebody who had read it before
        lake.write(tmp_path / "theirs.parquet", before)
        (tmp_path / "theirs.parquet").replace(tmp_path / "offers.parquet")
        assert laid(tmp_path).keys() == {"a"}
        await until(lambda: laid(tmp_path) == topic)
        del topic["a"]
        file.change("a")
        await until(lambda: laid(tmp_path) == topic)
        keeping.cancel()

    asyncio.run(change())


def test_what_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("no folder")

    async def later() -> None:
        file = OfferFile(str(tmp_path / "lake"), {"a": offer("a")}.get)
        keeping = asyncio.create_task(file.keep())
        file.change("a")
        await asyncio.sleep(0.1)
        (tmp_path / "lake").unlink()
        await until(lambda: laid(tmp_path / "lake").keys() == {"a"})
        keeping.cancel()

    asyncio.run(later())
