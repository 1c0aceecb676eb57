"""What `python -m benchmarks recommender` prints: NDCG of ours and of every peer, by data set and task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.recommender import ablation, dwell, judge, ours, sets, speed
from benchmarks.recommender.log import Problem, Question, Set
from benchmarks.recommender.nearest import Tifu, UpCf, VsKnn
from benchmarks.recommender.peers import Als, Ease, ItemKnn, Peer, Personal, Popular

BLOCK = 200
OTHERS: dict[str, Callable[[Sequence[str]], None]] = {
    "ablation": ablation.run,
    "dwell": dwell.run,
    "speed": speed.run,
}
Makers = Sequence[Callable[[], Peer]]


def run(options: Sequence[str] = ()) -> None:
    """All data sets, or those named; `ablation`, `dwell` and `speed` are commands of their own."""
    if options and options[0] in OTHERS:
        OTHERS[options[0]](options[1:])
        return
    with threadpool_limits(2, "blas"):
        for one in sets.chosen(options):
            compare(one)


def compare(one: Set) -> None:
    """A table of one data set."""
    problem = one.problem()
    inner = one.cut(problem.history, 1)
    made = ours.trained(problem.history)
    for task, asked in problem.tasks.items():
        mine = judge.ndcg(ours.lists(made, problem.history, asked, one.k), asked)
        print(f"{one.name}, {task}: {len(asked)} questions, NDCG@{one.k}", flush=True)
        print(f"  {'aislewise':16} {mine.mean():.4f}", flush=True)
        theirs = {}
        for name, grid in peers(task).items():
            peer = tuned(grid, inner, task, one.k)
            peer.fit(problem.history)
            theirs[name] = _ndcg(peer, asked, one.k)
            print(f"  {name:16} {theirs[name].mean():.4f}  {peer}", flush=True)
        best = max(theirs, key=lambda name: float(theirs[name].mean()))
        away = judge.difference(mine, theirs[best])
        print(f"  ours less {best}: {away.mean:+.4f} ({away.low:+.4f} to {away.high:+.4f})", flush=True)


def peers(task: str) -> dict[str, Makers]:
    """Each with the settings among which its tuning chooses; one setting is none to choose."""
    named = task in ("next", "discovery")
    whole = task in ("next", "discovery", "unseen")
    found: dict[str, Makers] = {
        "popularity": [Popular],
        "recent": [lambda days=days: Popular(days) for days in (3.0, 14.0, 60.0)],
        "item-kNN": [lambda s=s: ItemKnn(whole, s) for s in (0.0, 20.0, 100.0)],
        "EASE": [lambda r=r: Ease(whole, r) for r in (100.0, 300.0, 1000.0)],
        "ALS, default": [lambda: Als(whole)],
        "ALS, tuned": [lambda f=f, r=r, a=a: Als(whole, f, r, a) for f, r, a in ALS],
        "VS-kNN": [lambda k=k: VsKnn(k) for k in (100, 300, 1000)],
    }
    if named:
        found["personal"] = [Personal]
        found["TIFU-kNN"] = [lambda o=o, b=b: Tifu(own=o, between=b) for o in (0.3, 0.7, 0.9) for b in (0.7, 0.9)]
        found["UP-CF"] = [lambda r=r, q=q: UpCf(r, q) for r in (10, 50) for q in (1.0, 5.0, 20.0)]
    return found


ALS = [(64, 30.0, 10.0), (64, 100.0, 40.0), (32, 10.0, 1.0)]


def tuned(grid: Makers, inner: Problem, task: str, k: int) -> Peer:
    """The setting that does best on questions cut from the history, not yet fitted."""
    if len(grid) == 1:
        return grid[0]()
    found = []
    for make in grid:
        peer = make()
        peer.fit(inner.history)
        found.append(float(_ndcg(peer, inner.tasks[task], k).mean()))
    return grid[int(np.argmax(found))]()


def _ndcg(peer: Peer, asked: Sequence[Question], k: int) -> NDArray[np.float64]:
    return np.concatenate([judge.ndcg(judge.best(peer.scores(part), part, k), part) for part in _blocks(asked)])


def _blocks(asked: Sequence[Question]) -> Iterator[Sequence[Question]]:
    return (asked[begin : begin + BLOCK] for begin in range(0, len(asked), BLOCK))
