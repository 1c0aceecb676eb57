"""What the prompt worker decides, and why: seen from the topics `moments` and `prompts`, Redis, the lake and HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from models import bundle
from models.asyncapi import json_schema
from models.keys import Board
from tests.contract.plan import small
from tests.contract.prompting import (
    NOON_MS,
    answered,
    assert_slates,
    assert_sound,
    csv_of,
    decided,
    fire,
    moment,
    of_visit,
    offered,
)
from tests.contract.world import World
from tests.serving.client import Events, bearer, until
from tests.training import toy

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

SLOTS, CAP = 2, 3
STORES = ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8")
PRODUCTS = [f"{kind} {number}" for kind in ("boot", "tent") for number in range(8)]
DAY_MS = 86_400_000


def at(days: float) -> str:
    """So many days from the moments' noon on."""
    return datetime.fromtimestamp((NOON_MS + days * DAY_MS) / 1000, UTC).isoformat()


@pytest.fixture(scope="module")
def world(build: Callable[..., World]) -> World:
    names = ("worker prompts", "worker history", "serve")
    given = {"slots": SLOTS, "prompts_per_visit": CAP, "explore": 0.6}
    world = build({store: small(store) for store in STORES}, names, **given)
    homes = {"boot": "Shoes,boots", "tent": "Outdoor,tents"}
    # of the last one no price is known
    rows = [f"{sku},{sku},{homes[sku.split()[0]]},{'' if sku == 'boot 7' else 50},20" for sku in PRODUCTS]
    csv_of(world, "products", "sku,name,department,category,price,cost", *rows)
    long, header = f"{at(-9)},{at(9)}", "offer_id,store_id,kind,sku,category,discount,starts,ends,budget"
    csv_of(
        world,
        "offers",
        header,
        f"all,S1,clearance,,boots,0.3,{long},",
        f"cap,S2,clearance,,boots,0.3,{long},",
        *(f"c{number},S3,coupon,boot {number},,0.{number + 1},{long},9" for number in range(5)),
        f"fixed,S3,clearance,boot 7,,0.1,{long},",
        f"over,S4,clearance,boot 0,,0.5,{at(-9)},{at(0)},",
        f"soon,S4,clearance,boot 1,,0.5,{at(0.001)},{at(9)},",
        f"spent,S4,clearance,boot 2,,0.5,{long},0",
        f"now,S4,clearance,boot 3,,0.5,{at(0)},{at(9)},1",
        f"tents,S4,clearance,,tents,0.5,{long},",
        f"stock,S5,clearance,,boots,0.3,{long},",
        f"held,S6,clearance,,boots,0.3,{long},",
        f"late,S7,clearance,,boots,0.3,{long},",
        f"rest,S8,clearance,,boots,0.3,{long},",
    )
    stock = [f"S5,boot {number},{number},{at(0)}" for number in range(3)]
    csv_of(world, "stock", "store_id,sku,on_hand,ts", *stock)
    return world


def test_without_a_bundle_prompts_come_from_offers_and_stock(world: World) -> None:
    place = fire(world, "S1", *(moment(f"plain {number}") for number in range(20)))
    rows = decided(world, "S1")
    assert {row["visit_id"] for row in rows} == {f"plain {number}" for number in range(20)}
    assert {(row["policy"], row["bundle"]) for row in rows} == {("offers", None)}
    assert {sku for row in rows for sku in offered(row)} == {f"boot {number}" for number in range(8)}
    assert {row["offer_id"] for row in rows if row["sku"]} == {"all"}
    assert {row["offer_id"] for row in rows if not row["sku"]} <= {None}
    assert any(row["slot"] == 1 for row in rows)
    assert any(row["sku"] is None for row in rows)
    # moments by row, slots within
    numbers = {row["prompt_id"]: int(row["visit_id"].split()[1]) * 16 + row["slot"] for row in rows if row["shown"]}
    entries = [(f"{place.offset + 1}-{number}", prompt_id) for prompt_id, number in numbers.items()]
    until(lambda: world.stream("S1") == entries)


def test_a_paused_offer_is_decided_for_nobody_until_it_is_resumed(world: World) -> None:
    path, manager = "/v1/stores/S8/offers/rest", bearer("S8", "manager")
    found = {}
    for number, call in enumerate((None, "pause", "resume")):
        if call:
            assert world.tablet.post(f"{path}/{call}", headers=manager).status_code == 200
            world.settle("aislewise-prompts")
        fire(world, "S8", moment(f"rest {number}"))
        rows = of_visit(decided(world, "S8"), f"rest {number}")
        found[call] = {sku for row in rows for sku in offered(row)}
    boots = {f"boot {number}" for number in range(8)}
    assert found == {None: boots, "pause": set(), "resume": boots}


def test_only_displays_from_twenty_seconds_on_are_prompted_and_each_moment_once(world: World) -> None:
    short, department = moment("short", live_s=19.9), moment("wide", kind="department", zone_id="shoes", live_s=60.0)
    twice = moment("twice")
    fire(world, "S1", short, department, twice)
    fire(world, "S1", twice)
    rows = decided(world, "S1")
    assert not of_visit(rows, "short")
    assert not of_visit(rows, "wide")
    assert {row["slot"] for row in of_visit(rows, "twice")} <= {0, 1}
    assert len({row["prompt_id"] for row in rows}) == len(rows)
    until(lambda: set(hints(world, "S1")) >= {"short", "wide", "twice"})


def hints(world: World, store: str) -> dict[str, list[dict[str, Any]]]:
    """By visit, the recommendations on the board that are not empty."""
    found = world.redis.hgetall(Board.recommendations(store))
    return {visit: json.loads(text) for visit, text in found.items() if json.loads(text)}


def test_a_visit_has_no_more_prompts_than_the_cap(world: World) -> None:
    for minute in range(0, 30, 3):
        fire(world, "S2", moment("many", minute))
    rows = of_visit(decided(world, "S2"), "many")
    spoken = [row for row in rows if row["sku"]]
    assert len(spoken) == CAP
    last = rows.index(spoken[-1])
    assert all(row["candidates"] == [""] and row["propensity"] == 1 for row in rows[last + 1 :] if row["slot"] == 0)
    assert len({row["moment_id"] for row in rows}) == 10


def test_one_coupon_a_visit_and_a_clearance_for_everybody(world: World) -> None:
    """A coupon is named to a visit once; then its product may come again, but without it."""
    for minute in (0, 3, 6):
        fire(world, "S3", *(moment(f"coupon {number}", minute) for number in range(12)))
    rows = decided(world, "S3")
    named = [row for row in rows if row["offer_id"]]
    assert {row["offer_id"][0] for row in named} == {"c", "f"}
    for number in range(12):
        coupons = [row for row in of_visit(named, f"coupon {number}") if row["offer_id"].startswith("c")]
        assert len(coupons) <= 1
    assert {row["sku"] for row in named if row["offer_id"] == "fixed"} == {"boot 7"}
    assert all(row["sku"][-1] == row["offer_id"][-1] for row in named if row["offer_id"].startswith("c"))


def test_offers_hold_within_their_dates_and_budget(world: World) -> None:
    fire(world, "S4", *(moment(f"dates {number}") for number in range(8)))
    rows = decided(world, "S4")
    assert {row["offer_id"] for row in rows if row["sku"]} == {"now"}
    assert {sku for row in rows for sku in offered(row)} == {"boot 3"}
    # the display of tents has its own
    fire(world, "S4", moment("camper", zone_id="tents", zones=["outdoor", "tents"]))
    (first, *_) = of_visit(decided(world, "S4"), "camper")
    assert offered(first) == {f"tent {number}" for number in range(8)}


def test_stock_of_none_is_a_rule_and_stock_unknown_is_none(world: World) -> None:
    fire(world, "S5", moment("before"))
    (first, *_) = of_visit(decided(world, "S5"), "before")
    assert offered(first) == {f"boot {number}" for number in range(1, 8)}
    csv_of(world, "stock", "store_id,sku,on_hand,ts", f"S5,boot 0,4,{at(0)}", f"S5,boot 5,0,{at(0)}")
    fire(world, "S5", moment("after"))
    (first, *_) = of_visit(decided(world, "S5"), "after")
    assert offered(first) == {f"boot {number}" for number in range(8) if number != 5}


def test_a_declined_product_does_not_come_again_until_it_is_undone(world: World) -> None:
    fire(world, "S1", *(moment(f"picky {number}") for number in range(30)))
    first = [row for row in decided(world, "S1") if row["visit_id"].startswith("picky") and row["shown"]]
    until(lambda: {row["prompt_id"] for row in first} <= {prompt for _, prompt in world.stream("S1")})
    answers = ((), ("declined",), ("accepted",), ("sold",), ("declined", "undone"))
    spoken = [row for row in first if row["slot"] == 0]
    assert len(spoken) >= len(answers)
    cases = dict(zip(answers, spoken, strict=False))
    for kinds, row in cases.items():
        for kind in ("shown", *kinds):
            assert answered(world, "S1", row["prompt_id"], kind=kind) == 202
    world.settle("aislewise-prompts")
    # three minutes on, nothing is open any more
    fire(world, "S1", *(moment(row["visit_id"], 3) for row in cases.values()))
    rows = decided(world, "S1")
    for kinds, row in cases.items():
        again = next(one for one in of_visit(rows, row["visit_id"]) if one["ts"] > row["ts"])
        assert (row["sku"] in offered(again)) == (kinds in ((), ("declined", "undone"))), kinds


def test_a_prompt_that_is_still_open_is_not_repeated(world: World) -> None:
    fire(world, "S1", *(moment(f"open {number}") for number in range(10)))
    fire(world, "S1", *(moment(f"open {number}", 1.9) for number in range(10)))
    rows = [row for row in decided(world, "S1") if row["visit_id"].startswith("open")]
    for number in range(10):
        spoken = [row["sku"] for row in of_visit(rows, f"open {number}") if row["sku"]]
        assert len(spoken) == len(set(spoken))


def test_who_is_held_out_is_decided_alike_and_sees_nothing(world: World) -> None:
    visits = [f"{kind} {number}" for number in range(8) for kind in ("held", "free")]
    place = fire(world, "S6", *(moment(visit, holdout=visit.startswith("held")) for visit in visits))
    rows = decided(world, "S6")
    held, free = ([row for row in rows if row["visit_id"].startswith(kind)] for kind in ("held", "free"))
    assert {row["holdout"] for row in held} == {True}
    assert {row["shown"] for row in held} == {False}
    assert any(row["sku"] for row in held)
    alike = ("candidates", "candidate_propensities", "candidate_features")
    assert len({str([row[name] for name in alike]) for row in rows if row["slot"] == 0}) == 1
    shown = {row["prompt_id"] for row in free if row["shown"]}
    until(lambda: {prompt for _, prompt in world.stream("S6")} == shown)
    until(lambda: set(hints(world, "S6")) == {visit for visit in visits if visit.startswith("free")})
    # the caps count what they would have seen
    for minute in range(3, 30, 3):
        fire(world, "S6", moment("held 0", minute, holdout=True))
    spoken = [row for row in of_visit(decided(world, "S6"), "held 0") if row["sku"]]
    assert len(spoken) == CAP
    assert place.offset >= 0


def test_staff_and_things_get_no_prompt_and_no_recommendation(world: World) -> None:
    """Nor does a visit that seemed to be a shopper's at first; who was not judged is a shopper."""
    judged = {"nurse": [0.05], "maybe": [0.3], "unknown": [None], "found out": [0.9, 0.1]}
    for minute in range(2):
        fire(
            world,
            "S5",
            *(moment(visit, 60 + minute, shopper_p=p[minute]) for visit, p in judged.items() if len(p) > minute),
        )
    rows = [row for visit in judged for row in of_visit(decided(world, "S5"), visit) if row["slot"] == 0]
    assert sorted(row["visit_id"] for row in rows) == ["found out", "maybe", "unknown"]
    until(lambda: set(hints(world, "S5")) & set(judged) == {"maybe", "unknown"})


def test_a_moment_that_comes_too_late_is_logged_and_shown_to_nobody(world: World) -> None:
    fire(world, "S7", *(moment(f"stale {number}") for number in range(8)), ago_s=31)
    fire(world, "S7", *(moment(f"fresh {number}") for number in range(8)), ago_s=25)
    rows = decided(world, "S7")
    stale, fresh = ([row for row in rows if row["visit_id"].startswith(kind)] for kind in ("stale", "fresh"))
    assert any(row["sku"] for row in stale)
    assert {row["shown"] for row in stale} == {False}
    shown = {row["prompt_id"] for row in fresh if row["shown"]}
    assert shown
    until(lambda: {prompt for _, prompt in world.stream("S7")} == shown)


def test_an_event_is_the_prompt_and_resumes_where_it_was(world: World) -> None:
    with Events(world.stack.serving_url, "S7", after="0-0") as events:
        events.wait(1)
    rows = {row["prompt_id"]: row for row in decided(world, "S7")}
    assert events.ids == [at for at, _ in world.stream("S7")]
    for _, data in events.events:
        row = rows[data["prompt_id"]]
        assert (data["visit_id"], data["sku"], data["department"]) == (row["visit_id"], row["sku"], "shoes")
        assert datetime.fromisoformat(data["expires"]).timestamp() * 1000 == row["expires"]
        for line in ("why", "say"):
            assert data[line]
        assert not any(word in data["say"].casefold() for word in ("second", "minute", "bought", "visit"))
    with Events(world.stack.serving_url, "S7", after=events.ids[1]) as rest:
        rest.wait(len(events.ids) - 2)
    assert rest.ids == events.ids[2:]


def test_a_bundle_takes_over_at_run_time_and_the_catalogue_still_rules(world: World) -> None:
    """`tent 9` was sold when the bundle was made and is no product of the store any more."""
    folder = Path(world.settings.bundles)
    root = world.folder / "history"
    rows = [
        {"sku": sku, "name": sku, "department": home, "category": f"{sku.split()[0]}s", "price": 50.0, "cost": 20.0}
        for home, skus in (("Shoes", [*PRODUCTS[:8], "boot 9"]), ("Outdoor", PRODUCTS[8:]))
        for sku in skus
    ]
    sold = [
        {"store_id": "S2", "receipt_id": f"R{n}", "ts": NOON_MS - n * 60_000, "sku": sku, "quantity": 1, "amount": 50.0}
        for n in range(40)
        for sku in ("boot 6", "boot 9", f"boot {n % 6}")
    ]
    toy.write(root, products=rows, purchases=sold)
    toy.trained(root, folder / "one")
    (folder / bundle.LATEST).write_text("one\n")
    until(lambda: "bundle one is in use" in world.stack["worker prompts"].output())
    fire(world, "S2", *(moment(f"learned {number}") for number in range(10)))
    found = [row for row in decided(world, "S2") if row["visit_id"].startswith("learned")]
    assert {(row["policy"], row["bundle"]) for row in found} == {("uplift", "one")}
    assert {sku for row in found for sku in offered(row)} == {f"boot {number}" for number in range(8)}
    (folder / "one").rename(folder / "two")
    (folder / bundle.LATEST).write_text("two\n")
    until(lambda: "bundle two is in use" in world.stack["worker prompts"].output())
    fire(world, "S2", moment("renamed"))
    assert {row["bundle"] for row in of_visit(decided(world, "S2"), "renamed")} == {"two"}


def test_nothing_is_decided_again_by_a_worker_that_was_killed(world: World) -> None:
    before = decided(world, "S1")
    stream = world.stream("S1")
    world.stack["worker prompts"].kill()
    place = fire(world, "S1", *(moment(f"meanwhile {number}") for number in range(5)))
    kept = [path for path in Path(world.settings.checkpoints).glob("prompts/*/*") if path.is_file()]
    assert kept
    for path in kept:
        path.unlink()
    world.stack.launch("worker prompts")
    world.stack["worker prompts"].wait_ready()
    after = decided(world, "S1")
    assert after[: len(before)] == before
    assert {row["visit_id"] for row in after[len(before) :]} == {f"meanwhile {number}" for number in range(5)}
    until(lambda: world.stream("S1")[: len(stream)] == stream and len(world.stream("S1")) > len(stream))
    assert {at for at, _ in world.stream("S1")[len(stream) :]} <= {
        f"{place.offset + 1}-{row * 16 + slot}" for row in range(5) for slot in range(SLOTS)
    }


def test_every_row_says_how_it_was_drawn_and_lies_in_the_lake(world: World) -> None:
    world.settle()
    logged = [row for store in STORES for row in decided(world, store)]
    assert any(None in row["candidate_features"] for row in logged)
    for row in logged:
        assert_sound(row)
        jsonschema.validate(row, json_schema("prompts"))
        assert row["features"] == [float(number) for number in range(len(row["features"]))]
    assert_slates(logged, SLOTS)
    widths = {len(row["candidate_features"]) // len(row["candidates"]) for row in logged}
    assert len(widths) == 1
    lake = {row["prompt_id"]: row for row in world.rows("prompts")}
    assert len(world.rows("prompts")) == len(lake) == len(logged)
    for row in logged:
        kept = lake[row["prompt_id"]]
        assert {name: kept[name] for name in SAME} == {name: row[name] for name in SAME}
        unknown = [float("nan") if value is None else value for value in row["candidate_features"]]
        assert np.array_equal(kept["candidate_features"], unknown, equal_nan=True)
        assert kept["ts"].timestamp() * 1000 == row["ts"]
    drawn = [row for row in logged if len(row["candidates"]) > 1]
    silences = sum(row["sku"] is None for row in drawn)
    expected = sum(row["candidate_propensities"][row["candidates"].index("")] for row in drawn)
    assert expected / 2 < silences < 2 * expected


SAME = (
    *("moment_id", "visit_id", "sku", "offer_id", "slot", "propensity", "policy", "bundle", "holdout", "shown"),
    *("candidates", "candidate_propensities"),
)
