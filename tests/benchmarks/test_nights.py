"""A small sample of the nights benchmark: two nights of the real nightly job on the trial world."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.nights import exploration, rankings
from benchmarks.nights.ours import WAYS, Chain
from benchmarks.nights.peers import Peer
from benchmarks.nights.run import COLUMNS, our_result, seed_result, table, value
from models import lake
from simulation.trial.world import World


def test_two_nights_are_lived_written_and_learned_from(tmp_path: Path) -> None:
    world = World(2, visits=120)
    chain = Chain(tmp_path, world, WAYS[1])
    result = our_result(chain, [world.day(number) for number in range(2)])
    assert len(result["value"]) == len(chain.nights_s) == 2
    prompts, outcomes = (lake.read(tmp_path / "lake", name) for name in ("prompts", "outcomes"))
    shown = [row["prompt_id"] for row in prompts.to_pylist() if row["shown"]]
    assert {row["prompt_id"] for row in outcomes.to_pylist()} == set(shown)
    assert 0.02 < np.mean(prompts.column("holdout").to_pylist()) < 0.25
    assert chain.champion.manifest.rows["prompts_seen"] == len(shown)


def test_an_uplift_learner_beats_popularity_on_the_truth() -> None:
    world, ends = World(2), []
    for name in ("uplift-thompson", "popularity"):
        peer = Peer(name, world)
        values = []
        for number in range(6):
            day = world.day(number)
            values.append(value(day, peer.live(day, np.zeros(len(day.visits), bool))))
        ends.append(np.mean(values[-3:]))
    assert ends[0] > ends[1]


def test_every_figure_stands_under_its_title() -> None:
    results = [
        {"informed": {"value": [1.0] * 6}, "gated": {"value": [0.1, *[last] * 5], "promotions": 4, "worse": 1}}
        for last in (0.4, 0.6)
    ]
    head, _, row = table(results).splitlines()
    ends = [head.index(title) + len(title) for title in COLUMNS]
    cells = [row[begin:end].strip() for begin, end in zip([17, *ends], ends, strict=False)]
    assert cells == ["0.10", "0.50", "0.10", "0.43", "0", "8", "2", "0"]


def test_a_null_world_is_worth_nothing_to_anybody() -> None:
    found = seed_result(World(2, visits=100, null=True), 2, ())
    assert max(abs(one) for result in found.values() for one in result["value"]) < 1e-9
    assert "informed" in table([found])


def test_more_exploration_overlaps_more(tmp_path: Path) -> None:
    chain = Chain(tmp_path, World(2, visits=100), exploration.LIVED)
    found = {share: (values, overlaps) for share, values, overlaps in exploration.measured(chain, 1)}
    assert {len(values) for values, _ in found.values()} == {2}
    assert found[1.0][1][0] > found[0.05][1][0]


def test_rankings_are_judged_by_the_same_truth(tmp_path: Path) -> None:
    chain = Chain(tmp_path, World(2, visits=100), exploration.LIVED)
    found = rankings.compared(chain, 2, days=1)
    best, share, _ = found.pop("informed")
    assert share == 1
    for earned, of_best, qini in found.values():
        assert earned < best
        assert np.isclose(of_best, earned / best)
        assert qini < 1
