"""Labels come from what was seen, and the ranker learns from one day."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle
from models.features import CANDIDATE, MOMENT
from models.recommender.decide import decide, recommend
from models.recommender.situation import Past, Situation
from tests.training import toy
from training import ranking

SITUATION = Situation("m", "v", "S0", toy.START_MS, department="even", categories=("shelf 0",))


def test_only_seen_prompts_count_and_what_was_undone_has_not_been(tmp_path: Path) -> None:
    prompts = [toy.prompt(i, toy.sku(i)) for i in range(7)]
    outcomes = [
        *(toy.outcome(i, "shown") for i in range(6)),
        toy.outcome(0, "accepted"),
        toy.outcome(1, "declined"),
        toy.outcome(2, "accepted"),
        toy.outcome(2, "undone", undoes="accepted-2"),
        toy.outcome(3, "sold"),
        toy.outcome(5, "shown", outcome_id="again"),
        toy.outcome(6, "accepted"),
    ]
    seen = ranking.seen(toy.write(tmp_path, prompts=prompts, outcomes=outcomes))
    assert dict(zip(seen.sku, seen.accepted.tolist(), strict=True)) == {
        "P00": True,
        "P01": False,
        "P02": False,
        "P03": True,
        "P04": False,
        "P05": False,
    }


def test_a_log_that_is_older_than_a_feature_reads_as_nan() -> None:
    row = {"sku": "b", "candidates": ["a", "b", ""], "features": [1.0, 2.0], "candidate_features": [1, 2, 3, 4, 0, 0]}
    vector = ranking.vector(row)
    moment, candidate = vector[: len(MOMENT)], vector[len(MOMENT) :]
    assert moment[:2].tolist() == [1.0, 2.0]
    assert candidate[:2].tolist() == [3.0, 4.0]
    assert np.isnan(moment[2:]).all()
    assert np.isnan(candidate[2:]).all()
    assert len(candidate) == len(CANDIDATE)


@pytest.mark.parametrize(
    "absent", [{"features": None}, {"candidate_features": None}, {"features": None, "candidate_features": None}]
)
def test_logs_from_elsewhere_have_no_vectors_and_still_teach(tmp_path: Path, absent: dict[str, None]) -> None:
    prompts = [toy.prompt(i, "P00", **absent) for i in range(30)]
    root = toy.world(tmp_path / "lake", prompts=prompts, outcomes=[toy.outcome(i, "shown") for i in range(30)])
    made = toy.trained(root, tmp_path / "bundle")
    assert chances(made)["P00"] == min(chances(made).values())


def test_a_product_that_was_always_declined_is_prompted_less_the_next_day(tmp_path: Path) -> None:
    before = toy.trained(toy.world(tmp_path / "lake"), tmp_path / "before")
    favourite = max(chances(before), key=chances(before).__getitem__)
    prompts, outcomes = [], []
    for i in range(40):
        here = replace(SITUATION, id=f"m{i}")
        row = decide(here, before, before.catalog, Past(), slots=1, explore=0.7, prompts_per_visit=5)[0].row(
            False, False
        )
        if row["sku"] is not None:
            prompts.append(row)
            kind = "declined" if row["sku"] == favourite or i % 3 else "accepted"
            outcomes += [toy.outcome(i, "shown"), toy.outcome(i, kind)]
    assert 10 <= sum(row["sku"] == favourite for row in prompts) <= 20
    after = toy.trained(toy.world(tmp_path / "lake", prompts=prompts, outcomes=outcomes), tmp_path / "after")

    assert after.knowledge.ranker is not None
    assert share(before, favourite) > 0.8
    assert share(after, favourite) < 0.1
    assert chances(after)[favourite] < 0.6 * np.median(list(chances(after).values()))


def test_when_all_is_declined_silence_is_better(tmp_path: Path) -> None:
    prompts = [toy.prompt(i, toy.sku(i % 20)) for i in range(600)]
    outcomes = [toy.outcome(i, kind) for i in range(600) for kind in ("shown", "declined")]
    made = toy.trained(toy.world(tmp_path / "lake", prompts=prompts, outcomes=outcomes), tmp_path / "bundle")
    decision = decide(SITUATION, made, made.catalog, Past(), slots=1, explore=0.0, prompts_per_visit=5)[0]
    assert decision.option is None
    assert decision.propensity == 1.0


def chances(bundle: Bundle) -> dict[str, float]:
    """The value of each candidate; all prices are the same."""
    return {one.sku: one.score for one in recommend(SITUATION, bundle, bundle.catalog, Past(), 50)}


def share(bundle: Bundle, sku: str) -> float:
    """How often a product is prompted over many visits, by its propensity."""
    decision = decide(SITUATION, bundle, bundle.catalog, Past(), slots=1, explore=0.2, prompts_per_visit=5)[0]
    return dict(zip(decision.candidates, decision.propensities, strict=True))[sku]
