"""No bundle is judged by visits that it has learned from."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from benchmarks.offpolicy import luck
from models.recommender.knowledge import Goods
from tests.training import toy
from training import crossfit, publish
from training.offpolicy import FOLDS
from training.publish import Trained


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return luck.lottery(tmp_path_factory.mktemp("lottery"), seed=3, visits=600)


@pytest.fixture(scope="module")
def made(root: Path) -> Trained:
    return publish.train(root, publish.state(root))


def test_luck_is_no_merit(tmp_path: Path) -> None:
    """In every log some product has had luck. Judged by what they have learned, bundles all seem to know better."""
    found = [luck.estimates(tmp_path / f"{seed}", seed, visits=300) for seed in range(6)]
    flattered, honest = np.array(found).T - luck.TRUTH
    assert flattered.mean() > 0.15
    assert honest.mean() < flattered.mean() / 2


def test_a_fold_s_visits_teach_its_bundle_nothing(made: Trained) -> None:
    names = made.lessons.visits
    fold = {name: number % FOLDS for number, name in enumerate(names)}
    for number, one in enumerate(crossfit.without(made.bundle, made.lessons, fold)):
        others = made.lessons.only(np.array([fold[name] != number for name in names]))
        assert set(others.visits) == {name for name in names if fold[name] != number}
        again = others.taught(int(made.lessons.found.ts_ms.max()))
        assert one.knowledge.acceptance.shown.tolist() == again.acceptance.shown.tolist()
        assert one.knowledge.uplift.common.tolist() == again.uplift.common.tolist()
        assert one.knowledge.acceptance.shown.sum() < made.knowledge.acceptance.shown.sum()
        assert one.knowledge.goods is made.knowledge.goods


def test_a_champion_learns_again_from_what_there_was_when_it_was_made(tmp_path: Path, made: Trained) -> None:
    root = luck.lottery(tmp_path / "lake", seed=3, visits=200)
    young = publish.train(root, publish.state(root))
    one = crossfit.without(young.bundle, made.lessons, {})[0].knowledge
    assert one.acceptance.shown.sum() == pytest.approx(young.knowledge.acceptance.shown.sum(), rel=1e-3)
    assert one.uplift.common == pytest.approx(young.knowledge.uplift.common, abs=1e-3)


def test_lessons_are_over_the_goods_of_their_bundle(made: Trained) -> None:
    """Products in another order and one less; nothing is known of the one that is not among them."""
    goods = made.lessons.goods
    order = np.arange(len(goods.sku))[::-1][:-1]
    fewer = Goods(*(getattr(goods, one.name)[order] for one in fields(Goods)))
    other = made.lessons.over(fewer)
    assert (other.found.item == -1).sum() == (made.lessons.found.item == goods.index[toy.sku(0)]).sum()
    known = other.cases.item
    assert set(fewer.sku[known].tolist()) == set(goods.sku[made.lessons.cases.item].tolist()) - {toy.sku(0)}


def test_a_bundle_without_prompts_is_judged_as_it_is(tmp_path: Path, made: Trained) -> None:
    new = toy.trained(toy.world(tmp_path / "lake"), tmp_path / "bundle")
    assert crossfit.without(new, made.lessons, {}) == [new] * FOLDS
