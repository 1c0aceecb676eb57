"""One contract for all sources: shape, sign, independence of visits, and what each has to say in the toy world."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.bundle import Bundle
from models.recommender.blend import CONTEXT, MOST_LOG_ODDS, Blend, context
from models.recommender.retrieve import scores
from models.recommender.situation import Situation
from models.recommender.sources.contract import Scores, Visits, whole
from models.recommender.visits import of_situations
from tests.training import toy
from training import blending

NAMES = tuple(blending.BELIEVED)
LATER_MS = toy.START_MS + 30 * toy.DAY_MS
NEW = {"sku": "Q00", "name": "Product new", "department": "even", "category": "shelf 2", "price": 10.0, "cost": 6.0}

SITUATIONS = {
    "nothing": {},
    "basket": {"basket": ("P00", "P02")},
    "strange": {"basket": ("no such",), "customer_id": "nobody", "dwell": {"nowhere": 9.0}, "store_id": "S9"},
    "customer": {"customer_id": "c0"},
    "dwell": {"dwell": {"shelf 3": 60.0, "odd": 90.0}},
    "no time": {"dwell": {"shelf 3": 0.0, "odd": float("nan")}},
    "everything": {"basket": ("P01",), "customer_id": "c3", "dwell": {"shelf 1": 1e9}, "store_id": "S1"},
    "every product": {"basket": tuple(toy.sku(i) for i in range(toy.PRODUCTS))},
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("toy")
    return toy.trained(toy.world(folder / "lake", products=[*toy.products(), NEW]), folder / "bundle")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle that knows of no receipt."""
    folder = tmp_path_factory.mktemp("bare")
    root = toy.world(folder / "lake", products=[*toy.products(), NEW], purchases=[])
    return toy.trained(root, folder / "bundle")


def situation(**given: Any) -> Situation:
    return replace(Situation("m", "v", "S0", LATER_MS), **given)


def visits(one: Bundle, *names: str) -> Visits:
    known = one.knowledge
    asked = [situation(**SITUATIONS[name]) for name in names]
    return of_situations(asked, known.goods, known.profiles, known.zones)


def scored(one: Bundle, source: str, *names: str) -> Scores:
    batch = visits(one, *names)
    return whole(one.knowledge.sources[source].scores(batch), batch)


def test_every_source_is_blended(bundle: Bundle) -> None:
    assert tuple(bundle.knowledge.sources) == NAMES == tuple(bundle.knowledge.blend.source.tolist())


@pytest.mark.parametrize("source", NAMES)
@pytest.mark.parametrize("kind", ["bundle", "bare"])
def test_scores_are_finite_and_at_least_nothing(source: str, kind: str, request: pytest.FixtureRequest) -> None:
    one: Bundle = request.getfixturevalue(kind)
    found = scored(one, source, *SITUATIONS)
    assert found.shape == (len(SITUATIONS), len(one.knowledge.goods.sku))
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("source", NAMES)
def test_no_visits_have_no_scores(bundle: Bundle, source: str) -> None:
    assert scored(bundle, source).shape == (0, toy.PRODUCTS + 1)


@pytest.mark.parametrize("source", NAMES)
def test_a_visit_is_scored_alone_as_in_a_batch_of_any_order(bundle: Bundle, source: str) -> None:
    names = tuple(SITUATIONS)
    together, turned = scored(bundle, source, *names), scored(bundle, source, *reversed(names))
    np.testing.assert_allclose(together, turned[::-1], rtol=1e-5, atol=1e-7)
    for row, name in enumerate(names):
        np.testing.assert_allclose(scored(bundle, source, name)[0], together[row], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("source", NAMES)
def test_what_is_unknown_says_as_much_as_nothing(bundle: Bundle, source: str) -> None:
    nothing, no_time, strange = scored(bundle, source, "nothing", "no time", "strange")
    assert (no_time == nothing).all()
    if source in ("popularity", "recent"):
        # another store: what the chain buys
        chain = getattr(bundle.knowledge, source).chain
        assert strange == pytest.approx(chain / chain.max(), rel=1e-6)
    else:
        assert (strange == nothing).all()
        assert (nothing == 0).all()


def test_no_time_is_no_context(bundle: Bundle) -> None:
    nothing, no_time = context(visits(bundle, "nothing", "no time"))
    assert no_time.tolist() == nothing.tolist()


@pytest.mark.parametrize("source", ["together", "sessions", "taste"])
def test_a_basket_brings_its_own_colour(bundle: Bundle, source: str) -> None:
    (found,) = scored(bundle, source, "basket")
    own = np.array([int(sku[1:]) % 2 == 0 for sku in bundle.knowledge.goods.sku[: toy.PRODUCTS]])
    assert found[: toy.PRODUCTS][own].mean() > 3 * found[: toy.PRODUCTS][~own].mean()


@pytest.mark.parametrize("source", ["habit", "lately", "due", "kin", "taste"])
def test_a_customer_brings_what_was_bought_before_or_goes_with_it(bundle: Bundle, source: str) -> None:
    (found,) = scored(bundle, source, "customer")
    own = np.array([int(sku[1:]) % 2 == 0 for sku in bundle.knowledge.goods.sku[: toy.PRODUCTS]])
    assert found[: toy.PRODUCTS][own].mean() > 3 * found[: toy.PRODUCTS][~own].mean()


def test_a_place_brings_its_products_and_category_says_more_than_department(bundle: Bundle) -> None:
    (found,) = scored(bundle, "place", "dwell")
    goods = bundle.knowledge.goods
    here, around = goods.category == "shelf 3", goods.department == "odd"
    assert found[here].min() > found[around & ~here].max() > 0
    assert (found[~around] == 0).all()


def test_content_brings_a_product_that_nobody_has_bought(bundle: Bundle) -> None:
    (found,) = scored(bundle, "alike", "basket")
    assert found[bundle.knowledge.goods.index["Q00"]] > 0
    assert found[bundle.knowledge.goods.index["P01"]] == 0


def test_a_new_product_is_popular_by_its_category_and_less_than_what_sells(bundle: Bundle) -> None:
    popularity, new = bundle.knowledge.popularity.of("S0"), bundle.knowledge.goods.index["Q00"]
    assert 0 < popularity[new] < np.delete(popularity, new).min()


def test_due_is_greatest_after_the_usual_interval(bundle: Bundle) -> None:
    known = bundle.knowledge
    items, _ = known.profiles.of("c0")
    place = int(known.profiles.indptr[known.profiles.row("c0")])
    last, days = int(known.profiles.last_ms[place]), float(known.profiles.interval_days[place])
    times = [last, last + int(days * toy.DAY_MS), last + int(20 * days * toy.DAY_MS)]
    asked = [situation(customer_id="c0", ts_ms=ts) for ts in times]
    batch = of_situations(asked, known.goods, known.profiles, known.zones)
    just, due, long_ago = whole(known.sources["due"].scores(batch), batch)[:, items[0]]
    assert due == pytest.approx(1, abs=1e-3)
    assert just < 0.01
    assert long_ago < 0.01


def test_folding_in_solves_the_weighted_least_squares(bundle: Bundle) -> None:
    taste, batch = bundle.knowledge.taste, visits(bundle, "everything")
    factors, weight = taste.factors.astype(float), taste.alpha * batch.observed.toarray()[0]
    confidence = np.where(weight > 0, weight, 1.0)
    regular = taste.gram - factors.T @ factors
    wanted = np.linalg.solve((factors.T * confidence) @ factors + regular, factors.T @ weight)
    assert taste.fold_in(batch.observed)[0] == pytest.approx(wanted, rel=1e-3, abs=1e-4)


def test_the_blend_adds_what_each_source_says(bundle: Bundle) -> None:
    known, batch = bundle.knowledge, visits(bundle, *SITUATIONS)
    weights = context(batch) @ known.blend.weight.T
    wanted = np.zeros((len(batch), batch.products))
    for column, name in enumerate(NAMES):
        score = whole(known.sources[name].scores(batch), batch).astype(float)
        wanted += weights[:, [column]] * np.log1p(score / known.blend.scale[column])
    found = known.blend.log_odds(known.sources, batch)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)


def test_scores_are_odds_that_no_weight_makes_infinite(bundle: Bundle) -> None:
    wild = Blend(bundle.knowledge.blend.source, bundle.knowledge.blend.scale, np.full((len(NAMES), len(CONTEXT)), 1e6))
    found = scores(replace(bundle.knowledge, blend=wild), [situation(basket=("P00",))])
    assert np.isfinite(found).all()
    assert (found > 0).all()
    assert found.max() <= np.exp(np.float32(MOST_LOG_ODDS)) * 1.001
