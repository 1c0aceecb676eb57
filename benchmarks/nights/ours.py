"""Aislewise in the trial world: a day is decided moment by moment, the night is the nightly job, in four ways."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nights.ledger import SECRET, Book, Row, write
from models import arms, bundle, champions
from models.arms import Arms
from models.bundle import Bundle
from models.recommender.decide import Decision, decide
from models.recommender.situation import Past, Situation
from models.report import Lift
from simulation.trial.nature import Indices
from simulation.trial.reaction import Prompts
from simulation.trial.world import Day, World
from training import nightly
from training.policies import USUAL, Habits

PROMPTS_PER_VISIT = 5


@dataclass(frozen=True)
class Way:
    """How a run learns: whether it retrains, whether the gate may keep a bundle back, and what it explores."""

    name: str
    retrains: bool
    gated: bool
    explore: float


WAYS = (
    Way("frozen", False, False, 0.0),
    Way("ungated", True, False, 0.0),
    Way("gated", True, True, 0.0),
    Way("exploring", True, True, 0.5),
)


@dataclass(frozen=True)
class Night:
    """The champions before and after, the verdict about the new bundle, and the lift that it reports."""

    before: Bundle
    after: Bundle
    verdict: str
    lift: Lift | None
    rolled_back: bool = False
    """What was promoted before has lost against the bundle before it."""

    @property
    def promoted(self) -> bool:
        return self.before.name != self.after.name and not self.rolled_back


@dataclass
class Chain:
    """One chain's lake and bundles in a folder."""

    folder: Path
    world: World
    way: Way
    holdout: float = 0.1
    deciding_s: float = 0.0
    decisions: int = 0
    nights_s: list[float] = field(default_factory=list)

    @property
    def champion(self) -> Bundle:
        found = bundle.latest(self.folder / "bundles")
        if found is None:
            raise RuntimeError("no bundle after a night")
        return bundle.load(found)

    @property
    def arms(self) -> Arms:
        """As the prompt worker has them."""
        pair = arms.canary(self.folder / "bundles")
        return Arms(self.champion, bundle.load(self.folder / "bundles" / pair.before) if pair else None)

    @property
    def habits(self) -> Habits:
        """What decides by day and is judged by night; only where there is a gate, the bundle before keeps a share."""
        canary = USUAL.canary if self.way.gated else 0.0
        return replace(USUAL, explore=self.way.explore, prompts_per_visit=PROMPTS_PER_VISIT, canary=canary)

    def begin(self, days: int) -> None:
        """Receipts of the days before the first, without prompts, and the first bundle."""
        for number in range(-days, 0):
            day = self.world.day(number)
            nothing = Prompts.of(np.full(len(day.moments), -1), day.nature.coupon)
            write(self.folder / "lake", Book(day, self.holdout), day.play(nothing))
        nightly.run(self.folder / "lake", self.folder / "bundles")

    def live(self, day: Day) -> Indices:
        """A day: decided, played and written; the product chosen at each moment, held-out visits' too."""
        book, in_use = Book(day, self.holdout), self.arms
        begun = time.perf_counter()
        decided = decisions(book, in_use, self.habits)
        self.deciding_s += time.perf_counter() - begun
        self.decisions += len(decided)
        chosen = products(decided, day)
        held_out = np.array(book.held_out)[day.moments.visit]
        shown = Prompts.of(np.where(held_out, -1, chosen), day.nature.coupon)
        played = day.play(shown)
        rows = [one.row(bool(held), stale=False) for one, held in zip(decided, held_out, strict=True)]
        outcomes = list[Row]()
        for row, answer in zip(shown.moment.tolist(), played.answers.tolist(), strict=True):
            outcomes += _outcomes(rows[row], answer)
        write(self.folder / "lake", book, played, rows, outcomes)
        return chosen

    def night(self) -> Night | None:
        """What the night did; None where this way has no nights."""
        if not self.way.retrains:
            return None
        begun, before, folder = time.perf_counter(), self.champion, self.folder / "bundles"
        report = nightly.run(self.folder / "lake", folder, habits=self.habits)
        if not self.way.gated:
            champions.promote(folder, report.bundle)
        self.nights_s.append(time.perf_counter() - begun)
        lost = report.canary is not None and report.canary.verdict == "roll back"
        return Night(before, self.champion, report.verdict, report.lift, lost)

    def worth(self, day: Day, one: Bundle) -> float:
        """True additional margin per visit of a bundle that does not explore."""
        greedy = replace(self.habits, explore=0.0, canary=0.0)
        chosen = products(decisions(Book(day, self.holdout), Arms(one), greedy), day)
        return float(day.reaction.additional(Prompts.of(chosen, day.nature.coupon)).mean())


def products(decided: Sequence[Decision], day: Day) -> Indices:
    """The row of the product of each decision, −1 for silence."""
    index = {sku: row for row, sku in enumerate(day.nature.sku.tolist())}
    return np.array([index[one.option.product.sku] if one.option else -1 for one in decided], np.int64)


def decisions(book: Book, in_use: Arms, habits: Habits, remember: bool = True) -> list[Decision]:
    """One a moment, by the visit's earlier prompts, or as if there were none; answers close no product here."""
    found, past, visit = list[Decision](), Past(), ""
    departments = {row["category"]: row["department"] for row in book.goods}
    for row in book.moments:
        past = past if row["visit_id"] == visit else Past()
        visit = row["visit_id"]
        situation = _situation(row, departments[row["zone_id"]])
        caps: dict[str, Any] = {"slots": 1, "explore": habits.explore, "prompts_per_visit": habits.prompts_per_visit}
        chosen = in_use.of(habits.canary, SECRET, row["store_id"], row["device_id"])
        (one,) = decide(situation, chosen, book.catalog, past, **caps)
        past = past.prompted(one.row(False, stale=False)) if remember else past
        found.append(one)
    return found


def _situation(row: Row, department: str) -> Situation:
    vector: NDArray[np.float32] = np.array(row["features"], np.float32)
    return Situation(
        row["moment_id"],
        row["visit_id"],
        row["store_id"],
        row["ts"],
        kind="display",
        zone_id=row["zone_id"],
        customer_id=row["customer_id"],
        dwell=dict(zip(row["zones"], row["zone_live_s"], strict=True)),
        features=vector,
        department=department,
        categories=(row["zone_id"],),
    )


def _outcomes(row: Row, answer: str) -> list[Row]:
    """Nobody reports `ignored`."""
    kinds = ("shown",) if answer == "ignored" else ("shown", answer)
    ids = {name: row[name] for name in ("prompt_id", "store_id", "visit_id", "ts")}
    return [{**ids, "outcome_id": f"{row['prompt_id']}-{kind}", "kind": kind} for kind in kinds]
