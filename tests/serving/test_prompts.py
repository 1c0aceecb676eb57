"""GET prompts: each prompt once and in order, from now or after a place, whatever happens to Redis."""

from __future__ import annotations

import redis

from aislewise.stack import Stack
from models.board import iso
from models.keys import Board
from tests.parts.redis import RedisServer
from tests.serving.client import Events, until
from tests.serving.store import Filler

LATER = iso(4_000_000_000_000)


def test_it_starts_at_now_and_keeps_the_ids_of_redis(serving: Stack, filler: Filler) -> None:
    filler.prompt(1)
    with Events(serving.serving_url) as events:
        assert events.comments == ["at 2-0"]
        assert events.response.headers["content-type"].startswith("text/event-stream")
        _, prompt = filler.prompt(2, 16)
        ((event_id, data),) = events.wait(1)
    assert event_id == "3-16"
    for name in ("prompt_id", "visit_id", "sku", "department", "why", "say", "expires"):
        assert data[name] == getattr(prompt, name)


def test_after_a_place_come_all_that_are_newer(serving: Stack, filler: Filler) -> None:
    for offset in range(250):
        filler.prompt(offset)
    with Events(serving.serving_url, after="51-0") as events:
        events.wait(199)
        filler.prompt(400)
        events.wait(200)
    assert events.ids == [f"{offset + 1}-0" for offset in [*range(51, 250), 400]]


def test_one_reading_serves_listeners_at_different_places(serving: Stack, filler: Filler) -> None:
    filler.prompt(1)
    filler.prompt(2)
    with Events(serving.serving_url) as now, Events(serving.serving_url, after="0-0") as beginning:
        beginning.wait(2)
        with Events(serving.serving_url, after="2-0") as middle:
            middle.wait(1)
            filler.prompt(3)
            for events, count in ((now, 1), (beginning, 3), (middle, 2)):
                events.wait(count)
    assert (now.ids, beginning.ids, middle.ids) == (["4-0"], ["2-0", "3-0", "4-0"], ["3-0", "4-0"])


def test_a_department_by_id_and_by_name(serving: Stack, filler: Filler) -> None:
    url = serving.serving_url
    with Events(url, department="outdoor") as by_id, Events(url, department="Outdoor") as by_name:
        filler.prompt(1)
        filler.prompt(2, department=None)
        filler.prompt(3, department="outdoor")
        filler.prompt(4, department="Outdoor")
        by_id.wait(2)
        by_name.wait(2)
    assert by_id.ids == by_name.ids == ["4-0", "5-0"]


def test_comments_come_and_say_the_place(serving: Stack, filler: Filler) -> None:
    with Events(serving.serving_url, department="outdoor") as events:
        filler.prompt(7)
        until(lambda: "at 8-0" in events.comments, 15)
    assert events.events == []


def test_what_no_worker_wrote_is_passed_over(serving: Stack, filler: Filler, board: redis.Redis) -> None:
    with Events(serving.serving_url) as events:
        board.xadd(Board.prompts("S1"), {"json": "{"}, id="1-0")
        board.xadd(Board.prompts("S1"), {"prompt_id": "x"}, id="2-0")
        filler.prompt(2)
        events.wait(1)
    assert events.ids == ["3-0"]


def test_text_with_line_ends_stays_one_event(serving: Stack, filler: Filler) -> None:
    with Events(serving.serving_url) as events:
        filler.prompt(1, say="one\n\ndata: two\r\nid: 99-0\n")
        ((event_id, data),) = events.wait(1)
    assert (event_id, data["say"]) == ("2-0", "one\n\ndata: two\r\nid: 99-0\n")


def test_redis_is_lost_and_its_stream_rebuilt(serving: Stack, board: redis.Redis) -> None:
    url, filler = serving.serving_url, Filler(board, "S4")
    filler.complete()
    for offset in (1, 2, 3):
        filler.prompt(offset)
    with Events(url, "S4") as now, Events(url, "S4", after="2-0") as earlier:
        filler.prompt(4)
        now.wait(1)
        earlier.wait(3)
        board.flushall()
        with Events(url, "S4", after="3-0") as behind, Events(url, "S4") as new:
            for offset in (1, 2, 3, 4):
                filler.prompt(offset)
            for offset in (5, 6, 7):
                filler.prompt(offset, expires=LATER)
            for events, count in ((now, 4), (earlier, 6), (behind, 5), (new, 3)):
                events.wait(count)
    assert now.ids == ["5-0", "6-0", "7-0", "8-0"]
    assert earlier.ids == ["3-0", "4-0", "5-0", "6-0", "7-0", "8-0"]
    assert behind.ids == ["4-0", "5-0", "6-0", "7-0", "8-0"]
    assert new.ids == ["6-0", "7-0", "8-0"]


def test_one_that_comes_while_the_board_is_rebuilt_gets_nothing_stale(serving: Stack, board: redis.Redis) -> None:
    filler = Filler(board, "S3")
    with Events(serving.serving_url, "S3") as events:
        filler.prompt(1)
        filler.prompt(2, expires=LATER)
        events.wait(1)
        filler.complete()
        # nothing tells from outside when the listener has passed what was there: old prompts until one arrives
        offsets = iter(range(3, 100))
        until(lambda: filler.prompt(next(offsets)) and len(events.events) > 1)
    assert events.ids[0] == "3-0"
    assert "2-0" not in events.ids


def test_redis_goes_away_and_comes_back(serving: Stack, filler: Filler, redis_server: RedisServer) -> None:
    filler.prompt(1)
    with Events(serving.serving_url) as events:
        filler.prompt(2)
        events.wait(1)
        redis_server.kill()
        with Events(serving.serving_url, after="2-0") as while_away:
            redis_server.restart()
            for offset in (1, 2, 3):
                filler.prompt(offset)
            events.wait(2)
            while_away.wait(2)
    assert events.ids == while_away.ids == ["3-0", "4-0"]
