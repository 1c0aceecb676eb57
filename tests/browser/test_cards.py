"""A prompt's card from arrival to end: what it says, one of several salespeople takes it, and what becomes of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from models import ids
from tests.browser.page import PATIENCE_MS, Tablet, tablet
from tests.parts.processes import SECRET
from tests.serving.client import Outcomes, token
from tests.serving.store import Filler
from tests.serving.test_pictures import PNG, pictures

ANA = ids.staff("S1", "Ana", SECRET)
"""As the log has her."""
UNDO_S, MOVED_S, CLOSED_S = 10, 10, 4
"""How long an answer can be taken back, somebody is elsewhere before they have moved on, a closed card is readable."""
pytestmark = pytest.mark.browser
__all__ = ["pictures"]

BOOTS = {
    "category": "boots",
    "price": 89.0,
    "discount": 0.3,
    "offer": "clearance",
    "on_hand": 4,
    "name": "Alpine boot",
}

_TAP = "at => void setTimeout(() => document.querySelector('[data-testid=take]').click(), at - Date.now())"


_WALKS = """async () => {
  const { Company } = await import("/tablet/company.js");
  const company = new Company();
  const to = (step) => Math.max(0, Math.min(20, step * 2));
  for (let step = 0; step < 24; step++) {
    const wobble = step % 2;
    const at = {
      a: [to(step), wobble, 0], b: [to(step) + 1, 2 - wobble, 0], stands: [20, 1, 0], later: [to(step - 12), 1, 0],
      upstairs: [to(step), 1, 1],
    };
    const visits = Object.entries(at).map(([visit_id, [x_m, y_m, floor]]) => [visit_id, { visit_id, x_m, y_m, floor }]);
    company.watch(new Map(visits), step * 5000);
  }
  return Object.fromEntries(["a", "b", "stands", "later", "upstairs"].map((one) => [one, company.of(one)]));
}"""


@pytest.fixture
def ana(browser: Browser, serving: Stack, filler: Filler) -> Iterator[Tablet]:
    with tablet(browser, serving.serving_url, token(staff="Ana")) as opened:
        yield opened


@pytest.fixture
def ben(browser: Browser, serving: Stack, filler: Filler) -> Iterator[Tablet]:
    with tablet(browser, serving.serving_url, token(staff="Ben")) as opened:
        yield opened


def said(outcomes: Outcomes, count: int) -> list[dict[str, Any]]:
    """What was reported, but that cards were shown."""
    rows = [json.loads(record.value) for record in outcomes.read(count)]
    return [row for row in rows if row["kind"] != "shown"]


def test_it_says_who_what_and_why(ana: Tablet, filler: Filler) -> None:
    filler.visit("v1", display="boots", dwell={"shoes": 230.0, "boots": 185.0})
    _, prompt = filler.prompt(1, **BOOTS)
    card = ana.wait_card(prompt.prompt_id)
    expect(card.get_by_test_id("place")).to_have_text("At Boots, 3 min · alone")
    expect(card.get_by_test_id("facts")).to_have_text("89.00 → 62.30 · 30% off · 4 left · Shelf: Boots")
    expect(card.get_by_test_id("icon")).to_have_text("B")
    expect(card.get_by_test_id("say")).to_have_text(prompt.say)
    expect(card.get_by_test_id("why")).to_have_text(prompt.why)
    filler.visit("v2", 4.0, 6.0)
    filler.visit("v1", display=None, dwell={"shoes": 280.0, "boots": 185.0})
    expect(card.get_by_test_id("place")).to_have_text("In Shoes, 5 min · one other beside")


def test_a_picture_of_the_product_takes_the_place_of_the_monogram(ana: Tablet, filler: Filler, pictures: Path) -> None:
    (pictures / "a%2Fb.png").write_bytes(PNG)
    shown, bare = (filler.prompt(n, sku=sku, category="boots")[1].prompt_id for n, sku in ((1, "a/b"), (2, "none")))
    icon = ana.wait_card(shown).get_by_test_id("icon")
    expect(icon.locator("img")).to_be_visible()
    expect(icon).to_have_text("")
    expect(ana.wait_card(bare).get_by_test_id("icon")).to_have_text("B")


def test_who_has_walked_with_somebody_is_not_alone_and_who_stands_beside_is_no_company(ana: Tablet) -> None:
    """Two walk, a stranger stands where they end, and another walks the same way a minute later."""
    assert ana.page.evaluate(_WALKS) == {"a": 1, "b": 1, "stands": 0, "later": 0, "upstairs": 0}


def test_one_takes_it_the_other_sees_who_and_how_it_ended(
    ana: Tablet, ben: Tablet, filler: Filler, outcomes: Outcomes
) -> None:
    _, prompt = filler.prompt(1)
    mine, other = ana.wait_card(prompt.prompt_id), ben.wait_card(prompt.prompt_id)
    assert said(outcomes, 2) == []
    ana.answer(prompt.prompt_id, "take")
    expect(mine.get_by_test_id("state")).to_have_text("You are on it")
    expect(other.get_by_test_id("state")).to_have_text("Ana is on it")
    expect(other.get_by_role("button")).to_have_count(0)
    ana.answer(prompt.prompt_id, "sold")
    expect(other.get_by_test_id("state")).to_have_text("Ana: sold")
    ben.later(CLOSED_S)
    expect(other).to_have_count(0)
    expect(mine.get_by_test_id("undo")).to_be_visible()
    ana.later(UNDO_S)
    expect(mine).to_have_count(0)
    rows = said(outcomes, 2)
    assert [(row["kind"], row["staff"]) for row in rows] == [("claimed", ANA), ("sold", ANA)]


def test_both_tap_at_once_and_one_has_it(ana: Tablet, ben: Tablet, filler: Filler, outcomes: Outcomes) -> None:
    _, prompt = filler.prompt(1)
    instant_ms = time.time() * 1000 + 1500
    for one in (ana, ben):
        expect(one.wait_card(prompt.prompt_id).get_by_test_id("take")).to_be_visible()
        one.page.evaluate(_TAP, instant_ms)
    (row,) = said(outcomes, 3)
    winner, loser, name = (ana, ben, "Ana") if row["staff"] == ANA else (ben, ana, "Ben")
    expect(winner.card(prompt.prompt_id)).to_have_attribute("data-state", "mine")
    expect(loser.card(prompt.prompt_id).get_by_test_id("state")).to_have_text(f"{name} was faster")
    expect(loser.card(prompt.prompt_id).get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(
    ("button", "reason", "kind"),
    [
        ("busy", "busy", "released"),
        ("left-shop", "left", "declined"),
        ("not-interested", "not_interested", "declined"),
        ("out-of-stock", "out_of_stock", "declined"),
    ],
)
def test_not_now_takes_one_more_tap_for_the_reason(
    ana: Tablet, ben: Tablet, filler: Filler, outcomes: Outcomes, button: str, reason: str, kind: str
) -> None:
    _, prompt = filler.prompt(1)
    ben.wait_card(prompt.prompt_id)
    ana.answer(prompt.prompt_id, "not-now")
    ana.answer(prompt.prompt_id, "back")
    ana.answer(prompt.prompt_id, "not-now")
    ana.answer(prompt.prompt_id, button)
    (row,) = said(outcomes, 3)
    assert (row["kind"], row["reason"]) == (kind, reason)
    if reason == "busy":
        expect(ben.card(prompt.prompt_id).get_by_test_id("take")).to_be_visible()
    else:
        expect(ben.card(prompt.prompt_id).get_by_test_id("state")).to_have_text("Ana: declined")


def test_undo_takes_back_the_answer_and_then_the_claim(
    ana: Tablet, ben: Tablet, filler: Filler, outcomes: Outcomes
) -> None:
    _, prompt = filler.prompt(1)
    other = ben.wait_card(prompt.prompt_id)
    ana.answer(prompt.prompt_id, "take")
    ana.answer(prompt.prompt_id, "declined")
    expect(other.get_by_test_id("state")).to_have_text("Ana: declined")
    ana.answer(prompt.prompt_id, "undo")
    expect(ana.card(prompt.prompt_id)).to_have_attribute("data-state", "mine")
    expect(other.get_by_test_id("state")).to_have_text("Ana is on it")
    ana.answer(prompt.prompt_id, "undo-claim")
    ben.answer(prompt.prompt_id, "take")
    expect(ana.card(prompt.prompt_id).get_by_test_id("state")).to_have_text("Ben is on it")
    rows = said(outcomes, 7)
    keys = [row["outcome_id"] for row in rows]
    assert [row["kind"] for row in rows] == ["claimed", "declined", "undone", "undone", "claimed"]
    assert [row["undoes"] for row in rows] == [None, None, keys[1], keys[0], None]


def test_what_a_colleague_takes_back_comes_again_though_its_card_had_gone(
    ana: Tablet, ben: Tablet, filler: Filler, outcomes: Outcomes
) -> None:
    _, prompt = filler.prompt(1)
    other = ben.wait_card(prompt.prompt_id)
    ana.answer(prompt.prompt_id, "not-now")
    ana.answer(prompt.prompt_id, "left-shop")
    expect(other.get_by_test_id("state")).to_have_text("Ana: declined")
    ben.later(CLOSED_S)
    expect(other).to_have_count(0)
    ana.answer(prompt.prompt_id, "undo")
    ben.answer(prompt.prompt_id, "take")
    expect(ana.card(prompt.prompt_id).get_by_test_id("state")).to_have_text("Ben is on it")
    assert [row["kind"] for row in said(outcomes, 5)] == ["declined", "undone", "claimed"]


def test_later_it_is_given_back_instead(ana: Tablet, ben: Tablet, filler: Filler, outcomes: Outcomes) -> None:
    _, prompt = filler.prompt(1)
    other = ben.wait_card(prompt.prompt_id)
    ana.answer(prompt.prompt_id, "take")
    expect(ana.card(prompt.prompt_id).get_by_test_id("undo-claim")).to_be_visible()
    ana.later(UNDO_S)
    ana.answer(prompt.prompt_id, "give-back")
    expect(other.get_by_test_id("take")).to_be_visible()
    claimed, released = said(outcomes, 4)
    assert (released["kind"], released["undoes"]) == ("released", claimed["outcome_id"])


def test_it_goes_when_the_shopper_leaves_or_moves_on(ana: Tablet, filler: Filler) -> None:
    for name in ("leaves", "moves", "stays"):
        filler.visit(name, display="boots", dwell={"boots": 30.0})
    leaves, moves, stays = (filler.prompt(n, visit_id=v)[1] for n, v in enumerate(("leaves", "moves", "stays")))
    place = ana.wait_card(leaves.prompt_id).get_by_test_id("place")
    expect(place).to_contain_text("At Boots")
    filler.leave("leaves")
    expect(ana.card(leaves.prompt_id)).to_have_count(0, timeout=PATIENCE_MS)
    ana.answer(stays.prompt_id, "take")
    filler.visit("moves", 18.0, 7.0, department="outdoor", display="tents", dwell={})
    filler.leave("stays")
    expect(ana.card(stays.prompt_id).get_by_test_id("place")).to_have_text("Has left the store")
    expect(ana.card(moves.prompt_id)).to_be_visible()
    ana.later(MOVED_S)
    expect(ana.card(moves.prompt_id)).to_have_count(0)
    # what somebody is on stays until they say what came of it
    expect(ana.card(stays.prompt_id).get_by_test_id("sold")).to_be_visible()


def test_three_at_a_time_and_those_worth_most_first(ana: Tablet, filler: Filler, outcomes: Outcomes) -> None:
    values = {1: 2.0, 2: 9.0, 3: 0.5, 4: 4.0, 5: 3.0}
    ids = {n: filler.prompt(n, visit_id=f"v{n}", value=value)[1].prompt_id for n, value in values.items()}
    expect(ana.by("waiting")).to_have_text("2 more wait")
    assert ana.cards() == [ids[2], ids[4], ids[5]]
    rows = [json.loads(record.value) for record in outcomes.read(3)]
    assert {(row["prompt_id"], row["kind"]) for row in rows} == {(ids[n], "shown") for n in (2, 4, 5)}
    ana.answer(ids[4], "not-now")
    ana.answer(ids[4], "busy")
    expect(ana.by("waiting")).to_have_text("1 more waits")
    assert ana.cards() == [ids[4], ids[2], ids[5], ids[1]]
