"""Cases come from what was seen and from what nobody was told of, and one day of them teaches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import lake
from models.bundle import Bundle
from models.features import CANDIDATE, MOMENT
from models.recommender import uplift
from models.recommender.decide import decide, recommend
from models.recommender.knowledge import Goods
from models.recommender.situation import Past, Situation
from tests.training import toy
from tests.training.test_attribution import line, visit
from tests.training.test_labels import NO_ZONES, at
from training import attribution, cases, history, labels, ranking, visitors
from training.cases import Cases

SITUATION = Situation("m", "v", "S0", toy.START_MS, department="even", categories=("shelf 0",))


def learned(root: Path) -> Cases:
    """What training would read of a lake."""
    goods = history.goods(root)
    receipts = history.receipts(root, goods.sku.tolist())
    visits = visitors.visits(lake.read(root, "visits"), lake.read(root, "dwells"), goods, NO_ZONES)
    sold = labels.sales(receipts, visits, attribution.attribute(receipts, visits, goods), goods)
    found = labels.labels(lake.read(root, "prompts"), lake.read(root, "outcomes"), sold, toy.START_MS)
    return cases.cases(root, found, sold)


def test_where_receipts_cannot_tell_answers_do(tmp_path: Path) -> None:
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
    found = learned(toy.world(tmp_path, prompts=[*prompts, prompts[0]], outcomes=outcomes))
    assert found.prompted.all()
    assert dict(zip(found.item.tolist(), found.sale.tolist(), strict=True)) == {0: 0.5, 1: 0, 2: 0, 3: 1, 4: 0, 5: 0}


def test_candidates_that_nobody_was_told_of_show_what_is_bought_anyway(tmp_path: Path) -> None:
    """v0 is told of P04; P08 is of its category. v1 is held out, v2 unknown to the lake."""
    listed = {"candidates": ["P04", "P08", "P01", "P03", ""], "candidate_propensities": [0.2] * 5}
    listed["candidate_features"] = [float(row) for row in range(5) for _ in CANDIDATE]
    prompts = [toy.prompt(i, "P04", at(1), holdout=i == 1, **listed) for i in range(3)]
    found = learned(
        toy.world(
            tmp_path,
            visits=[visit(f"v{i}", 0, 30) for i in range(2)],
            prompts=prompts,
            outcomes=[toy.outcome(i, "shown") for i in (0, 2)],
            purchases=[line("r0", 20, "P04", visit_id="v0"), line("r1", 20, "P03", visit_id="v1")],
        )
    )
    rows = [(int(found.decision[i]), toy.sku(found.item[i]), found.vectors[i, -1]) for i in range(len(found))]
    told, free = ({row: found.sale[i] for i, row in enumerate(rows) if found.prompted[i] == it} for it in (True, False))
    assert told == {(0, "P04", 0.0): 1.0, (2, "P04", 0.0): 0.0}
    assert free == {
        (0, "P01", 2.0): 0.0,
        (0, "P03", 3.0): 0.0,
        (1, "P04", 0.0): 0.0,
        (1, "P08", 1.0): 0.0,
        (1, "P01", 2.0): 0.0,
        (1, "P03", 3.0): 1.0,
    }


def test_a_log_that_is_older_than_a_feature_reads_as_nan(tmp_path: Path) -> None:
    old = {"candidates": ["P00", "P01", ""], "features": [1.0, 2.0], "candidate_features": [1.0, 2, 3, 4, 0, 0]}
    row = {**toy.prompt(0, "P01"), **old, "candidate_propensities": [0.3, 0.3, 0.4]}
    [vector] = learned(toy.world(tmp_path, prompts=[row], outcomes=[toy.outcome(0, "shown")])).vectors
    moment, candidate = vector[: len(MOMENT)], vector[len(MOMENT) :]
    assert moment[:2].tolist() == [1.0, 2.0]
    assert candidate[:2].tolist() == [3.0, 4.0]
    assert np.isnan(moment[2:]).all()
    assert np.isnan(candidate[2:]).all()
    assert len(candidate) == len(CANDIDATE)


def test_a_log_that_does_not_name_its_product_has_no_vector_of_it(tmp_path: Path) -> None:
    listed = {"candidates": ["P02", "P03"], "candidate_propensities": [0.5, 0.5]}
    listed["candidate_features"] = [1.0] * (2 * len(CANDIDATE))
    rows = [toy.prompt(i, "P01", **listed) for i in range(2)]
    found = learned(toy.world(tmp_path, prompts=rows, outcomes=[toy.outcome(i, "shown") for i in range(2)]))
    assert found.item.tolist() == [1, 1]
    assert (found.vectors[:, : len(MOMENT)] == 0).all()
    assert np.isnan(found.vectors[:, len(MOMENT) :]).all()


def test_effects_that_are_added_are_found_and_what_sells_anyway_is_no_effect() -> None:
    """Product 0 sells by itself, 1 is sold by prompts, 2 by neither; half of all candidates were prompted."""
    rng = np.random.default_rng(0)
    count = 12_000
    item, prompted = rng.integers(0, 3, count), rng.random(count) < 0.5
    likely = np.array([0.4, 0.05, 0.05])[item] + np.array([0.0, 0.25, 0.0])[item] * prompted
    vectors = np.tile(np.concatenate([np.zeros(len(MOMENT), np.float32), toy.AVERAGE]), (count, 1))
    times = np.zeros(count, np.int64)
    made = Cases(item, vectors, prompted, (rng.random(count) < likely).astype(float), times, np.arange(count))
    goods = toy_goods(3)
    anyway, effects = ranking.fit(made, goods, 0)
    found = uplift.chances(vectors[:3], np.arange(3), anyway, effects)
    assert found.without.mean(axis=1) == pytest.approx([0.4, 0.05, 0.05], abs=0.03)
    assert (found.prompted - found.without).mean(axis=1) == pytest.approx([0.0, 0.25, 0.0], abs=0.03)
    assert (found.prompted.std(axis=1) < 0.03).all()
    again = ranking.fit(made, goods, 0)[1]
    np.testing.assert_array_equal(again.own, effects.own)


def toy_goods(count: int) -> Goods:
    texts = {name: np.array([toy.sku(i) for i in range(count)], np.str_) for name in ("sku", "name")}
    same = {name: np.array(["x"] * count, np.str_) for name in ("department", "category")}
    return Goods(**texts, **same, price=np.full(count, 10.0), cost=np.full(count, 6.0))


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
