"""The night's judgement of a challenger, on a lake with enough prompts to judge by."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models import bundle, champions, lake
from models.recommender.decide import decide
from models.recommender.situation import Past, Situation
from models.records import rows_to_table
from tests.contract.test_evaluating import Log
from tests.training import toy
from training import comparison, exposures, nightly, policies, publish


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


def test_what_is_likely_worse_is_kept_and_stays_so(tmp_path: Path) -> None:
    """First the receipts tell; then salespeople say of what hardly anybody buys that they have sold it each time."""
    log, folder = Log(visits=1200), tmp_path / "bundles"
    early, late = log.prompts[:800], log.prompts[800:]
    named = [row for row in late if row["sku"] in (toy.sku(0), toy.sku(4)) and row["shown"]]
    log.outcomes += [toy.outcome(int(row["moment_id"][1:]), "sold", row["ts"]) for row in named]
    whole = log.prompts, log.outcomes, log.purchases
    last = early[-1]["ts"]
    log.prompts, log.outcomes, log.purchases = ([row for row in part if row["ts"] <= last] for part in whole)
    first = nightly.run(log.write(tmp_path / "lake"), folder)
    log.prompts, log.outcomes, log.purchases = whole
    report = nightly.run(log.write(tmp_path / "lake"), folder)
    assert (report.verdict, report.bundle != first.bundle) == ("keep", True)
    assert report.comparison
    assert report.comparison.difference.ci_high < 0
    assert champions.reigned(folder) == [first.bundle]
    again = nightly.run(tmp_path / "lake", folder)
    assert (again.verdict, "no new rows" in again.why) == ("keep", True)
    assert champions.reigned(folder) == [first.bundle]


def test_a_bundle_is_as_good_as_itself(judged: Path) -> None:
    same = bundle.load(next(path.parent for path in (judged / "bundles").glob("*/manifest.json")))
    lessons = publish.train(judged / "lake", publish.state(judged / "lake")).lessons
    outcome = comparison.compare(judged / "lake", same, same, lessons, None, policies.USUAL)
    assert outcome.comparison
    assert outcome.comparison.difference.estimate == 0
    assert outcome.verdict in ("promote", "refuse")
    assert msgspec.json.encode(outcome)


def test_without_a_plan_a_display_is_judged_by_its_category(tmp_path: Path) -> None:
    listed = {"candidates": [toy.sku(i) for i in range(4)], "candidate_propensities": [0.25] * 4}
    row = toy.prompt(0, toy.sku(1), **listed, candidate_features=None)
    names = ("store_id", "moment_id", "visit_id", "ts", "features", "holdout")
    moment = {name: row[name] for name in names} | {"device_id": "p", "zone_id": "shelf 3", "kind": "display"}
    moments = [{**moment, "live_s": 40.0, "zones": ["shelf 3"], "zone_live_s": [40.0]}]
    shown = [toy.outcome(0, "shown")]
    root = toy.world(tmp_path / "lake", prompts=[row], outcomes=shown, moments=moments)
    made = toy.trained(root, tmp_path / "bundle")
    [judged] = policies.of_bundle(made, root, exposures.read(root), policies.USUAL)

    def decided(*categories: str) -> dict[str, float]:
        situation = Situation(
            row["moment_id"],
            row["visit_id"],
            row["store_id"],
            row["ts"],
            dwell={"shelf 3": 40.0},
            features=np.array(row["features"], np.float32),
            candidates=tuple(listed["candidates"]),
            categories=categories,
        )
        [one] = decide(situation, made, made.catalog, Past(), slots=1, explore=0.5, prompts_per_visit=5)
        return dict(zip(one.candidates, one.propensities, strict=True))

    assert judged == pytest.approx(decided("shelf 3"))
    assert judged != pytest.approx(decided())


def test_where_nobody_is_held_out_nothing_is_taken_off_the_margin(tmp_path: Path) -> None:
    known = exposures.read(Log(visits=60, holdout=False).write(tmp_path))
    margin = exposures.bought(known, known.seen)[1]
    assert margin.sum() > 0
    assert comparison.additional_margin(known).tolist() == margin.tolist()


def test_the_newest_prompts_are_judged_by_and_controls_stay(judged: Path) -> None:
    known = exposures.read(judged / "lake")
    some = known.newest(300)
    assert 300 <= len(some.seen) < 310
    assert min(exposures.times(some.seen)) >= sorted(exposures.times(known.seen))[-301]
    assert [one for one in some.prompts if one.held_out] == [one for one in known.prompts if one.held_out]
    assert len(known.newest(10**6).prompts) == len(known.prompts)
