"""GET lift: what prompting brings, of the newest night that could tell."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from models.report import Lift
from serving.lift import Newest, newest
from tests.serving.client import bearer

LIFT = {"estimate": 1.0, "ci_low": 0.5, "ci_high": 1.5, "from_date": "2026-11-12", "to_date": "2026-11-18"}


def night(folder: Path, name: str, report: object) -> None:
    (folder / name).mkdir()
    (folder / name / "report.json").write_text(json.dumps(report))


def test_the_newest_night_that_knew_it(tmp_path: Path) -> None:
    assert newest(str(tmp_path / "nothing")) is None
    night(tmp_path, "2026-11-18-aa", {"lift": LIFT | {"estimate": 2.0}})
    night(tmp_path, "2026-11-19-bb", {"lift": LIFT, "verdict": "keep"})
    night(tmp_path, "2026-11-20-cc", {"lift": None})
    assert newest(str(tmp_path)) == Lift(**LIFT)


def test_a_report_that_is_none_is_passed_over(tmp_path: Path) -> None:
    night(tmp_path, "2026-11-19-bb", [])
    assert newest(str(tmp_path)) is None
    night(tmp_path, "2026-11-18-aa", {"lift": LIFT})
    assert newest(str(tmp_path)) == Lift(**LIFT)


def test_it_is_read_again_for_another_report_and_after_a_minute(tmp_path: Path) -> None:
    now = 0.0
    kept = Newest(tmp_path, lambda: now)
    assert kept.get() is None
    night(tmp_path, "2026-11-18-aa", {"lift": LIFT})
    assert kept.get() == Lift(**LIFT)
    (tmp_path / "2026-11-18-aa" / "report.json").write_text("{}")
    assert kept.get() == Lift(**LIFT)
    now = 60.0
    assert kept.get() is None


def test_a_tablet_asks_for_its_own_store(client: httpx.Client) -> None:
    assert client.get("/v1/stores/S1/lift").json() == {"lift": None}
    assert client.get("/v1/stores/S1/lift", headers=bearer("S2")).status_code == 403
