"""The vector that was logged with a moment is what the lake says of that moment's time, and of nothing later."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from models import lake
from models.features import MOMENT, SEEN_S
from models.keys import LakeFile
from models.pings import PingHeaders, Pings, encode
from models.plans import PlanFolder
from models.settings import Settings
from models.visits import holding
from streams.board import BoardLink
from streams.dwell_worker import DwellLane
from streams.history_rows import Rows
from streams.records import Output, Record
from tests.streams.toy import T0, plan_bytes

PHONES, SECONDS, KNOWN_AT = 12, 150, 61
ZONE = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the dwell worker and the history worker make of pings and check-ins, as files of the lake."""
    folder = tmp_path_factory.mktemp("point in time")
    (folder / "S1.geojson").write_bytes(plan_bytes())
    settings = Settings(secret="a secret of the tests", plans=str(folder))
    lane = DwellLane(settings, PlanFolder(str(folder)), BoardLink("redis://127.0.0.1:1/0"), None)
    taken = list(records())
    for number, (topic, made) in enumerate([*sent(lane, taken), *((one.topic, one) for one in taken)]):
        table = Rows(topic).of(made)
        lake.write(folder / "lake" / LakeFile(topic, "2026-09-21", 0, number, number).path, table)
    return folder / "lake"


def records() -> Iterator[Record]:
    """Phones that walk from the books to the boots and stay; half of them are named on the way."""
    rng = np.random.default_rng(3)
    phone = np.arange(1, PHONES + 1, dtype=np.uint64)
    for offset, second in enumerate((*range(0, SECONDS, 2), *range(SECONDS + 10, 900, 60))):
        ts = np.full(PHONES, T0 + 1000 * second) + np.arange(PHONES) * 7
        x = np.clip(30 - 1.0 * np.full(PHONES, second) + np.arange(PHONES), 10, 30) + rng.normal(0, 0.5, PHONES)
        # only the last phone goes on, so that the others' visits end
        kept = slice(None) if second < SECONDS else slice(PHONES - 1, None)
        columns = (phone, ts, x, np.full(PHONES, 10.0), np.full(PHONES, 0.5), np.zeros(PHONES, np.int16))
        headers = PingHeaders("S1", "g", offset, int(ts[-1]), (0.0, 0.0)).encode()
        value = encode(Pings(*(column[kept] for column in columns)), (0.0, 0.0))
        yield Record("pings", 0, offset, b"S1", value, dict(headers), int(ts[-1]))
        if second == KNOWN_AT - 1:
            for number in range(1, PHONES + 1, 2):
                said = {"store_id": "S1", "device_id": f"{number:016x}", "customer_id": f"c{number}", "consent": True}
                said["ts"] = T0 + 1000 * KNOWN_AT
                yield Record("checkins", 0, number, b"S1", msgspec.json.encode(said), {}, T0 + 1000 * KNOWN_AT)


def sent(lane: DwellLane, taken: list[Record]) -> Iterator[tuple[str, Record]]:
    """Every record that the worker sends, as the history worker reads it."""

    async def run() -> list[Output]:
        return [one for record in taken for works in await lane.take_all([record]) for one in works]

    for offset, one in enumerate(asyncio.run(run())):
        if one.topic in ("moments", "visits", "dwells"):
            yield one.topic, Record(one.topic, 0, offset, b"S1", one.value, dict(one.headers), T0)


def recomputed(moment: dict[str, Any], first: datetime, known: bool) -> dict[str, float]:
    """By the definitions, from columns of the lake as of the moment's `ts`."""
    local = moment["ts"].astimezone(ZONE)
    angle = 2 * math.pi * (60 * local.hour + local.minute) / 1440
    visit_s = (moment["ts"] - first).total_seconds()
    return {
        "zone_seconds_log@1": math.log1p(moment["live_s"]),
        "visit_seconds_log@1": math.log1p(visit_s),
        "zone_share@1": moment["live_s"] / visit_s if visit_s else 0.0,
        "zones_seen_log@1": math.log1p(sum(seconds >= SEEN_S for seconds in moment["zone_live_s"])),
        "at_display@1": float(moment["kind"] == "display"),
        "known_customer@1": float(known),
        "hour_sine@1": math.sin(angle),
        "hour_cosine@1": math.cos(angle),
    }


def test_every_feature_of_every_moment_is_found_again(root: Path) -> None:
    first = {row["visit_id"]: row["first_ts"] for row in holding(root)[0].to_pylist()}
    assert len(first) == PHONES - 1
    moments = [row for row in lake.read(root, "moments").to_pylist() if row["visit_id"] in first]
    checkins = lake.read(root, "checkins").to_pylist()
    assert len(moments) > 3 * PHONES
    assert {row["customer_id"] is None for row in moments} == {True, False}
    assert min(row["ts"] for row in checkins) > min(row["ts"] for row in moments)
    for row in moments:
        said = [one for one in checkins if one["device_id"] == row["device_id"] and one["ts"] <= row["ts"]]
        expected = recomputed(row, first[row["visit_id"]], bool(said))
        assert list(expected) == list(MOMENT), "a feature that is not recomputed here"
        assert row["features"] == pytest.approx(list(expected.values()), rel=1e-5, abs=1e-6)
        assert row["ts"] >= datetime.fromtimestamp(T0 / 1000, UTC)
