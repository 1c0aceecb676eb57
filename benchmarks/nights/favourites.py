"""Two nights in a row on a simulated store: what the second bundle has learned from the first day's answers.

Day 0 has no prompts; its night gives the first bundle. On day 1 that bundle prompts, and the products that it prompts
most, its favourites, are declined by everybody or, for comparison, answered by taste; the second night gives the second
bundle. Both bundles decide about the same moments of day 2. All by commands and files, without Kafka.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aislewise import simulated
from models import folders, lake
from models.keys import LakeFile
from models.records import PINGS, rows_to_table
from simulation.catalogue import DAY_MS
from simulation.day import Day
from simulation.layout import Size
from simulation.store import DEFAULT_TODAY_MS, Store
from tests.aislewise.command import run as command

SEEDS = (1, 2, 3, 4, 5)
SHOPPERS, LENGTH_S = 150, 7200.0
FAVOURITES = 3
"""So many products count as the first bundle's favourites."""
PROMPT_AFTER_S = 20.0
Prompts = list[dict[str, Any]]
"""Rows of the table `prompts`."""


@dataclass(frozen=True)
class Moment:
    """A shopper has stood at a display for 20, 40, 80, … seconds; `dwell` is the visit so far, zone → seconds."""

    device: str
    ts_ms: int
    department: str
    display: str
    dwell: Mapping[str, float]

    @property
    def id(self) -> str:
        return f"{self.device}-{self.display}-{self.ts_ms}"


@dataclass(frozen=True)
class Evening:
    """A lake and its bundles after the night that follows a day, and what was answered on that day: (sku, kind)."""

    folder: Path
    answers: Sequence[tuple[str, str]] = ()

    @property
    def bundle(self) -> Path:
        """The champion."""
        return self.folder / "bundles" / (self.folder / "bundles" / "LATEST").read_text().strip()


@dataclass(frozen=True)
class Nights:
    """The chain of one seed in an empty folder."""

    folder: Path
    seed: int

    @cached_property
    def store(self) -> Store:
        return Store.build(self.seed, size=Size(customers=SHOPPERS))

    @cached_property
    def first(self) -> Evening:
        """After day 0."""
        evening = Evening(self.folder / "first")
        self._close(evening, 0, self._day(0))
        return evening

    @cached_property
    def prompted(self) -> Prompts:
        """What the first bundle prompts on day 1."""
        return self._decide(self.first, 1)

    @cached_property
    def favourites(self) -> frozenset[str]:
        """The products that the first bundle prompts most on day 1."""
        return frozenset(sku for sku, _ in _counted(self.prompted).most_common(FAVOURITES))

    def second(self, name: str, declined: Collection[str]) -> Evening:
        """After a day 1 on which nobody accepts `declined`; the first evening stays as it is."""
        day, outcomes = self._day(1, declined), []
        device = {moment.id: moment.device for moment in self.moments(1)}
        for row in filter(lambda row: row["shown"], self.prompted):
            given = day.react(device[row["visit_id"]], 0, 0, _ms(row["ts"]), row["sku"], row["offer_id"])
            kinds = ("shown", given.kind) if given.kind != "ignored" else ("shown",)
            outcomes += [(row, kind) for kind in kinds]
        evening = Evening(self.folder / name, [(row["sku"], kind) for row, kind in outcomes if kind != "shown"])
        shutil.copytree(self.first.folder, evening.folder)
        _keep(evening, "prompts", 1, lake.read_file(self._decisions(self.first, 1), "prompts"))
        _keep(evening, "outcomes", 1, rows_to_table("outcomes", (_outcome(row, kind) for row, kind in outcomes)))
        self._close(evening, 1, day)
        return evening

    def decided(self, evening: Evening) -> Prompts:
        """What its bundle does about the moments of day 2; the draws are the same for every bundle."""
        return self._decide(evening, 2)

    def nightly(self, evening: Evening) -> None:
        self._aislewise("nightly", "--lake", evening.folder / "lake", "--bundles", evening.folder / "bundles")

    def moments(self, number: int) -> list[Moment]:
        """Those of a day, from what `aislewise replay` says of its pings; they don't depend on the answers."""
        folder = self.folder / f"day{number}"
        if not folder.exists():
            simulated.write(folder, self.store, [self._day(number)])
            self._aislewise(
                "replay", "--plan", folder / "plan.geojson", "--pings", folder / "pings.parquet", "--out", folder
            )
        return list(_moments(pq.read_table(folder / "zones.parquet")))

    def _day(self, number: int, declined: Collection[str] = ()) -> Day:
        opens_ms = DEFAULT_TODAY_MS + number * DAY_MS
        return Day(self.store, self.seed + number, opens_ms, LENGTH_S, SHOPPERS, always_declined=declined)

    def _decide(self, evening: Evening, number: int) -> Prompts:
        requests, out = self.folder / f"requests-{number}.ndjson", self._decisions(evening, number)
        requests.write_text("".join(json.dumps(self._request(one)) + "\n" for one in self.moments(number)))
        words = ("recommend", "--decide", "--bundle", evening.bundle, "--requests", requests)
        self._aislewise(*words, "--seed", number, "--out", out)
        rows: Prompts = lake.read_file(out, "prompts").to_pylist()
        return rows

    def _request(self, moment: Moment) -> dict[str, Any]:
        """The prompt worker takes its candidates from the display's department, too."""
        near = [row["sku"] for row in self.store.products if row["department"] == moment.department]
        known = {"id": moment.id, "ts": moment.ts_ms, "store_id": self.store.store_id}
        return {**known, "dwell": moment.dwell, "candidates": near}

    def _decisions(self, evening: Evening, number: int) -> Path:
        return self.folder / f"{evening.folder.name}-{number}.parquet"

    def _close(self, evening: Evening, number: int, day: Day) -> None:
        """The day into the lake, then the night."""
        self.moments(number)
        dwelt, closed = self.folder / f"day{number}", evening.folder / f"day{number}"
        simulated.write(closed, self.store, [day])
        for table in ("products", "offers", "stock"):
            lake.write(evening.folder / "lake" / f"{table}.parquet", pq.read_table(closed / f"{table}.parquet"))
        for table in ("purchases", "checkins"):
            _keep(evening, table, number, pq.read_table(closed / f"{table}.parquet"))
        for table in ("visits", "dwells"):
            _keep(evening, table, number, pq.read_table(dwelt / f"{table}.parquet"))
        _keep(evening, "pings", number, _with_offsets(pq.read_table(dwelt / "pings.parquet")))
        self.nightly(evening)

    @cached_property
    def _plans(self) -> Path:
        path = self.folder / "plans" / f"{self.store.store_id}.geojson"
        folders.write(path, json.dumps(self.store.plan_geojson).encode())
        return path.parent

    def _aislewise(self, *words: object) -> None:
        code, _, err = command(*words, cwd=self.folder, plans=self._plans)
        if code:
            raise RuntimeError(f"aislewise {words[0]} exited with {code}: {err}")


def run() -> None:
    """Prints which part of the prompts of day 2 is for the first bundle's favourites."""
    print(f"the {FAVOURITES} products that the first bundle prompts most: their part of the prompts of day 2")
    print("seed  prompts of day 1  first bundle  second, they were always declined  second, answered by taste")
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as name:
            print(line(Nights(Path(name), seed)), flush=True)


def line(nights: Nights) -> str:
    """One seed's row of the table."""
    evenings = (nights.first, nights.second("declined", nights.favourites), nights.second("taste", ()))
    parts = [f"{share(nights.decided(evening), nights.favourites):.1%}" for evening in evenings]
    count = sum(row["shown"] for row in nights.prompted)
    return f"{nights.seed:4}  {count:16}  {parts[0]:>12}  {parts[1]:>33}  {parts[2]:>25}"


def share(rows: Prompts, skus: Collection[str]) -> float:
    """What part of the prompts is for these products."""
    counted = _counted(rows)
    return sum(counted[sku] for sku in skus) / counted.total()


def propensity(rows: Prompts, skus: Collection[str]) -> float:
    """The mean probability with which one of these products is prompted at a moment."""
    each = (zip(row["candidates"], row["candidate_propensities"], strict=True) for row in rows)
    return float(sum(p for pairs in each for sku, p in pairs if sku in skus)) / len(rows)


def _counted(rows: Prompts) -> Counter[str]:
    return Counter(row["sku"] for row in rows if row["sku"] is not None)


def _moments(zones: pa.Table) -> Iterator[Moment]:
    """From a row a ping: a zone has the time since the phone's ping before, as live dwell has it."""
    ts = zones.column("ts").cast(pa.int64())
    ordered = zones.set_column(1, "ts", ts).sort_by([("device_id", "ascending"), ("ts", "ascending")])
    device, before, dwell = "", 0, dict[str, float]()
    for row in ordered.filter(pc.is_valid(ordered.column("department"))).to_pylist():
        if row["device_id"] != device:
            device, before, dwell = row["device_id"], row["ts"], {}
        lasted, before = (row["ts"] - before) / 1000, row["ts"]
        display = row["display"]
        passed = dwell.get(display, 0.0)
        for zone in filter(None, (row["department"], display)):
            dwell[zone] = dwell.get(zone, 0.0) + lasted
        if display and _steps(passed) < _steps(dwell[display]):
            yield Moment(device, row["ts"], row["department"], display, dict(dwell))


def _steps(seconds: float) -> int:
    """How many of 20, 40, 80, … s have passed."""
    return int(seconds // PROMPT_AFTER_S).bit_length()


def _keep(evening: Evening, table: str, number: int, rows: pa.Table) -> None:
    """As the history worker names the day's file."""
    date = datetime.fromtimestamp(DEFAULT_TODAY_MS / 1000 + number * 86_400, UTC).date().isoformat()
    lake.write(evening.folder / "lake" / LakeFile(table, date, 0, 0, len(rows)).path, rows)


def _outcome(row: Mapping[str, Any], kind: str) -> dict[str, Any]:
    ids = {name: row[name] for name in ("prompt_id", "store_id", "visit_id")}
    return {**ids, "outcome_id": f"{row['prompt_id']}-{kind}", "ts": _ms(row["ts"]), "kind": kind}


def _with_offsets(pings: pa.Table) -> pa.Table:
    """Pings of a file as rows of the lake's table."""
    places = {"partition": [0] * len(pings), "offset": [0] * len(pings), "row": list(range(len(pings)))}
    for name, values in places.items():
        pings = pings.append_column(PINGS.field(name), pa.array(values, PINGS.field(name).type))
    return pings


def _ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)
