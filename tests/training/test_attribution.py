"""Receipts find their visits, and visits their customers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from models import lake
from models.recommender.knowledge import Zones
from models.records import rows_to_table
from tests.training import toy
from training import attribution, history, tills, visitors
from training.attribution import Attribution
from training.tills import Stays

MINUTE = 60_000
NO_ZONES = Zones(*[np.array([], np.str_)] * 3)


def visit(name: str, first: int, last: int, **given: Any) -> dict[str, Any]:
    """Minutes after the start."""
    times = {"first_ts": toy.START_MS + first * MINUTE, "last_ts": toy.START_MS + last * MINUTE}
    return {"store_id": "S0", "visit_id": name, "device_id": f"phone {name}", "pings": 9, **times, **given}


def dwell(name: str, zone: str) -> dict[str, Any]:
    seconds = dict.fromkeys(("live_s", "dwell_s", "lower_s", "upper_s"), 60.0)
    times = {"first_ts": toy.START_MS, "last_ts": toy.START_MS}
    return {
        "store_id": "S0",
        "visit_id": name,
        "device_id": "",
        "kind": "department",
        "zone_id": zone,
        "pings": 9,
        **seconds,
        **times,
    }


def line(receipt: str, minute: int, sku: str, **given: Any) -> dict[str, Any]:
    row = {
        "store_id": "S0",
        "receipt_id": receipt,
        "ts": toy.START_MS + minute * MINUTE,
        "sku": sku,
        "quantity": 1,
        "amount": 10.0,
    }
    return {**row, **given}


def joined(root: Path, at_tills: Stays | None = None, **tables: toy.Rows) -> tuple[dict[str, str | None], Attribution]:
    """Receipt → visit."""
    toy.write(root, products=toy.products(), **tables)
    goods = history.goods(root)
    receipts = history.receipts(root, goods.sku.tolist())
    visits = visitors.visits(lake.read(root, "visits"), lake.read(root, "dwells"), goods, NO_ZONES)
    found = attribution.attribute(receipts, visits, goods, at_tills)
    order = dict.fromkeys(row["receipt_id"] for row in tables["purchases"])
    return {name: visits.visit[row] if row >= 0 else None for name, row in zip(order, found.visit, strict=True)}, found


def test_time_and_path_tell_two_shoppers_apart(tmp_path: Path) -> None:
    found, known = joined(
        tmp_path,
        visits=[visit("early", 0, 10), visit("even", 5, 31), visit("odd", 5, 31), visit("late", 40, 50)],
        dwells=[dwell("even", "even"), dwell("odd", "odd")],
        purchases=[line("r1", 30, "P01"), line("r2", 30, "P02"), line("r3", 10, "P02"), line("r4", 90, "P02")],
    )
    assert found == {"r1": "odd", "r2": "even", "r3": "early", "r4": None}
    assert known.confidence[:3].min() > 0.5
    assert known.confidence[3] == 0


def test_one_visit_has_one_receipt_unless_the_receipt_says_so(tmp_path: Path) -> None:
    found, known = joined(
        tmp_path,
        visits=[visit("only", 0, 10)],
        purchases=[line("far", 6, "P01"), line("near", 10, "P01")],
    )
    assert found == {"far": None, "near": "only"}
    found, known = joined(
        tmp_path,
        visits=[visit("only", 0, 10)],
        purchases=[line(name, 6, "P01", visit_id="only") for name in ("a", "b")],
    )
    assert found == {"a": "only", "b": "only"}
    assert known.confidence.tolist() == [1.0, 1.0]


def test_a_known_customer_outweighs_time(tmp_path: Path) -> None:
    found, _ = joined(
        tmp_path,
        visits=[
            visit("hers", 0, 20, customer_id="anna"),
            visit("his", 0, 10, customer_id="ben"),
            visit("unnamed", 0, 10),
        ],
        purchases=[line("r1", 10, "P01", customer_id="anna"), line("r2", 10, "P01", customer_id="carl")],
    )
    assert found == {"r1": "hers", "r2": "unnamed"}


def test_who_stood_at_the_till_paid_there(tmp_path: Path) -> None:
    ring = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]
    till = {"type": "Feature", "properties": {"id": "till 1", "kind": "checkout"}}
    till["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    head = {"store": "S0", "units": "m", "timezone": "UTC"}
    (tmp_path / "plans").mkdir()
    content = {"type": "FeatureCollection", "aislewise": head, "features": [till]}
    (tmp_path / "plans" / "S0.geojson").write_text(json.dumps(content))
    paid_at = toy.START_MS + 10 * MINUTE
    stood = [("b", paid_at + 2_000 * tick, 3.0) for tick in range(-15, 3)] + [("b", paid_at + 6_000, 20.0)]
    spots = [("a", paid_at, 40.0), *stood, ("c", paid_at - 5 * MINUTE, 1.0)]
    pings = [
        {
            "store_id": "S0",
            "device_id": f"phone {name}",
            "ts": ts,
            "x_m": x,
            "y_m": 1.0,
            "floor": 0,
            "partition": 0,
            "offset": 0,
            "row": 0,
        }
        for name, ts, x in spots
    ]
    root = toy.write(tmp_path / "lake", pings=pings)
    at_tills = tills.stays(root, tmp_path / "plans")
    found, known = joined(
        root,
        at_tills,
        visits=[visit(name, 0, 10) for name in "abc"],
        purchases=[line("r1", 10, "P01", till="till 1")],
    )
    assert found == {"r1": "b"}
    assert known.confidence[0] > 0.9
    assert len(tills.stays(tmp_path / "nothing", tmp_path / "plans")) == len(tills.stays(root, None)) == 0


def test_customers_come_from_the_newest_check_in_that_consents() -> None:
    def said(phone: str, minute: int, customer: str, consent: bool = True) -> dict[str, Any]:
        times = {"ts": toy.START_MS + minute * MINUTE}
        return {"store_id": "S0", "device_id": f"phone {phone}", "customer_id": customer, "consent": consent, **times}

    visits = rows_to_table(
        "visits",
        [
            visit("a", 0, 10),
            visit("b", 0, 10),
            visit("c", 0, 10),
            visit("d", 0, 10, customer_id="kept"),
            visit("e", 0, 10),
        ],
    )
    checkins = [
        said("a", 5, "old"),
        said("a", 8, "new"),
        said("b", 5, "x"),
        said("b", 6, "x", False),
        said("d", 5, "y"),
    ]
    checkins.append(said("e", 60 * 40, "another day"))
    found = visitors.customers(visits, rows_to_table("checkins", checkins))
    assert found.to_pylist() == ["new", None, None, "kept", None]
