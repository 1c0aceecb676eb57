"""The night's judgement of a challenger, on a lake with enough prompts to judge by."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from models import bundle, lake
from models.records import rows_to_table
from tests.contract.test_evaluating import Log
from tests.training import toy
from training import champions, comparison, exposures, nightly
from training.policies import Habits


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights: the first bundle knows of 1,100 prompts, the second of one answer more."""
    folder = tmp_path_factory.mktemp("judged")
    log = Log(visits=800)
    root = log.write(folder / "lake")
    nightly.run(root, folder / "bundles")
    more = [*log.outcomes, toy.outcome(1, "accepted", toy.START_MS)]
    lake.write(root / "outcomes.parquet", rows_to_table("outcomes", more))
    return folder


def test_a_night_judges_and_says_what_it_has_seen(judged: Path) -> None:
    report = nightly.run(judged / "lake", judged / "bundles")
    found = report.comparison
    assert found
    assert found.prompts > 1000
    assert found.challenger.estimate - found.champion.estimate == pytest.approx(found.difference.estimate, abs=0.02)
    assert report.lift
    assert report.lift.ci_low < report.lift.estimate < report.lift.ci_high
    assert report.lift.from_date <= report.lift.to_date
    written = json.loads((judged / "bundles" / report.bundle / "report.json").read_text())
    assert written["lift"]["estimate"] == report.lift.estimate
    page = (judged / "bundles" / report.bundle / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "<script" not in page


def test_what_is_not_promoted_stays_so(judged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = judged / "bundles"
    kept = nightly.read_report(folder / nightly.run(judged / "lake", folder).bundle)
    before = champions.reigned(folder)
    said = comparison.Outcome("keep", "too likely worse")
    monkeypatch.setattr(comparison, "compare", lambda *_: said)
    rows = lake.read(judged / "lake", "outcomes").to_pylist()[:-1]
    lake.write(judged / "lake" / "outcomes.parquet", lake.read(judged / "lake", "outcomes").slice(0, len(rows) - 1))
    report = nightly.run(judged / "lake", folder)
    assert (report.verdict, report.bundle != kept.bundle) == ("keep", True)
    assert champions.reigned(folder) == before
    assert "no new rows" in nightly.run(judged / "lake", folder).why
    assert champions.reigned(folder) == before


def test_a_bundle_is_as_good_as_itself(judged: Path) -> None:
    same = bundle.load(next(path.parent for path in (judged / "bundles").glob("*/manifest.json")))
    outcome = comparison.compare(judged / "lake", same, same, None, Habits())
    assert outcome.comparison
    assert outcome.comparison.difference.estimate == 0
    assert outcome.verdict in ("promote", "refuse")
    assert msgspec.json.encode(outcome)


def test_where_nobody_is_held_out_nothing_is_taken_off_the_margin(tmp_path: Path) -> None:
    known = exposures.read(Log(visits=60, holdout=False).write(tmp_path))
    margin = exposures.bought(known, known.seen)[1]
    assert margin.sum() > 0
    assert comparison.additional_margin(known).tolist() == margin.tolist()
