"""How shoppers answer prompts: by tastes that differ, and what they accept they buy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from models.errors import InputError
from simulation.catalogue import holds
from simulation.day import Day, Event, Receipt
from simulation.reactions import Answers, Reaction
from simulation.shoppers import Shopper
from simulation.store import Store
from tests.simulation.conftest import START_MS


def fresh(store: Store, always_declined: frozenset[str] = frozenset()) -> Day:
    return Day(store, 3, START_MS, 1800, 40, always_declined)


def ask(day: Day, shopper: Shopper, sku: str, offer_id: str | None = None) -> Reaction:
    """Half-way through their shopping, by where they stand."""
    now_s = shopper.path.enters_s + 0.5 * (shopper.pays_s - shopper.path.enters_s)
    at = shopper.path.at(np.array([now_s]))
    return day.react(None, float(at.x_m[0]), float(at.y_m[0]), START_MS + round(now_s * 1000), sku, offer_id)


def receipts_of(day: Day) -> Iterator[tuple[str, Receipt]]:
    due = {START_MS + round(s.pays_s * 1000): s.person.device_id for s in day.shoppers}
    return ((due[event.ts_ms], event) for event in day.events() if isinstance(event, Receipt))


def test_an_accepted_product_lands_on_that_shoppers_receipt_and_on_no_other(store: Store, events: list[Event]) -> None:
    day = fresh(store)
    skus = [row["sku"] for row in store.products if row["sku"] not in store.sold_out]
    asked = [(shopper, skus[i % len(skus)]) for i, shopper in enumerate(day.shoppers)]
    answers = [(shopper, sku, ask(day, shopper, sku)) for shopper, sku in asked]
    accepted = {(answer.device_id, sku) for _, sku, answer in answers if answer.kind == "accepted"}
    assert len(accepted) >= 3
    on_receipt = {(device, line["sku"]) for device, receipt in receipts_of(day) for line in receipt.lines}
    before = {(device, line["sku"]) for device, receipt in receipts_of(fresh(store)) for line in receipt.lines}
    assert accepted <= on_receipt
    assert on_receipt - before == accepted - before
    assert before <= on_receipt
    sold = {(row["device_id"], row["sku"]) for row in day.truth_sales() if row["additional"]}
    assert sold == accepted - before


def test_a_coupon_is_taken_off_and_named(store: Store) -> None:
    day = fresh(store)
    product = {row["sku"]: row for row in store.products}
    running = [o for o in store.offers if o["kind"] == "coupon" and o["sku"] and holds(o, product[o["sku"]], START_MS)]
    promised = {}
    for shopper in day.shoppers:
        for offer in running:
            if ask(day, shopper, offer["sku"], offer["offer_id"]).kind == "accepted":
                promised[shopper.person.device_id, offer["sku"]] = offer
                break
    assert len(promised) >= 5
    lines = {(device, line["sku"]): line for device, receipt in receipts_of(day) for line in receipt.lines}
    for key, offer in promised.items():
        full = lines[key]["quantity"] * product[offer["sku"]]["price"]
        assert lines[key]["offer_id"] == offer["offer_id"]
        assert lines[key]["discount"] == pytest.approx(full * offer["discount"], abs=0.011)


def test_an_offer_that_does_not_hold_takes_nothing_off(store: Store) -> None:
    product = {row["sku"]: row for row in store.products}
    over = next(row for row in store.offers if row["ends"] <= START_MS and row["sku"])
    day = fresh(store)
    took = [s for s in day.shoppers if ask(day, s, over["sku"], over["offer_id"]).kind == "accepted"]
    assert took
    lines = [line for _, receipt in receipts_of(day) for line in receipt.lines if line["sku"] == over["sku"]]
    assert len(lines) >= len(took)
    assert all(line["amount"] == pytest.approx(line["quantity"] * product[line["sku"]]["price"]) for line in lines)


def test_some_products_are_always_declined(store: Store) -> None:
    sku = store.products[0]["sku"]
    assert {ask(day, s, sku).kind for day in [fresh(store)] for s in day.shoppers} != {"declined"}
    day = fresh(store, always_declined=frozenset({sku}))
    assert {ask(day, shopper, sku).kind for shopper in day.shoppers} == {"declined"}


def test_tastes_differ_between_shoppers_and_stay_over_days(store: Store, day: Day) -> None:
    liked = np.array([shopper.taste.products for shopper in day.shoppers])
    assert (liked.std(axis=0) > 0.5).all()
    assert abs(np.corrcoef(liked)[np.triu_indices(len(liked), 1)].mean()) < 0.3
    tomorrow = {s.person.key: s for s in Day(store, 4, START_MS + 86_400_000, 1800, 40).shoppers}
    again = [(s, tomorrow[s.person.key]) for s in day.shoppers if s.person.key in tomorrow]
    assert again
    assert all((one.taste.products == other.taste.products).all() for one, other in again)


def test_who_likes_a_product_accepts_it_more_often(store: Store, day: Day) -> None:
    answers: Counter[tuple[bool, str]] = Counter()
    heard = Answers(store, day.seed, frozenset())
    for shopper in day.shoppers:
        for row, liking in zip(store.products[::7], shopper.taste.products[::7], strict=True):
            answers[bool(liking > 0), heard.ask(shopper, row["sku"], None, START_MS).kind] += 1
    shares = {
        liked: answers[liked, "accepted"] / sum(answers[liked, kind] for kind in ("accepted", "declined", "ignored"))
        for liked in (True, False)
    }
    assert shares[True] > shares[False] + 0.2
    assert {kind for _, kind in answers} == {"accepted", "declined", "ignored"}


def test_the_same_question_gets_the_same_answer(store: Store) -> None:
    one, other = fresh(store), fresh(store)
    skus = [row["sku"] for row in store.products[:40]]
    forward = {sku: ask(one, one.shoppers[0], sku) for sku in skus}
    backward = {sku: ask(other, other.shoppers[0], sku) for sku in reversed(skus)}
    assert forward == backward
    assert len({reaction.kind for reaction in forward.values()}) > 1


def test_the_prompt_is_for_the_phone_that_is_named_else_for_who_stands_there(store: Store) -> None:
    day = fresh(store)
    sku = store.products[0]["sku"]
    one, other = day.shoppers[0], day.shoppers[1]
    assert ask(day, one, sku).device_id == one.person.device_id
    assert day.react(other.person.device_id, 0, 0, START_MS, sku, None).device_id == other.person.device_id
    assert day.react(None, 0, 0, START_MS - 86_400_000, sku, None) == Reaction("ignored", None)
    assert day.react("no such phone", 0, 0, START_MS, sku, None) == Reaction("ignored", None)


def test_people_on_another_floor_are_not_asked(store: Store) -> None:
    day = fresh(store)
    sku = store.products[0]["sku"]
    upstairs = next(s for s in day.shoppers if (s.path.floor == 1).any())
    leg = int(np.flatnonzero(upstairs.path.floor[:-1] == 1)[0])
    t_s = float(upstairs.path.t_s[leg : leg + 2].mean())
    at, ts = upstairs.path.at(np.array([t_s])), START_MS + round(t_s * 1000)
    x, y = float(at.x_m[0]), float(at.y_m[0])
    assert day.react(None, x, y, ts, sku, None, 1).device_id == upstairs.person.device_id
    assert day.react(None, x, y, ts, sku, None, 0).device_id != upstairs.person.device_id


def test_who_has_paid_accepts_nothing(store: Store) -> None:
    day = fresh(store)
    for _ in day.events():
        pass
    kinds = {ask(day, shopper, row["sku"]).kind for shopper in day.shoppers for row in store.products[:5]}
    assert kinds == {"ignored"}


def test_an_unknown_product_is_an_error(store: Store) -> None:
    day = fresh(store)
    with pytest.raises(InputError, match="'no-such-sku' is not in the catalogue of S7"):
        ask(day, day.shoppers[0], "no-such-sku")
