"""The tablet's page in Chromium: prompts appear once, answers arrive once, and a lost line is seen and mended."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from models.board import iso
from tests.browser.page import PATIENCE_MS, Tablet, tablet
from tests.browser.test_cards import UNDO_S
from tests.parts.proxy import Proxy
from tests.parts.redis import RedisServer
from tests.serving.client import Outcomes, token
from tests.serving.store import NOON_MS, Filler

pytestmark = pytest.mark.browser


def kinds(outcomes: Outcomes, count: int) -> list[tuple[str, str]]:
    rows: list[dict[str, Any]] = [json.loads(record.value) for record in outcomes.read(count)]
    return [(row["prompt_id"], row["kind"]) for row in rows]


def test_a_prompt_appears_and_an_answer_is_one_outcome(signed_in: Tablet, filler: Filler, outcomes: Outcomes) -> None:
    _, first = filler.prompt(1)
    _, second = filler.prompt(2, visit_id="v2")
    card = signed_in.wait_card(first.prompt_id)
    expect(card.get_by_test_id("say")).to_have_text(first.say)
    expect(card.get_by_test_id("why")).to_have_text(first.why)
    expect(card.get_by_test_id("name")).to_have_text(first.name)
    assert signed_in.cards() == [second.prompt_id, first.prompt_id]
    signed_in.answer(first.prompt_id, "take")
    signed_in.answer(first.prompt_id, "sold")
    signed_in.answer(second.prompt_id, "not-now")
    signed_in.answer(second.prompt_id, "not-interested")
    assert sorted(kinds(outcomes, 5)) == sorted(
        [
            (first.prompt_id, "shown"),
            (second.prompt_id, "shown"),
            (first.prompt_id, "claimed"),
            (first.prompt_id, "sold"),
            (second.prompt_id, "declined"),
        ]
    )
    signed_in.later(UNDO_S)
    expect(card).to_have_count(0)


def test_shoppers_move_on_the_plan_and_leave_it(signed_in: Tablet, filler: Filler) -> None:
    expect(signed_in.by("zone-department")).to_have_count(2)
    expect(signed_in.by("zone-display")).to_have_count(2)
    filler.visit("v1", 3.5, 5.0)
    filler.visit("v2", 18.0, 5.0)
    shoppers = signed_in.by("shopper")
    expect(shoppers).to_have_count(2)
    here = signed_in.page.locator("[data-visit=v1]")
    expect(here).to_have_css("transform", "matrix(1, 0, 0, 1, 3.5, -5)")
    filler.visit("v1", 4.5, 5.0)
    expect(here).to_have_css("transform", "matrix(1, 0, 0, 1, 4.5, -5)")
    filler.leave("v2")
    expect(shoppers).to_have_count(1)


def test_cut_off_and_back_no_prompt_is_missed_and_none_comes_twice(
    signed_in: Tablet, filler: Filler, network: Proxy, outcomes: Outcomes
) -> None:
    _, before = filler.prompt(1)
    signed_in.wait_card(before.prompt_id)
    assert kinds(outcomes, 1) == [(before.prompt_id, "shown")]
    network.cut()
    signed_in.wait_connection("lost")
    expect(signed_in.by("connection")).to_contain_text("Connection lost")
    signed_in.answer(before.prompt_id, "take")
    _, missed = filler.prompt(2)
    network.mend()
    signed_in.wait_connection("live")
    _, after = filler.prompt(3)
    signed_in.wait_card(missed.prompt_id)
    signed_in.wait_card(after.prompt_id)
    assert sorted(kinds(outcomes, 3)) == sorted(
        [(before.prompt_id, "claimed"), (missed.prompt_id, "shown"), (after.prompt_id, "shown")]
    )


def test_a_line_that_hangs_is_lost_too(signed_in: Tablet, filler: Filler, network: Proxy) -> None:
    network.stall()
    signed_in.wait_connection("lost")
    _, missed = filler.prompt(1)
    network.mend()
    signed_in.wait_connection("live")
    signed_in.wait_card(missed.prompt_id)


def test_a_reload_keeps_the_cards_and_the_place(signed_in: Tablet, filler: Filler, outcomes: Outcomes) -> None:
    _, first = filler.prompt(1)
    _, second = filler.prompt(2)
    signed_in.wait_card(second.prompt_id)
    assert [kind for _, kind in kinds(outcomes, 2)] == ["shown", "shown"]
    signed_in.answer(first.prompt_id, "not-now")
    signed_in.answer(first.prompt_id, "left-shop")
    expect(signed_in.card(first.prompt_id).get_by_test_id("undo")).to_be_visible()
    signed_in.later(UNDO_S)
    expect(signed_in.card(first.prompt_id)).to_have_count(0)
    signed_in.page.goto("about:blank")
    _, third = filler.prompt(3)
    signed_in.page.go_back()
    signed_in.wait_connection("live")
    signed_in.wait_card(third.prompt_id)
    assert signed_in.cards() == [third.prompt_id, second.prompt_id]
    assert sorted(kinds(outcomes, 2)) == sorted([(first.prompt_id, "declined"), (third.prompt_id, "shown")])


def test_text_that_looks_like_html_is_text(signed_in: Tablet, filler: Filler) -> None:
    nasty = "<img src=x onerror=\"document.title='hacked'\"><b>bold</b>"
    _, first = filler.prompt(1, say=nasty, why=nasty, name=nasty)
    _, second = filler.prompt(2, say="</li><script>document.title='hacked'</script>&amp;", visit_id='"><svg onload=x>')
    for prompt in (first, second):
        card = signed_in.wait_card(prompt.prompt_id)
        expect(card.get_by_test_id("say")).to_have_text(prompt.say)
        assert card.locator("img, b, script, svg").count() == 0
    assert signed_in.page.title() == "Aislewise"


def test_redis_away_is_seen_and_mended(signed_in: Tablet, filler: Filler, redis_server: RedisServer) -> None:
    redis_server.kill()
    signed_in.wait_connection("lost")
    redis_server.restart()
    signed_in.wait_connection("live")
    filler.complete()
    _, prompt = filler.prompt(1)
    signed_in.wait_card(prompt.prompt_id)


def test_only_the_chosen_departments_prompts(signed_in: Tablet, filler: Filler) -> None:
    signed_in.by("department").select_option("outdoor")
    _, other = filler.prompt(1)
    _, wanted = filler.prompt(2, department="outdoor")
    signed_in.wait_card(wanted.prompt_id)
    assert signed_in.cards() == [wanted.prompt_id]
    assert other.prompt_id not in signed_in.page.content()


def test_a_prompt_is_gone_when_its_time_is_over(signed_in: Tablet, filler: Filler) -> None:
    _, prompt = filler.prompt(1, ts=iso(NOON_MS), expires=iso(NOON_MS + 3000))
    expect(signed_in.wait_card(prompt.prompt_id).get_by_test_id("left")).to_have_text("0:01")
    expect(signed_in.card(prompt.prompt_id)).to_have_count(0, timeout=PATIENCE_MS)
    expect(signed_in.by("nothing")).to_be_visible()


def test_signing_in_and_out(browser: Browser, serving: Stack, filler: Filler) -> None:
    with tablet(browser, serving.serving_url, token(role="manager")) as opened:
        expect(opened.by("store")).to_have_text("S1")
        stored = opened.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])")
        assert "eyJ" not in stored
        opened.by("sign-out").click()
        expect(opened.by("sign-in")).to_be_visible()
        opened.page.reload()
        opened.by("token").fill("not a token")
        opened.by("sign-in-button").click()
        expect(opened.by("sign-in-error")).to_have_text("This token does not hold.")
        assert "token" not in opened.page.url
