"""The desk of reports: what it reads, what it makes once, and when it gives up."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from models import floorplan
from models.plans import StorePlans, load
from models.records import YEAR_3000_MS
from models.settings import Settings
from models.web.problems import Problem
from serving.reports import plots
from serving.reports.answer import Answer
from serving.reports.desk import Clock, Desk, Question, ask
from serving.reports.period import Period
from serving.reports.report import REPORTS
from tests.parts.s3 import S3Server
from tests.serving import history
from tests.serving.store import PLAN, write_plan

ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(10000000000) b WHERE a.range % 7 = b.range % 5"


@pytest.fixture
def plans(tmp_path: Path) -> StorePlans:
    write_plan(tmp_path / "plans")
    return load(tmp_path / "plans")["S1"]


def question(name: str, day: date = history.DAY) -> Question:
    return Question(REPORTS[name], "S1", Period(day, day, history.LONDON))


def answered(folder: str | Path, plans: StorePlans, name: str, most_seconds: float = 30.0) -> Answer:
    desk = Desk(Settings(lake=str(folder), bundles=str(folder)), most_seconds)
    try:
        return asyncio.run(desk.answer(question(name), plans))
    finally:
        desk.close()


@pytest.mark.parametrize(("day", "hours", "length"), [((2025, 3, 30), 23, 23), ((2025, 10, 26), 24, 25)])
def test_days_when_the_clock_changes(day: tuple[int, int, int], hours: int, length: int) -> None:
    period = Period(date(*day), date(*day), history.LONDON)
    found = period.quarters()
    assert (len(found), (period.end_ms - period.start_ms) / 3_600_000) == (4 * length, length)
    assert len(set(found.column("hour").to_pylist())) == hours


def test_files_of_other_days_are_not_opened(tmp_path: Path, plans: StorePlans) -> None:
    history.write_day(tmp_path)
    for table in ("visits", "pings"):
        far = tmp_path / table / "date=2025-07-01" / f"{table}-0-500-600.parquet"
        far.parent.mkdir()
        far.write_bytes(b"nobody may read this")
    assert answered(tmp_path, plans, "heat").table.num_rows == 4


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, plans: StorePlans) -> None:
    history.write_day(tmp_path)
    for name, table in (("visitors", "visits"), ("heat", "pings")):
        whole = tmp_path / table / f"date={history.DAY}" / f"{table}-0-0-99.parquet"
        kept = whole.read_bytes()
        whole.write_bytes(kept[:100])
        with pytest.raises(Problem, match=whole.name) as refused:
            answered(tmp_path, plans, name)
        assert refused.value.status == 503
        whole.write_bytes(kept)


def test_a_report_that_takes_too_long_is_stopped(tmp_path: Path, plans: StorePlans) -> None:
    history.write_day(tmp_path)
    with pytest.raises(Problem, match="ask for fewer days") as refused:
        answered(tmp_path, plans, "heat", most_seconds=0)
    assert refused.value.status == 503


def test_a_query_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(Problem, match="ask for fewer days"):
        ask(ENDLESS, {}, {}, Clock(0.2))


def test_a_process_that_ends_does_not_wait_for_a_report() -> None:
    clock = Clock(60)
    ending = threading.Timer(0.5, clock.stop)
    ending.start()
    started = time.monotonic()
    with pytest.raises(Problem):
        ask(ENDLESS, {}, {}, clock)
    assert time.monotonic() - started < 5
    ending.join()


def test_after_its_end_the_desk_makes_nothing(tmp_path: Path, plans: StorePlans) -> None:
    desk = Desk(Settings(lake=str(tmp_path), bundles=str(tmp_path)))
    desk.close()
    with pytest.raises(Problem, match="this process ends"):
        asyncio.run(desk.answer(question("dwell"), plans))


def test_the_same_is_made_once_for_all_who_ask(tmp_path: Path, plans: StorePlans) -> None:
    history.write_day(tmp_path)
    desk = Desk(Settings(lake=str(tmp_path), bundles=str(tmp_path)))

    async def twice() -> list[Answer]:
        return list(await asyncio.gather(*(desk.answer(question("dwell"), plans) for _ in range(2))))

    one, other = asyncio.run(twice())
    desk.close()
    assert one is other


def test_phones_that_stay_for_ever_leave_the_rest_alone(tmp_path: Path, plans: StorePlans) -> None:
    """A visit that began the day before is in the heat of its hours, and no visitor of this day."""
    history.write_day(tmp_path)
    night = [history.visit(history.DAY, f"n{n}", history.at(history.DAY, 0, -60), pings=9) for n in range(6)]
    before = date(2025, 6, 1)
    history.write(tmp_path, "visits", before, night, 200, 299)
    where = {"store_id": "S1", "floor": 0, "x_m": 1.2, "y_m": 1.2, "sigma_m": None}
    rows = [
        {**where, "device_id": one["device_id"], "ts": one["first_ts"] + s * 1000} for one in night for s in (0, 80, 95)
    ]
    history.write(tmp_path, "pings", before, rows, 200, 299)
    visits = {row["hour"]: row["visits"] for row in answered(tmp_path, plans, "visitors").table.to_pylist()}
    assert visits[0] == 0
    heat = answered(tmp_path, plans, "heat").table.to_pylist()
    found = [(row["seconds"], row["visits"]) for row in heat if row["cell_x_m"] == 1 and row["hour"] == 0]
    # the two positions after midnight, fifteen seconds apart
    assert found == [(6 * 15.0, 6)]


def test_reports_are_read_from_s3_alike(tmp_path: Path, plans: StorePlans, bucket: str, s3: S3Server) -> None:
    from models import folders
    from tests.parts.s3 import upload

    history.write_day(tmp_path)
    upload(tmp_path, folders.at(f"s3://{bucket}"))
    for name in ("heat", "conversion"):
        assert answered(f"s3://{bucket}", plans, name).table.equals(answered(tmp_path, plans, name).table)


def test_names_of_zones_are_text_whatever_is_in_them(tmp_path: Path) -> None:
    history.write_day(tmp_path)
    name = "<b>Boots</b> & $5 to $x^"
    plan = json.loads(json.dumps(PLAN).replace('"Boots"', json.dumps(name)).replace('"Shoes"', json.dumps(name)))
    found = StorePlans.always(floorplan.parse(json.dumps(plan).encode()))
    for report in ("dwell", "heat"):
        drawn = ElementTree.fromstring(plots.svg(answered(tmp_path, found, report), "dark", "es"))
        assert name in {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}


def test_times_of_far_future_break_nothing(tmp_path: Path, plans: StorePlans) -> None:
    history.write_day(tmp_path)
    odd = history.visit(history.DAY, "odd", history.at(history.DAY, 11), last_ts=YEAR_3000_MS - 1, pings=1)
    history.write(tmp_path, "visits", history.DAY, [odd], 200, 299)
    answer = answered(tmp_path, plans, "visitors")
    assert answer.as_of_ms == answer.period.end_ms
    assert answer.table.num_rows == 24
