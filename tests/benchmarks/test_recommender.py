"""The benchmark of retrieval asks fairly: no answer is known beforehand, and lists are judged as NDCG says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.recommender import dwell, judge, sets
from benchmarks.recommender.hall import Hall
from benchmarks.recommender.log import Log, Problem, Question, split

PRODUCTS = 60


def shop(receipts: int = 900, customers: int = 40) -> Log:
    """Receipts of two to six products over 300 days, each of a known customer."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(2, 7, receipts)
    item = np.concatenate([np.sort(rng.choice(PRODUCTS, size, replace=False)) for size in sizes])
    ts = np.sort(rng.integers(0, 300 * sets.DAY_MS, receipts))
    customer, store = rng.integers(0, customers, receipts), rng.integers(0, 3, receipts)
    skus = np.array([f"P{number:02d}" for number in range(PRODUCTS)])
    return Log(skus, {}, np.repeat(np.arange(receipts), sizes), item, ts, customer, store)


def asked(*answers: int, basket: tuple[int, ...] = (), candidates: tuple[int, ...] | None = None) -> Question:
    return Question(basket, -1, 0, 0, answers, candidates)


def test_a_perfect_list_has_one_and_a_late_answer_less() -> None:
    lists = np.array([[4, 7, 9], [7, 9, 4], [7, 4, 9], [1, 2, -1]])
    second = 1 / np.log2(3)
    wanted = [1.0, 0.5, (second + 0.5) / (1 + second), 0.0]
    assert judge.ndcg(lists, [asked(4), asked(4), asked(4, 9), asked(5)]) == pytest.approx(wanted)


def test_only_candidates_that_are_not_in_the_basket_are_listed() -> None:
    scores = np.array([[5.0, 4, 3, 2], [5, 4, 3, 2]], np.float32)
    found = judge.best(scores, [asked(3, basket=(0,)), asked(3, basket=(1,), candidates=(1, 3))], 3)
    assert found.tolist() == [[1, 2, 3], [3, -1, -1]]


def test_a_difference_is_of_the_same_questions() -> None:
    rng = np.random.default_rng(1)
    ours = rng.random(400)
    assert judge.difference(ours, ours) == (0, 0, 0)
    mean, low, high = judge.difference(ours, ours - 0.1 + rng.normal(0, 0.2, 400))
    assert low < 0.1 < high
    assert low < mean < high < low + 0.06


def test_something_is_kept_and_something_left_out() -> None:
    for share in (0.0, 0.5, 1.0):
        kept, left = split(range(5), share, np.random.default_rng(0))
        assert kept
        assert left
        assert sorted((*kept, *left)) == list(range(5))


def test_a_cut_by_time_gives_no_answer_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "CANDIDATES", 5)
    log = shop()
    problem = sets.cut_by_time(log, 0)
    history, tasks = problem.history, problem.tasks
    assert min(len(questions) for questions in tasks.values()) > 0
    begins = min(one.ts_ms for questions in tasks.values() for one in questions)
    assert history.ts_ms.max() < begins
    bought = history.customers.toarray() > 0
    for one in tasks["discovery"]:
        known = set(np.flatnonzero(bought[one.customer]).tolist())
        assert one.candidates
        assert not known & set(one.candidates)
        assert set(one.answers) <= set(one.candidates)
    assert all(bought[one.customer].any() for one in tasks["next"])
    assert not any(set(one.basket) & set(one.answers) for questions in tasks.values() for one in questions)
    unseen = set(log.customer.tolist()) - set(history.customer.tolist())
    assert unseen
    assert not {one.customer for one in tasks["next"]} & unseen


def test_a_set_that_is_none_ends_it() -> None:
    with pytest.raises(SystemExit, match="no grocery; there are groceries"):
        list(sets.chosen(["grocery"]))


def test_the_engine_sees_where_a_stroll_stopped_and_less_of_it_the_worse_the_positions_are() -> None:
    hall = Hall(tuple(f"c{number:02d}" for number in range(24)))
    strolls = [[(3, 40.0), (12, 30.0)], [(20, 60.0)]]
    ends = np.array([sets.START_MS, sets.START_MS + 60_000])
    truth, near, far = (dwell.seen(hall, strolls, ends, sigma) for sigma in (0.0, 1.0, 5.0))
    assert truth == [{"c03": 40.0, "c12": 30.0}, {"c20": 60.0}]
    wrong = [
        sum(abs(seen.get(name, 0.0) - own.get(name, 0.0)) for name in {*seen, *own})
        for told in (near, far)
        for seen, own in zip(told, truth, strict=True)
    ]
    assert sum(wrong[:2]) < 60 < sum(wrong[2:])


def test_dwell_at_what_is_wanted_completes_a_basket(capsys: pytest.CaptureFixture[str]) -> None:
    log = shop()
    goods = [f"c{number % 12}" for number in range(PRODUCTS)]
    named = replace(log, products={"name": goods, "department": ["d"] * PRODUCTS, "category": goods})
    dwell.report(sets.Set("shop", named, cut).problem(), "shop")
    lines = capsys.readouterr().out.splitlines()
    plain = float(lines[1].split()[-1])
    with_truth = next(line for line in lines if line.startswith("the truth"))
    assert float(with_truth.split("prior ")[1].split()[0]) > 1.4 * plain


def cut(log: Log, seed: int) -> Problem:
    """Sixty of the last receipts are asked, half of each."""
    found, rng = sets.cut_baskets(log, seed), np.random.default_rng(seed)
    return replace(found, tasks={"basket": [found.tasks["basket"][row] for row in rng.permutation(150)[:60]]})
