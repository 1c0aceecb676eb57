"""Receipts are of this catalogue, priced right, from a till of the plan, and know no visit."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest

from simulation.catalogue import holds
from simulation.day import Day, Event, Receipt
from simulation.store import Store
from tests.simulation.conftest import START_MS


@pytest.fixture(scope="module")
def receipts(events: list[Event]) -> list[Receipt]:
    return [event for event in events if isinstance(event, Receipt)]


def test_receipts_are_of_the_catalogue_and_of_what_is_there(store: Store, receipts: list[Receipt]) -> None:
    assert len(receipts) > 20
    skus = {line["sku"] for receipt in receipts for line in receipt.lines}
    assert skus <= {row["sku"] for row in store.products}
    assert not skus & store.sold_out
    assert store.sold_out


def test_amounts_follow_from_price_quantity_and_offer(store: Store, receipts: list[Receipt]) -> None:
    prices = {row["sku"]: row["price"] for row in store.products}
    reduced = 0
    for line in (line for receipt in receipts for line in receipt.lines):
        full = prices[line["sku"]] * line["quantity"]
        assert line["quantity"] >= 1
        assert line["amount"] + line.get("discount", 0.0) == pytest.approx(full, abs=0.011)
        reduced += "offer_id" in line
        assert ("offer_id" in line) == ("discount" in line)
    assert reduced


def test_a_clearance_lowers_everybodys_price_and_a_coupon_nobodys(store: Store, receipts: list[Receipt]) -> None:
    by_sku = {row["sku"]: row for row in store.products}
    for receipt in receipts:
        for line in receipt.lines:
            running = [
                o for o in store.offers if o["kind"] == "clearance" and holds(o, by_sku[line["sku"]], receipt.ts_ms)
            ]
            assert line.get("offer_id") == (running[0]["offer_id"] if running else None)


def test_tills_are_the_plans_and_know_no_visit_or_phone(store: Store, receipts: list[Receipt]) -> None:
    tills = {f["properties"]["id"] for f in store.plan_geojson["features"] if f["properties"]["kind"] == "checkout"}
    assert {receipt.till for receipt in receipts} <= tills
    assert {field.name for field in fields(Receipt)} == {"ts_ms", "receipt_id", "till", "customer_id", "lines"}
    assert {key for receipt in receipts for line in receipt.lines for key in line} <= {
        "sku",
        "quantity",
        "amount",
        "discount",
        "offer_id",
    }
    assert len({receipt.receipt_id for receipt in receipts}) == len(receipts)


def test_who_pays_stands_at_the_till_then_and_alone(day: Day, receipts: list[Receipt]) -> None:
    zones = {zone.id: zone.area for zone in day.store.layout.tills}
    due = {round(s.pays_s * 1000) + day.start_ms: s for s in day.shoppers}
    for receipt in receipts:
        shopper, area = due[receipt.ts_ms], zones[receipt.till]
        here = shopper.path.distance(shopper.pays_s, *area.centre)
        assert here < 2
    for till in zones:
        paid = sorted(receipt.ts_ms for receipt in receipts if receipt.till == till)
        assert all(later - earlier > 3000 for earlier, later in pairwise(paid))


def test_offers_have_dates_that_matter(store: Store) -> None:
    today = max(row["ts"] for row in store.stock)
    assert any(row["ends"] <= today for row in store.offers)
    assert any(row["starts"] > today for row in store.offers)
    running = [row for row in store.offers if row["starts"] <= today < row["ends"]]
    assert {row["kind"] for row in running} == {"clearance", "coupon"}
    assert any(row["category"] for row in running)


def test_who_waits_stands_in_a_queue_behind_the_till(store: Store) -> None:
    """Where many come at once some wait, each behind the one before, nobody on top of another."""
    day = Day(store, 2, START_MS, 500, 100)
    places = {store.layout.queue(till, place)[:2] for till in store.layout.tills for place in range(12)}
    assert len(places) >= 12
    waiting = 0
    for t_s in np.arange(200.0, 1500.0, 20.0):
        here = [
            shopper.path.at(np.array([t_s])) for shopper in day.shoppers if shopper.path.enters_s < t_s < shopper.pays_s
        ]
        spots = [(float(at.x_m[0]), float(at.y_m[0])) for at in here if at.floor[0] == 0]
        queued = [spot for spot in spots if spot in places]
        waiting = max(waiting, len(queued))
        assert len(queued) == len(set(queued))
    assert waiting >= 5
