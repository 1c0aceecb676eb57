"""What is recommended and decided, in a toy world whose answer is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle import Bundle
from models.catalog import Catalog, Offer, Product, Stock
from models.features import CANDIDATE
from models.recommender import explain, rank
from models.recommender.decide import EVENLY, SILENCE, Decision, decide, propensities, recommend
from models.recommender.knowledge import Acceptance
from models.recommender.rank import SUNK_SHARE, Worth, margins
from models.recommender.retrieve import scores
from models.recommender.rules import Option
from models.recommender.situation import Past, Situation
from tests.training import toy

NOW = toy.START_MS + toy.DAY_MS
DEFAULTS = {"slots": 3, "explore": 0.2, "prompts_per_visit": 5}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("toy")
    return toy.trained(toy.world(folder / "lake"), folder / "bundle")


def situation(name: str = "m", **given: object) -> Situation:
    return replace(Situation(name, "v", "S0", NOW), **given)  # type: ignore[arg-type]


def catalog(*rows: Offer | Stock) -> Catalog:
    return Catalog([*(Product(**row) for row in toy.products()), *rows])


def offer(name: str, kind: str, discount: float = 0.2, **given: object) -> Offer:
    return Offer(**{"offer_id": name, "kind": kind, "discount": discount, "starts": 0, "ends": 2 * NOW, **given})  # type: ignore[arg-type]


def test_a_basket_brings_products_of_its_own_colour(bundle: Bundle) -> None:
    found = scores(bundle.knowledge, [situation(basket=("P00", "P02"))])[0]
    best = [str(bundle.knowledge.goods.sku[i]) for i in np.argsort(-found)[:10]]
    assert all(int(sku[1:]) % 2 == 0 for sku in best)


def test_what_is_unknown_changes_nothing(bundle: Bundle) -> None:
    plain, strange = (
        scores(bundle.knowledge, [one])
        for one in (situation(), situation(basket=("no such",), dwell={"nowhere": 50}, customer_id="nobody"))
    )
    assert (plain == strange).all()
    assert (plain > 0).all()


@pytest.mark.parametrize("key", ["shelf 3", "SHELF 3 "])
def test_dwell_raises_its_category(bundle: Bundle, key: str) -> None:
    known = bundle.knowledge
    plain, dwelled = scores(known, [situation(), situation(dwell={key: 60})])
    there = known.goods.category == "shelf 3"
    assert (dwelled[there] > 2 * plain[there]).all()
    assert set(np.argsort(-dwelled)[:5]) == set(np.flatnonzero(there))


def test_propensities_have_the_best_and_spread_the_rest() -> None:
    def shares(*means: float, draws: list[list[float]] | None = None) -> list[float]:
        drawn = np.array(draws) if draws else np.zeros((len(means), 0))
        return propensities(Worth(np.array(means), drawn), 2.0, 0.3).tolist()

    assert shares(1.0, 3.0) == pytest.approx([0.1, 0.8, 0.1])
    assert shares(1.0, 1.5) == pytest.approx([0.1, 0.1, 0.8])
    assert shares() == [1.0]
    # of four draws the first option wins two, silence one
    tried = shares(1.0, 3.0, draws=[[5.0, 4.0, 0.0, 1.0], [3.0, 3.0, 3.0, 1.0]])
    evenly, by_draw = 0.3 * EVENLY / 3, 0.3 * (1 - EVENLY) / 4
    assert tried == pytest.approx([evenly + 2 * by_draw, 0.7 + evenly + by_draw, evenly + by_draw])


def test_a_prompt_has_to_beat_silence_beyond_doubt() -> None:
    surely, perhaps = [2.5, 2.7, 2.9, 3.1], [0.0, 2.0, 4.0, 8.0]
    for draws, best in (([surely, perhaps], 0), ([perhaps], 1), ([perhaps, [5.0] * 4], 1)):
        drawn = np.array(draws)
        assert propensities(Worth(drawn.mean(axis=1), drawn, doubt=1.0), 2.0, 0.0).argmax() == best
        # a new chain goes by what it believes
        assert propensities(Worth(drawn.mean(axis=1), drawn), 2.0, 0.0).argmax() == drawn.mean(axis=1).argmax()


def test_doubt_comes_with_the_prompts_that_were_seen(bundle: Bundle) -> None:
    assert rank.doubt(bundle) == 0
    goods = bundle.knowledge.goods
    seen = Acceptance(np.full(len(goods.sku), 5000.0 / len(goods.sku)), np.zeros(len(goods.sku)))
    told = replace(bundle, knowledge=replace(bundle.knowledge, acceptance=seen))
    assert rank.doubt(told) == pytest.approx(5 / 6)


@settings(max_examples=60, deadline=None)
@given(
    name=st.text("0123456789abcdef", min_size=1, max_size=8),
    basket=st.lists(st.sampled_from([toy.sku(i) for i in range(20)]), max_size=6, unique=True),
    gone=st.sets(st.sampled_from([toy.sku(i) for i in range(20)]), max_size=20),
    declined=st.sets(st.sampled_from([toy.sku(i) for i in range(20)]), max_size=3),
    department=st.sampled_from([None, "even", "odd", "unknown"]),
    explore=st.floats(0, 1),
    with_bundle=st.booleans(),
)
def test_rules_hold_and_propensities_are_probabilities(
    bundle: Bundle,
    name: str,
    basket: list[str],
    gone: set[str],
    declined: set[str],
    department: str | None,
    explore: float,
    with_bundle: bool,
) -> None:
    past = Past()
    for i, sku in enumerate(sorted(declined)):
        past = past.prompted(toy.prompt(i, sku, NOW - toy.DAY_MS)).answered(toy.outcome(i, "declined"))
    shelf = catalog(
        *(Stock("S0", sku, 0) for sku in gone),
        offer("C", "coupon", category="shelf 1"),
        offer("X", "clearance", sku="P02"),
    )
    here = situation(name, basket=tuple(basket), department=department)
    slate = decide(here, bundle if with_bundle else None, shelf, past, slots=3, explore=explore, prompts_per_visit=5)

    forbidden = gone | declined | set(basket)
    for slot, decision in enumerate(slate):
        row = decision.row(held_out=False, stale=False)
        assert row["candidates"][-1] == SILENCE
        assert len(set(row["candidates"])) == len(row["candidates"]) <= 50
        assert not forbidden & set(row["candidates"])
        assert sum(row["candidate_propensities"]) == pytest.approx(1, abs=1e-12)
        assert min(row["candidate_propensities"]) >= 0
        drawn = row["candidates"].index(row["sku"] or SILENCE)
        assert row["candidate_propensities"][drawn] == row["propensity"] > 0
        assert len(row["candidate_features"]) == len(row["candidates"]) * len(CANDIDATE)
        assert np.isfinite(row["candidate_features"]).all()
        assert row["slot"] == slot
        assert (row["sku"] is None) == (not row["shown"])
    named = [d.option.offer for d in slate if d.option and d.option.offer]
    assert sum(one.kind == "coupon" for one in named) <= 1
    skus = [d.option.product.sku for d in slate if d.option]
    assert len(set(skus)) == len(skus) >= len(slate) - 1


def test_a_coupon_costs_who_would_have_bought_anyway_and_a_clearance_is_for_all() -> None:
    product = Product("P", "p", "d", "c", 10.0, 6.0)
    plain, clearance, coupon = (
        Option(product, offer("o", kind, 0.25) if kind else None, None) for kind in (None, "clearance", "coupon")
    )
    with_it, without = margins([plain, clearance, coupon], 1.0)
    assert with_it == pytest.approx([4.0, 7.5 - 6.0 * (1 - SUNK_SHARE), 1.5])
    assert without == pytest.approx([4.0, 7.5 - 6.0 * (1 - SUNK_SHARE), 4.0])
    unknown = Option(Product("Q", "q", "d", "c", None, None), None, None)
    assert [one[0] for one in margins([unknown], 20.0)] == pytest.approx([6.0, 6.0])


def test_draws_come_as_often_as_their_propensities_say(bundle: Bundle) -> None:
    slates = [
        decide(situation(str(i)), bundle, catalog(), Past(), **{**DEFAULTS, "slots": 1, "explore": 0.5})
        for i in range(1500)
    ]  # type: ignore[arg-type]
    first = slates[0][0]
    counted = Counter(slate[0].option.product.sku if slate[0].option else SILENCE for slate in slates)
    assert all(slate[0].propensities == first.propensities for slate in slates)
    for sku, likely in zip(first.candidates, first.propensities, strict=True):
        assert counted[sku] == pytest.approx(1500 * likely, abs=4.5 * np.sqrt(1500 * likely * (1 - likely)))


def test_a_decision_is_a_function_of_its_inputs_and_the_seed_changes_draws_only(bundle: Bundle) -> None:
    one, again, *others = (
        decide(situation(), bundle, catalog(), Past(), **DEFAULTS, seed=seed)[0].row(False, False)  # type: ignore[arg-type]
        for seed in (0, 0, *range(1, 40))
    )
    assert one == again
    assert len({row["sku"] for row in others}) > 1
    for row in others:
        assert (row["candidates"], row["candidate_propensities"]) == (one["candidates"], one["candidate_propensities"])


def test_held_out_stale_and_silent_prompts_are_not_shown(bundle: Bundle) -> None:
    decision = _first(bundle, catalog(), Past(), explore=0.0)
    assert decision.row(False, False)["shown"]
    assert not decision.row(True, False)["shown"]
    assert not decision.row(False, True)["shown"]
    assert decision.row(False, False)["expires"] == NOW + 120_000


def test_after_the_cap_there_is_only_silence(bundle: Bundle) -> None:
    past = Past().prompted(toy.prompt(0, "P00", NOW - toy.DAY_MS)).prompted(toy.prompt(1, "P01", NOW - toy.DAY_MS))
    full = decide(situation(), bundle, catalog(), past, slots=3, explore=0.5, prompts_per_visit=2)
    room_for_one = decide(situation(), bundle, catalog(), past, slots=3, explore=0.0, prompts_per_visit=3)
    assert [(d.candidates, d.propensity) for d in full] == [((SILENCE,), 1.0)]
    assert [d.option is None for d in room_for_one] == [False, True]


def test_one_coupon_a_visit(bundle: Bundle) -> None:
    shelf = catalog(
        offer("C1", "coupon", sku="P01"), offer("C2", "coupon", sku="P03"), offer("X", "clearance", sku="P05")
    )
    past = Past().prompted(toy.prompt(0, "P01", NOW - toy.DAY_MS, offer_id="C1"))
    slate = decide(situation(), None, shelf, past, slots=3, explore=1.0, prompts_per_visit=5)
    assert {d.option.offer.offer_id for d in slate if d.option and d.option.offer} <= {"X"}
    without = decide(situation(), None, shelf, Past(), slots=1, explore=1.0, prompts_per_visit=5)
    assert set(without[0].candidates) == {"P01", "P03", "P05", SILENCE}


def test_offers_count_between_their_dates_and_in_their_store_only() -> None:
    shelf = catalog(
        offer("old", "clearance", sku="P00", ends=NOW),
        offer("new", "clearance", sku="P01", starts=NOW + 1),
        offer("elsewhere", "clearance", sku="P02", store_id="S9"),
        offer("now", "clearance", sku="P03", starts=NOW, store_id="S0"),
    )
    assert decide(situation(), None, shelf, Past(), slots=1, explore=0.0, prompts_per_visit=5)[0].candidates == (
        "P03",
        SILENCE,
    )


def test_without_a_bundle_the_displays_own_offers_come_first() -> None:
    shelf = catalog(offer("a", "clearance", 0.5, sku="P00"), offer("b", "clearance", 0.1, category="shelf 2"))
    here = situation(department="even", categories=("shelf 2",))
    decision = decide(here, None, shelf, Past(), slots=1, explore=0.0, prompts_per_visit=5)[0]
    assert decision.option is not None
    assert decision.option.product.category == "shelf 2"
    assert decision.row(False, False)["policy"] == "offers"
    assert decision.row(False, False)["bundle"] is None


def test_without_bundle_and_offers_nothing_is_said() -> None:
    assert [d.option for d in decide(situation(), None, catalog(), Past(), **DEFAULTS)] == [None]  # type: ignore[arg-type]
    assert recommend(situation(), None, catalog(), Past(), 5) == []


def test_an_open_prompt_is_not_repeated_and_an_undone_decline_may_be() -> None:
    shelf = catalog(offer("a", "clearance", sku="P00"))
    past = Past().prompted(toy.prompt(0, "P00", NOW - 60_000))
    declined = past.answered(toy.outcome(0, "declined"))
    undone = declined.answered(toy.outcome(0, "undone", undoes="declined-0"))

    def skus(past: Past, later_ms: int) -> set[str]:
        here = situation(ts_ms=NOW + later_ms)
        return set(decide(here, None, shelf, past, slots=1, explore=0.0, prompts_per_visit=5)[0].candidates) - {SILENCE}

    assert skus(past, 0) == set()
    assert skus(past, 60_000) == {"P00"}
    assert skus(declined, 60_000) == set()
    assert skus(undone, 60_000) == {"P00"}


def test_recommendations_keep_the_rules_and_are_in_the_order_of_their_scores(bundle: Bundle) -> None:
    found = recommend(situation(basket=("P00",)), bundle, catalog(Stock("S0", "P02", 0)), Past(), 6)
    assert len(found) == 6
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert not {"P00", "P02"} & {one.sku for one in found}


def test_a_bundle_speaks_for_a_catalogue_that_was_never_imported(bundle: Bundle) -> None:
    found = recommend(situation(), bundle, Catalog([Stock("S0", "P00", 0)]), Past(), 20)
    assert {one.sku for one in found} == {toy.sku(i) for i in range(1, 20)}


@given(
    name=st.text(max_size=200),
    category=st.text(max_size=80),
    on_hand=st.none() | st.integers(0, 9),
    discount=st.floats(0, 1),
    kind=st.sampled_from(["clearance", "coupon", None]),
    lasted=st.floats(0, 1e5),
)
def test_both_lines_are_short_and_the_customer_hears_nothing_of_tracking(
    name: str, category: str, on_hand: int | None, discount: float, kind: str | None, lasted: float
) -> None:
    product = Product("P", name, "Department of many long words indeed", category)
    option = Option(product, offer("o", kind, discount) if kind else None, on_hand)
    reasons = explain.reasons(option, {category.strip().casefold(): lasted}, 0.5, 1.0)
    why, say = explain.why(reasons), explain.say(option)
    assert len(why.split("; ")) == len(reasons)
    assert 0 < len(why.split()) <= 15
    assert 0 < len(say.split()) <= 15
    spoken = say.casefold().replace(explain.short(name).casefold(), "")
    assert not any(word in spoken for word in ("second", "minute", "before", "bought", "look", "stood"))


def _first(bundle: Bundle, shelf: Catalog, past: Past, explore: float) -> Decision:
    return decide(situation(), bundle, shelf, past, slots=1, explore=explore, prompts_per_visit=5)[0]
