"""A lake of people whose every row is known, as the history worker writes it, and their salts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from models import ids, lake
from models.keys import LakeFile
from models.records import rows_to_table
from models.salts import Salts

SECRET = "a secret of the tests"
DAY = date(2026, 11, 24)
T0 = 1_795_510_800_000
"""2026-11-24 09:00 UTC."""
PINGS = 40


class Visitor(NamedTuple):
    """Somebody's visit: `device` and `customer` are as they are outside."""

    device: str
    visit: str
    store: str = "S1"
    customer: str | None = None

    def phone(self, salts: Path) -> str:
        return ids.phone_text(ids.phone(self.device, Salts(salts).of(self.store, DAY)))

    @property
    def pseudonym(self) -> str | None:
        return ids.customer(self.customer, SECRET) if self.customer else None


ANNA = Visitor("anna's phone", "a" * 16, customer="anna")
ANNA_ELSEWHERE = Visitor("anna's phone", "b" * 16, "S2", "anna")
BEN = Visitor("ben's phone", "c" * 16, customer="ben")
STRANGER = Visitor("a phone", "d" * 16)
EVERYBODY = (ANNA, ANNA_ELSEWHERE, BEN, STRANGER)


def rows(one: Visitor, salts: Path, number: int) -> dict[str, list[dict[str, Any]]]:
    """What there is of a visit, by table. `number` keeps offsets apart."""
    phone, at = one.phone(salts), {"store_id": one.store, "ts": T0 + 60_000}
    moment, end = f"moment-{one.visit}", T0 + PINGS * 2000
    seen = {"device_id": phone, "visit_id": one.visit}
    span = {"store_id": one.store, "first_ts": T0, "last_ts": end, "pings": PINGS}
    prompt = {"prompt_id": f"{moment}-0", "moment_id": moment, "visit_id": one.visit, "expires": T0 + 180_000}
    decided = {"slot": 0, "propensity": 1.0, "policy": "p", "holdout": False, "shown": True, "candidates": ["tea"]}
    zone = {"kind": "display", "zone_id": "d1", "live_s": 20.0}
    vectors = {"zones": ["d1"], "zone_live_s": [20.0], "features": [0.5]}
    found = {
        "pings": [
            {
                "store_id": one.store,
                "device_id": phone,
                "ts": T0 + i * 2000,
                "x_m": 1.0 + i,
                "y_m": 2.0,
                "floor": 0,
                "sigma_m": None,
                "partition": 0,
                "offset": number,
                "row": i,
            }
            for i in range(PINGS)
        ],
        "visits": [{**span, **seen}],
        "dwells": [{**span, **seen, **zone, "dwell_s": 20.0, "lower_s": 19.0, "upper_s": 21.0}],
        "moments": [{**at, **seen, **zone, **vectors, "moment_id": moment, "holdout": False}],
        "prompts": [{**at, **prompt, **decided, "sku": "tea"}],
        # one is of the visit, the other names only its prompt
        "outcomes": [
            {**at, "outcome_id": f"{moment}-{i}", "prompt_id": prompt["prompt_id"], "visit_id": visit, "kind": "shown"}
            for i, visit in enumerate((one.visit, None))
        ],
        "purchases": [
            {
                **at,
                "receipt_id": f"R-{one.visit}",
                "sku": sku,
                "quantity": 1,
                "amount": 2.0,
                "visit_id": one.visit,
                "customer_id": one.pseudonym,
            }
            for sku in ("tea", "milk")
        ],
        "checkins": [],
    }
    if one.customer:
        found["checkins"] = [{**at, "device_id": phone, "customer_id": one.pseudonym, "consent": True}]
    return found


def build(root: Path, salts: Path, visitors: Sequence[Visitor] = EVERYBODY, partition: int = 0) -> Path:
    """Two files a table and date, each with rows of everybody."""
    for table in ("pings", "visits", "dwells", "moments", "prompts", "outcomes", "purchases", "checkins"):
        parts = [row for i, one in enumerate(visitors) for row in rows(one, salts, i)[table]]
        for first, part in ((0, parts[::2]), (len(visitors), parts[1::2])):
            name = LakeFile(table, DAY.isoformat(), partition, first, first + len(visitors) - 1)
            lake.write(root / name.path, rows_to_table(table, part))
    return root


def stored(root: Path) -> dict[str, Counter[str]]:
    """Every row of the lake as text, by table, read as anybody would who knows nothing of us."""
    found: dict[str, Counter[str]] = {}
    for path in sorted(root.glob("*/date=*/[!.]*.parquet")):
        table = pq.read_table(path, partitioning=None)
        found.setdefault(path.parts[-3], Counter()).update(map(repr, _plain(table).to_pylist()))
    return {name: rows for name, rows in found.items() if rows}


def of_others(root: Path, salts: Path, *gone: Visitor) -> dict[str, Counter[str]]:
    """What is stored where these have never been."""
    everybody = stored(root)
    theirs = dict[str, Counter[str]]()
    for i, one in enumerate(EVERYBODY):
        if one in gone:
            for table, listed in rows(one, salts, i).items():
                made = _plain(rows_to_table(table, listed)).to_pylist()
                theirs.setdefault(table, Counter()).update(map(repr, made))
    left = {table: found - theirs.get(table, Counter()) for table, found in everybody.items()}
    return {table: found for table, found in left.items() if found}


def bytes_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file, hidden ones too."""
    return ((path, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file())


def _plain(table: pa.Table) -> pa.Table:
    if "device_id" not in table.column_names:
        return table
    at = table.schema.get_field_index("device_id")
    return table.set_column(at, "device_id", table.column("device_id").cast(pa.string()))
