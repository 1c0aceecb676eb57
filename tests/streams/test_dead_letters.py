"""Dead letters: what a worker writes is read back whole, marks say how far a retry is, only its worker takes it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from models.dead_letters import BEGUN, DONE, Letter, letters
from models.errors import RecordError
from models.keys import Source
from streams.records import Passed, Record, dead_letter

OWN = {"clock": b"12", "source": b"pings/1/3/0"}
POISON = Record("moments", 1, 42, b"S1", b"\x00\xff not Arrow", OWN, 5)


def on_kafka(offset: int, key: bytes, value: bytes, headers: Any) -> SimpleNamespace:
    return SimpleNamespace(
        partition=1, offset=offset, timestamp=1000 + offset, key=key, value=value, headers=list(headers)
    )


def written(offset: int, worker: str | None = "dwell", record: Record = POISON) -> SimpleNamespace:
    """The letter as it stands on its topic, with the header that delivery adds."""
    out = dead_letter(record, RecordError("not an Arrow stream"))
    return on_kafka(offset, out.key, out.value, [*out.headers, *((("worker", worker.encode()),) if worker else ())])


def marked(offset: int, letter: Letter, what: bytes, at: int) -> SimpleNamespace:
    return on_kafka(offset, letter.key, b"", letter.mark(what, at))


def test_a_letter_is_the_record_whole() -> None:
    (letter,) = letters([written(7)])
    assert (letter.key, letter.value, dict(letter.headers)) == (POISON.key, POISON.value, OWN)
    assert (letter.source, letter.worker, letter.place) == (Source("moments", 1, 42, 0), "dwell", "1/7")
    assert (letter.reason, letter.ts_ms, letter.why_not()) == ("not an Arrow stream", 1007, "")


def test_a_letter_that_was_sent_twice_is_one_and_two_workers_have_two() -> None:
    found = letters([written(7), written(8), written(9, "history")])
    assert [(one.place, one.worker) for one in found] == [("1/7", "dwell"), ("1/9", "history")]


def test_marks_say_how_far_a_retry_is() -> None:
    first, other = letters([written(7), written(8, "history")])
    begun = [written(7), written(8, "history"), marked(9, first, BEGUN, 50)]
    assert [(one.begun, one.retried) for one in letters(begun)] == [(50, None), (None, None)]
    done = [*begun, marked(10, first, DONE, 51)]
    assert [(one.begun, one.retried) for one in letters(done)] == [(50, 51), (None, None)]
    assert "is moments 1/51" in letters(done)[0].why_not()
    assert letters([marked(9, other, BEGUN, 50)]) == []


def test_what_may_not_go_back_says_why() -> None:
    (row,) = letters([written(7, record=POISON._replace(topic="catalog"))])
    assert "newest row of a key holds" in row.why_not()
    (old,) = letters([written(7, worker=None)])
    assert "older version" in old.why_not()


def put_back(letter: Letter) -> Record:
    return POISON._replace(offset=90, headers=dict(letter.again()))


def test_only_its_worker_takes_it_whatever_source_was_passed_since() -> None:
    (letter,) = letters([written(7, "history")])
    passed = Passed({"pings/1": (99, 0)})
    assert passed.leaves(POISON, "history")
    assert not passed.leaves(put_back(letter), "history")
    assert passed.leaves(put_back(letter), "prompts")
    assert put_back(letter).is_for("history")
    assert not put_back(letter).is_for("dwell")
    assert POISON.is_for("dwell")


def test_a_record_that_fails_again_is_another_letter_of_its_own_place() -> None:
    (letter,) = letters([written(7)])
    (again,) = letters([written(8, record=put_back(letter))])
    assert again.source == Source("moments", 1, 90, 0)
    assert [name for name, _ in again.again()].count("retry-of") == 1
    assert dict(again.again())["retry-of"] == b"moments/1/90/0"
