"""How well staff, things and companions are told from shoppers who came alone, on days whose truth is known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from models import floorplan
from models.pings import Pings
from models.plans import StorePlans
from models.visits import LEAST_SHOPPER_P
from simulation import sensors
from simulation.crowd import Crowd
from simulation.day import Day
from simulation.store import Store
from streams.dwell.engine import Engine
from streams.dwell.kinds import KINDS, probabilities

LAYOUTS = ("departments", "supermarket", "diy", "open")
SEEDS, SIGMAS_M, PERIODS_S = range(4), (1.0, 3.0, 5.0), (2.0, 30.0)
HOURS, SHOPPERS, RECORD, SILENCE_S = 4, 300, 1_000, 300.0
CROWD = Crowd(grouped=0.5, staff=8, things=3)
PROMPT_S = 20
START_MS = 1_790_000_000_000
Device = int


@dataclass
class Score:
    """Of yes-or-no answers."""

    right: int = 0
    given: int = 0
    true: int = 0

    def add(self, answers: set[Any], truth: set[Any]) -> None:
        self.right += len(answers & truth)
        self.given += len(answers)
        self.true += len(truth)

    def __str__(self) -> str:
        precision, recall = self.right / max(1, self.given), self.right / max(1, self.true)
        return f"{precision:.2f} / {recall:.2f}"


@dataclass
class Scores:
    """Of some days: precision and recall of visits by kind and of pairs; moments that would lead to a prompt."""

    kinds: dict[str, Score] = field(default_factory=lambda: {kind: Score() for kind in KINDS[1:]})
    pairs: Score = field(default_factory=Score)
    moments: Counter[str] = field(default_factory=Counter)
    silenced: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        silenced = {kind: self.silenced[kind] / max(1, self.moments[kind]) for kind in KINDS}
        kinds = "  ".join(f"{kind} {score}" for kind, score in self.kinds.items())
        quiet = ", ".join(f"{kind} {share:.3f}" for kind, share in silenced.items())
        return f"{kinds}  pairs {self.pairs}  no prompt at a moment: {quiet}"


def run() -> None:
    """Prints precision / recall by period and sigma, over some days each."""
    for period_s in PERIODS_S:
        for sigma_m in SIGMAS_M:
            scores = Scores()
            for seed in SEEDS:
                _judge(_day(seed, sigma_m, period_s), scores)
            print(f"every {period_s:2.0f} s, {sigma_m:.0f} m: {scores}", flush=True)


def _day(seed: int, sigma_m: float, period_s: float) -> Day:
    store = Store.build(seed, layout=LAYOUTS[seed % len(LAYOUTS)])
    sensor = sensors.of(sigma_m, period_s)
    return Day(store, seed, START_MS, HOURS * 3600.0, SHOPPERS, sensor=sensor, crowd=CROWD)


def _judge(day: Day, scores: Scores) -> None:
    truth = day.truth_visits()
    engine = Engine(StorePlans.always(floorplan.parse(json.dumps(day.store.plan_geojson).encode())), SILENCE_S)
    visits: dict[tuple[int, int], Any] = {}
    for answers in _answers(engine, day):
        visits |= {(int(one["phone"]), int(one["id_ts"])): one.copy() for one in answers.visits}
        _moments(engine, answers.moments, truth, scores)
    _visits(list(visits.values()), truth, scores)


def _answers(engine: Engine, day: Day) -> Iterator[Any]:
    seen = day.pings
    for at in range(0, len(seen), RECORD):
        rows = slice(at, at + RECORD)
        phone, ts = seen.device[rows].astype(np.uint64), seen.ts_ms[rows]
        yield engine.push(Pings(phone, ts, seen.x_m[rows], seen.y_m[rows], seen.sigma_m[rows], seen.floor[rows]))
        yield engine.close_due(engine.newest)
    yield engine.finish()


def _visits(visits: list[Any], truth: list[dict[str, Any]], scores: Scores) -> None:
    sums = np.array([one["sums"] for one in visits])
    seconds = np.array([(one["last"] - one["first"]) / 1000 for one in visits])
    found = [KINDS[number] for number in probabilities(sums, seconds).argmax(axis=1)]
    for kind, score in scores.kinds.items():
        answers = {number for number, one in enumerate(found) if one == kind}
        true = {number for number, one in enumerate(visits) if truth[int(one["phone"])]["kind"] == kind}
        score.add(answers, true)
    grouped = ((int(one["phone"]), (int(one["group"]["phone"]), int(one["group"]["id_ts"]))) for one in visits)
    ours = _pairs((device, name) for device, name in grouped if name[1])
    scores.pairs.add(ours, _pairs((number, one["group_id"]) for number, one in enumerate(truth) if one["group_id"]))


def _pairs(named: Iterable[tuple[Device, Any]]) -> set[tuple[Device, Device]]:
    """Pairs of devices with one name."""
    members: dict[Any, set[Device]] = {}
    for device, name in named:
        members.setdefault(name, set()).add(device)
    return {pair for devices in members.values() for pair in combinations(sorted(devices), 2)}


def _moments(engine: Engine, moments: Any, truth: list[dict[str, Any]], scores: Scores) -> None:
    at_display = [engine.codes[code].kind == "display" for code in moments["zone"].tolist()]
    due = moments[np.array(at_display, bool) & (moments["live_s"] >= PROMPT_S)]
    p = probabilities(due["sums"], (due["ts"] - due["first"]) / 1000)[:, 0]
    for device, silent in zip(due["phone"].tolist(), (p <= LEAST_SHOPPER_P).tolist(), strict=True):
        scores.moments[truth[device]["kind"]] += 1
        scores.silenced[truth[device]["kind"]] += silent
