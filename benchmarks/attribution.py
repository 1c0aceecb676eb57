"""Whose receipt is it: attribution beside the greedy matching that it replaced, by a store's traffic.

Simulated days through `aislewise replay`; a fifth of the shoppers' phones are not seen at all. Right is the visit of
the phone whose owner paid, as the simulation knows. *Said* is a confidence of .5 or more, which is what training uses.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aislewise import simulated
from models import folders, lake
from models.recommender.knowledge import Goods
from models.records import PINGS
from models.visits import holding
from simulation import layouts, sensors
from simulation.crowd import Crowd
from simulation.day import Day
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.aislewise.command import run as command
from training import attribution, history, publish, tills, visitors
from training.history import DAY_MS, Receipts
from training.tills import Stays
from training.visitors import Visits

SEEDS, LENGTH_S, NOT_SEEN = (1, 2), 7200.0, 0.2
SAID = 0.5


@dataclass(frozen=True)
class Cell:
    """Shoppers an hour, the share who come in groups, and how they are seen."""

    hourly: int
    grouped: float
    layout: str = "departments"
    kind: sensors.Kind = "usual"
    sigma_m: float = 2.0


CELLS = (
    *(Cell(hourly, grouped) for hourly in (30, 120, 360) for grouped in (0.0, 0.4)),
    Cell(120, 0.4, "supermarket"),
    Cell(120, 0.4, "supermarket", "harsh", 3.0),
)


@dataclass(frozen=True)
class Case:
    """A day as training sees it, and each receipt's true phone."""

    goods: Goods
    receipts: Receipts
    visits: Visits
    stays: Stays
    whose: np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Answer:
    """The row of the visit by receipt, −1 for none, and the confidence in it; right where it is the payer's."""

    visit: np.ndarray[Any, np.dtype[Any]]
    confidence: np.ndarray[Any, np.dtype[Any]]
    right: np.ndarray[Any, np.dtype[Any]]
    seen: np.ndarray[Any, np.dtype[Any]]


def run() -> None:
    """Prints the table."""
    print("| shoppers an hour | in groups | store, sensor | method | precision | recall | said: precision | recall |")
    print("|---|---|---|---|---|---|---|---|")
    said: list[Answer] = []
    for cell in CELLS:
        found: dict[str, list[Answer]] = {}
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as name:
                for method, answer in answers(case(Path(name), cell, seed)):
                    found.setdefault(method, []).append(answer)
        for method, parts in found.items():
            place = f"{cell.layout}, {cell.kind} {cell.sigma_m:g} m"
            figures = " | ".join(f"{value:.3f}" for value in _figures(joined(parts)))
            print(f"| {cell.hourly} | {cell.grouped:.0%} | {place} | {method} | {figures} |", flush=True)
        said += found["matched"]
    print("\nconfidence of the matching, and how often it is right: " + ", ".join(reliability(joined(said))))


def case(folder: Path, cell: Cell, seed: int) -> Case:
    """Simulated, replayed and read again, as a night would."""
    size = replace(layouts.SIZES[cell.layout], customers=max(60, 2 * cell.hourly))
    store = Store.build(seed, size=size, layout=cell.layout)
    sensor, crowd = sensors.of(cell.sigma_m, 2.0, cell.kind), Crowd(cell.grouped, 3, 2)
    shoppers = round(cell.hourly * LENGTH_S / 3600)
    simulated.write(folder, store, [Day(store, seed, DEFAULT_TODAY_MS, LENGTH_S, shoppers, sensor=sensor, crowd=crowd)])
    folders.write(folder / "plans" / "S1.geojson", (folder / "plan.geojson").read_bytes())
    lake.write(folder / "pings.parquet", _partly(pq.read_table(folder / "pings.parquet"), seed))
    words = ("replay", "--plan", folder / "plan.geojson", "--pings", folder / "pings.parquet", "--out", folder)
    code, _, err = command(*words, cwd=folder)
    if code:
        raise RuntimeError(err)
    return _read(folder)


def answers(case: Case) -> Iterator[tuple[str, Answer]]:
    """Of each method."""
    visit, confidence = greedy(case)
    yield "greedy", _answer(case, visit, confidence)
    for name, stays in (("matched", case.stays), ("matched, no pings", None)):
        found = attribution.attribute(case.receipts, case.visits, case.goods, stays)
        yield name, _answer(case, found.visit, found.confidence)


def joined(parts: Sequence[Answer]) -> Answer:
    """One after the other."""
    columns = ("visit", "confidence", "right", "seen")
    return Answer(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def reliability(answer: Answer) -> Iterator[str]:
    """By fifths of the confidence: what was said and what was so."""
    given = answer.visit >= 0
    fifth = np.minimum((answer.confidence * 5).astype(int), 4)
    for part in range(5):
        rows = given & (fifth == part)
        if rows.any():
            said, so = answer.confidence[rows].mean(), answer.right[rows].mean()
            yield f"{said:.2f} → {so:.2f} ({int(rows.sum())})"


def greedy(case: Case) -> tuple[Any, Any]:
    """The likeliest pair first, by the end of the visit, the till and the path, as it was before."""
    receipts = case.receipts
    pairs = sorted(_weighed(case), key=lambda pair: (-pair[0], pair[1], pair[2]))
    found, chosen = np.full(len(receipts), -1, np.int64), dict[int, float]()
    taken: set[int] = set()
    for weight, receipt, visit in pairs:
        if receipt not in chosen and visit not in taken:
            found[receipt], chosen[receipt] = visit, weight
            taken.add(visit)
    rivals = np.full(len(receipts), 0.05)
    for weight, receipt, visit in pairs:
        rivals[receipt] += weight * (visit not in taken)
    confidence = np.zeros(len(receipts))
    for receipt, weight in chosen.items():
        confidence[receipt] = weight / (weight + rivals[receipt])
    return found, confidence


def _weighed(case: Case) -> Iterator[tuple[float, int, int]]:
    receipts, seen, goods = case.receipts, case.visits, case.goods
    bought: list[set[int]] = [set() for _ in range(len(receipts))]
    for receipt, item in zip(receipts.line_receipt.tolist(), receipts.line_item.tolist(), strict=True):
        bought[receipt] |= {int(goods.category_group[item]), int(goods.department_group[item])}
    at = {(till, phone): [] for till, phone in zip(case.stays.till, case.stays.phone, strict=True)}
    for till, phone, begin, end in zip(
        case.stays.till, case.stays.phone, case.stays.begin_ms, case.stays.end_ms, strict=True
    ):
        at[till, phone].append((begin, end))
    rows = np.argsort(seen.last_ms, kind="stable")
    ends = seen.last_ms[rows].tolist()
    for receipt, ts in enumerate(receipts.ts_ms.tolist()):
        for visit in rows[bisect_left(ends, ts - 300_000) : bisect_right(ends, ts + DAY_MS)].tolist():
            if seen.first_ms[visit] > ts:
                continue
            customer, named = receipts.customer[receipt], seen.customer[visit]
            walked = sum(seen.path[visit].get(group, 0.0) >= 5 for group in bought[receipt])
            weight = float(np.exp(-abs(int(seen.last_ms[visit]) - ts) / 180_000.0))
            weight *= (0.2 + walked) / (0.2 + len(bought[receipt]))
            if customer and named:
                weight = 100.0 if customer == named else 0.0
            stays = at.get((receipts.till[receipt], seen.phone[visit]), [])
            if any(begin - 60_000 <= ts <= end + 60_000 for begin, end in stays):
                weight *= 10
            if weight > 0:
                yield weight, receipt, visit


def _partly(pings: pa.Table, seed: int) -> pa.Table:
    """Without the pings of some shoppers, and with the lake's columns."""
    rng = np.random.default_rng(seed)
    names = sorted({str(name) for name in pings.column("device_id").to_pylist()})
    hidden = [name for name in names if name.startswith("phone") and rng.random() < NOT_SEEN]
    device = pings.column("device_id").cast(pa.string())
    pings = pings.filter(pc.invert(pc.is_in(device, value_set=pa.array(hidden, pa.string()))))
    for name in ("partition", "offset", "row"):
        field = PINGS.field(name)
        pings = pings.append_column(field, pa.array(np.arange(len(pings)) * (name == "row"), field.type))
    return pings


def _read(folder: Path) -> Case:
    goods = history.goods(folder)
    visits, dwells = holding(folder)
    at = visits.schema.get_field_index("customer_id")
    visits = visits.set_column(at, "customer_id", visitors.customers(visits, lake.read(folder, "checkins")))
    seen = visitors.visits(visits, dwells, goods, publish.plan_zones(folder / "plans"))
    truth = pq.read_table(folder / "truth_receipts.parquet").to_pylist()
    whose = {row["receipt_id"]: row["device_id"] for row in truth}
    receipts = dict.fromkeys(lake.read(folder, "purchases").column("receipt_id").to_pylist())
    return Case(
        goods,
        history.receipts(folder, goods.sku.tolist()),
        seen,
        tills.stays(folder, folder / "plans"),
        np.array([whose[name] for name in receipts], object),
    )


def _answer(case: Case, visit: Any, confidence: Any) -> Answer:
    phones = np.append(case.visits.phone, None)
    seen = np.isin(case.whose.astype(str), case.visits.phone.astype(str))
    return Answer(visit, confidence, phones[visit] == case.whose, seen)


def _figures(answer: Answer) -> Iterator[float]:
    """Precision and recall of all that is attributed, then of what is said."""
    for least in (0.0, SAID):
        given = (answer.visit >= 0) & (answer.confidence >= least)
        yield float(answer.right[given].mean())
        yield float((answer.right & given).sum() / answer.seen.sum())
