"""A day of a store as the history worker would have written it, with figures that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from models import lake
from models.keys import LakeFile
from models.records import rows_to_table
from tests.serving.store import STORE

LONDON = ZoneInfo("Europe/London")
DAY = date(2025, 6, 2)
SHOPPERS, LATE = 12, 3
"""Visits that begin at ten, and in the afternoon: too few of these to be told."""
STAY_S, STEP_S = 300, 10
"""At each of two places, with a position every so often."""
BOOTS, TENTS = (3.5, 7.2), (18.5, 7.5)
Row = Mapping[str, Any]


def write_day(root: Path, day: date = DAY, shoppers: int = SHOPPERS, store: str = STORE) -> None:
    """Every table of it: `shoppers` visits in the hour from ten, three from three o'clock, somebody of the staff."""
    tables = _tables(store, day, shoppers)
    for name, rows in tables.items():
        write(root, name, day, rows)


def write(root: Path, table: str, day: date, rows: Iterable[Row], first: int = 0, last: int = 99) -> None:
    """Rows as a file of the lake; `first` and `last` are its offsets."""
    path = root / LakeFile(table, str(day), 0, first, last).path
    lake.write(path, rows_to_table(table, [{"partition": 0, "offset": first, "row": 0, **row} for row in rows]))


def at(day: date, hour: int, seconds: float = 0) -> int:
    """A time on the store's clock, ms."""
    local = datetime.combine(day, time(hour), LONDON) + timedelta(seconds=seconds)
    return int(local.timestamp() * 1000)


def visit(day: date, name: str, start: int, kind: str | None = "shopper", **given: Any) -> dict[str, Any]:
    """Two stays long."""
    times = {"first_ts": start, "last_ts": start + 2000 * STAY_S}
    return {
        "store_id": STORE,
        "visit_id": f"{day}-{name}",
        "device_id": f"phone-{name}",
        **times,
        "kind": kind,
        **given,
    }


def _tables(store: str, day: date, shoppers: int) -> dict[str, list[dict[str, Any]]]:
    early = [visit(day, f"e{n}", at(day, 10, 60 * n), None if n % 2 else "shopper", pings=61) for n in range(shoppers)]
    late = [visit(day, f"l{n}", at(day, 15, 60 * n), pings=61) for n in range(LATE)]
    staff = visit(day, "staff", at(day, 10), "staff", pings=61)
    # written before late pings came
    old = {**early[0], "last_ts": early[0]["first_ts"] + 1000, "pings": 3}
    spent = [_dwell(one, "boots", 100.0 + 10 * n) for n, one in enumerate(early)]
    spent += [_dwell(one, "tents", 50.0) for one in late] + [_dwell(staff, "boots", 9000.0)]
    found = {
        "visits": [old, *early, *late, staff],
        "dwells": spent,
        "pings": [row for one in (*early, *late, staff) for row in _pings(one)],
        "purchases": _receipts(early, day),
        "prompts": _prompts(early),
        "outcomes": _outcomes(early),
    }
    return {name: [{**row, "store_id": store} for row in rows] for name, rows in found.items()}


def _dwell(one: Row, zone: str, seconds: float) -> dict[str, Any]:
    times = {"first_ts": one["first_ts"], "last_ts": one["last_ts"]}
    spent = {"live_s": seconds, "dwell_s": seconds, "lower_s": seconds - 5, "upper_s": seconds + 5}
    named = {"visit_id": one["visit_id"], "device_id": one["device_id"], "kind": "display", "zone_id": zone}
    return {**named, **spent, **times, "pings": one["pings"]}


def _pings(one: Row) -> list[dict[str, Any]]:
    """First at the boots, then at the tents."""
    rows = []
    for second in range(0, 2 * STAY_S + 1, STEP_S):
        x_m, y_m = BOOTS if second < STAY_S else TENTS
        ts = one["first_ts"] + 1000 * second
        rows.append({"device_id": one["device_id"], "ts": ts, "x_m": x_m, "y_m": y_m, "floor": 0, "sigma_m": 1.0})
    return rows


def _receipts(early: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """Six name a visit, two lines each, and one is nobody's."""
    line = {"sku": "P1", "quantity": 1, "amount": 10.0}
    owned = [
        {"receipt_id": f"{day}-r{n}", "visit_id": one["visit_id"], "ts": one["last_ts"]}
        for n, one in enumerate(early[:6])
    ]
    nobodys = {"receipt_id": f"{day}-nobody", "ts": at(day, 16)}
    return [{**line, **receipt} for receipt in (*owned, *owned, nobodys)]


def _prompts(early: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ten are decided, the last two visits are held out, and the first stays silent once more."""
    rows = [_prompt(one, "m", "P1", holdout=n >= 10) for n, one in enumerate(early)]
    return [*rows, _prompt(early[0], "silent", None, holdout=False)]


def _prompt(one: Row, moment: str, sku: str | None, holdout: bool) -> dict[str, Any]:
    ts, moment_id = one["first_ts"] + 60_000, f"{one['visit_id']}-{moment}"
    drawn = {"slot": 0, "propensity": 0.5, "policy": "offers", "candidates": [sku or "", ""]}
    named = {"prompt_id": f"{moment_id}-0", "moment_id": moment_id, "visit_id": one["visit_id"], "sku": sku}
    return {
        **named,
        **drawn,
        "ts": ts,
        "expires": ts + 120_000,
        "holdout": holdout,
        "shown": not holdout and sku is not None,
    }


def _outcomes(early: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ten shown, eight claimed, seven accepted of which one is taken back, five sold, one declined."""
    said = {"shown": 10, "claimed": 8, "accepted": 7, "sold": 5}
    rows = [_outcome(early[n], kind) for kind, count in said.items() for n in range(min(count, len(early)))]
    taken_back = {**_outcome(early[6], "undone"), "undoes": _outcome(early[6], "accepted")["outcome_id"]}
    return [*rows, taken_back, _outcome(early[7], "declined")]


def _outcome(one: Row, kind: str) -> dict[str, Any]:
    prompt_id = f"{one['visit_id']}-m-0"
    return {"outcome_id": f"{prompt_id}-{kind}", "prompt_id": prompt_id, "ts": one["first_ts"] + 90_000, "kind": kind}
