"""The blend finds the weights that made the answers; questions are what their tasks say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from models.bundle import Knowledge
from models.recommender.blend import CONTEXT, Blend
from models.recommender.retrieve import scores
from models.recommender.situation import Situation
from models.recommender.sources.contract import Rows, Source, Visits
from tests.training import toy
from training import blending, history, publish, sources
from training.questions import TASKS, Questions, draw
from training.sources import Material


@dataclass(frozen=True)
class Drawn:
    """A source that says what it was told to, whatever the visits: row v for the visit at time v."""

    rows: NDArray[np.float32]

    def scores(self, visits: Visits) -> Rows:
        return Rows(self.rows, visits.ts_ms)


def world(products: int, questions: int = 3000) -> tuple[Mapping[str, Source], Questions]:
    """Answers that are drawn with odds (1 + a)² (1 + b)^½; what c says means nothing."""
    rng = np.random.default_rng(0)
    said = {name: rng.exponential(2, (questions, products)).astype(np.float32) for name in "abc"}
    odds = 2 * np.log1p(said["a"]) + 0.5 * np.log1p(said["b"])
    answer = np.argmax(odds + rng.gumbel(size=odds.shape), axis=1)
    nothing = sp.csr_array((questions, products), dtype=np.float32)
    visits = Visits(["S"] * questions, np.arange(questions), np.full(questions, -1), nothing, nothing, nothing, nothing)
    cells = (np.ones(questions, np.float32), (np.arange(questions), answer))
    answers = sp.csr_array(cells, shape=(questions, products))
    asked = Questions(visits, answers, nothing, np.full(questions, "first"), np.arange(questions))
    return {name: Drawn(rows) for name, rows in said.items()}, asked


@pytest.mark.parametrize("products", [50, 1500])
def test_the_weights_that_made_the_answers_are_found(products: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blending, "SCALE_QUANTILE", 1 - np.exp(-0.5))  # of the draws above: 1
    first = Blend(np.array(list("abc")), np.ones(3), np.zeros((3, len(CONTEXT))))
    said, asked = world(products)
    found = blending.fit(blending.choices(blending.candidates(first, said, asked), list(said.values())), first)
    assert found.scale == pytest.approx([1, 1, 1], abs=0.1)
    assert found.weight[:, 0] == pytest.approx([2, 0.5, 0], abs=0.15)
    assert (found.weight[:, 1:] == 0).all()


def test_without_questions_the_blend_is_what_is_believed() -> None:
    first = Blend(np.array(list("abc")), np.ones(3), np.ones((3, len(CONTEXT))))
    said, asked = world(20, 200)
    found = blending.fit(
        blending.choices(blending.candidates(first, said, asked), list(said.values())).only(np.zeros(200, bool)), first
    )
    assert (found.weight == first.weight).all()


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    root = toy.world(tmp_path_factory.mktemp("toy"), purchases=toy.purchases(400))
    goods = history.goods(root)
    receipts = history.receipts(root, goods.sku.tolist())
    return Material(goods, receipts, [{}] * len(receipts), receipts.newest_ms)


def test_questions_are_what_their_tasks_say(material: Material) -> None:
    older = np.arange(400) < 300
    profiles = sources.profiles(material.only(older))
    asked = draw(material.only(~older), profiles)
    assert set(asked.task.tolist()) <= set(TASKS)
    basket, past, answers, barred = (
        one.toarray() > 0 for one in (asked.visits.basket, asked.visits.past, asked.answers, asked.barred)
    )
    assert answers.any(axis=1).all()
    assert not (answers & barred).any()
    assert not (basket & ~barred).any()
    by_task = {name: asked.task == name for name in TASKS}
    assert basket[by_task["basket"]].any(axis=1).all()
    assert not basket[~by_task["basket"]].any()
    assert past[by_task["next"] | by_task["discovery"]].any(axis=1).all()
    assert not past[by_task["first"]].any()
    assert not (answers & past)[by_task["discovery"]].any()


def test_a_question_says_of_which_receipt_it_is(material: Material) -> None:
    asked = draw(material, sources.profiles(material))
    for receipt, answers in zip(asked.receipt.tolist(), asked.answers.toarray() > 0, strict=True):
        bought = material.receipts.line_item[material.receipts.line_receipt == receipt]
        assert set(np.flatnonzero(answers).tolist()) <= set(bought.tolist())


def test_a_source_that_says_next_to_nothing_leaves_the_blend_finite() -> None:
    """What is due fades exponentially: after a hundred intervals its score is no normal number any more."""
    said, asked = world(50, 300)
    faint = {**said, "c": Drawn(np.where(said["c"].rows > 4, 1, np.float32(1e-44)))}
    first = Blend(np.array(list("abc")), np.ones(3), np.ones((3, len(CONTEXT))))
    found = blending.choices(blending.candidates(first, faint, asked), list(faint.values()))
    blend = blending.fit(found, first)
    assert np.isfinite(blend.weight).all()
    assert np.isfinite(blend.log_odds(faint, asked.visits)).all()
    assert np.isfinite(blending.likelihood(found, blend))


def test_questions_are_the_same_each_time(material: Material) -> None:
    profiles = sources.profiles(material)
    one, again = draw(material, profiles), draw(material, profiles)
    assert (one.task == again.task).all()
    assert (one.answers != again.answers).nnz == 0


def test_profiles_are_by_time_by_receipt_and_by_interval(material: Material) -> None:
    receipts = material.receipts
    mine = receipts.customer == "c0"
    profiles = sources.profiles(material)
    items, share = profiles.of("c0")
    begin = int(profiles.indptr[profiles.row("c0")])
    for place, item in enumerate(items.tolist()):
        held = np.isin(np.arange(len(receipts)), receipts.line_receipt[receipts.line_item == item]) & mine
        times = np.sort(receipts.ts_ms[held])
        newer = np.array([(receipts.ts_ms[mine] > ts).sum() for ts in receipts.ts_ms[held]])
        whole = sources.LATELY ** np.arange(mine.sum())
        assert share[place] == pytest.approx(held.sum() / mine.sum(), rel=0.01)
        assert profiles.lately[begin + place] == pytest.approx((sources.LATELY**newer).sum() / whole.sum(), rel=1e-4)
        assert profiles.last_ms[begin + place] == times[-1]
        assert profiles.interval_days[begin + place] == sources.LEAST_INTERVAL_DAYS


def test_of_a_product_that_all_buy_only_the_newest_receipts_are_asked(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "ASKED_MOST", 5)
    found = sources.sessions(material, 10, 30.0)
    for item in range(toy.PRODUCTS):
        asked = found.asked[found.asked_indptr[item] : found.asked_indptr[item + 1]]
        held = np.flatnonzero([item in found.indices[found.indptr[r] : found.indptr[r + 1]] for r in range(400)])
        assert asked.tolist() == held[-5:].tolist()


def test_links_are_a_regression_without_itself(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LINKS_EACH", 100)
    monkeypatch.setattr(sources, "LEAST_LINK", 0.0)
    receipts = material.receipts
    lines = np.zeros((len(receipts), toy.PRODUCTS))
    lines[receipts.line_receipt, receipts.line_item] = 1
    links = sources.together(material, 5.0).matrix.toarray()
    for item in range(0, toy.PRODUCTS, 7):
        others = np.delete(np.arange(toy.PRODUCTS), item)
        x = lines[:, others]
        wanted = np.linalg.solve(x.T @ x + 5.0 * np.eye(len(others)), x.T @ lines[:, item])
        assert links[others, item] == pytest.approx(wanted, abs=1e-3)
    assert (np.diag(links) == 0).all()


def test_rare_products_have_scores_of_their_own(tmp_path: Path) -> None:
    """A product on one receipt is found from what it was bought with."""
    lines = toy.purchases(400)
    rare = {**toy.products()[0], "sku": "R0", "name": "rare"}
    lines.append({**lines[0], "receipt_id": "R-rare", "sku": "R0", "ts": toy.START_MS + 500 * 60_000})
    lines.append({**lines[0], "receipt_id": "R-rare", "sku": "P03", "ts": toy.START_MS + 500 * 60_000})
    root = toy.world(tmp_path / "lake", products=[*toy.products(), rare], purchases=lines)
    known: Knowledge = publish.train(root, publish.state(root)).knowledge

    plain, asked = scores(known, [Situation("a", "", "S0", 0), Situation("b", "", "S0", 0, basket=("P03",))])
    item, even = known.goods.index["R0"], np.arange(0, toy.PRODUCTS, 2)
    assert 0 < plain[item] < plain[even].min()
    assert asked[item] > asked[even].max()
