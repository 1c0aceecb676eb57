"""Somebody is erased: all of their rows and no row of anybody else, wherever it is killed, and nothing comes back."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redis

from models import audit, folders, ids, lake, retrain
from models.board import BoardPrompt
from models.erasure import erase, person, rewriting
from models.erasure.erase import Places
from models.erasure.listed import FOLDER, Listed
from models.erasure.names import Name, Names
from models.errors import AwayError, InputError
from models.keys import Board, LakeFile
from models.records import rows_to_table
from tests.models import people
from tests.models.people import ANNA, ANNA_ELSEWHERE, BEN, DAY, SECRET, STRANGER
from tests.parts.redis import RedisServer
from tests.parts.s3 import upload

NOW_MS = people.T0 + 3 * 3_600_000
NOBODY = "redis://127.0.0.1:1/0"
TOUCHES = {"open", "os.rename", "os.remove"}


@dataclasses.dataclass
class Store:
    """A chain's folders with a lake of everybody."""

    folder: Path
    url: str = NOBODY

    def __post_init__(self) -> None:
        people.build(self.lake, self.salts)

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def salts(self) -> Path:
        return self.folder / "salts"

    @property
    def places(self) -> Places:
        return Places(self.lake, self.folder / "bundles", self.url, ("S1", "S2"))

    def left(self, *gone: people.Visitor) -> object:
        return people.of_others(self.lake, self.salts, *gone)


@pytest.fixture
def store(tmp_path: Path, redis_server: RedisServer) -> Store:
    return Store(tmp_path, redis_server.url)


def customer(name: str = "anna", store_id: str | None = None) -> person.Person:
    return person.of_customer(name, SECRET, store_id)


@pytest.mark.parametrize(
    "name",
    [
        Name("customer", "0a1b2c3d4e5f6071", "", 1_790_000_000_000),
        Name("phone", "0a1b2c3d4e5f6071", "S-1.b_"),
        Name("visit", "as/some@body..writes it%"),
    ],
)
def test_a_name_is_a_file_and_back(name: Name) -> None:
    assert "/" not in name.file
    assert Name.parse(name.file) == name


@pytest.mark.parametrize("file", ["", "customer", "customer@x", "other@x@S1@1", "visit@x@S1@now", ".visit@x@@1"])
def test_what_is_no_name_is_none(file: str) -> None:
    assert Name.parse(file) is None


@pytest.mark.parametrize(
    ("who", "gone"),
    [
        (lambda store: customer(), (ANNA, ANNA_ELSEWHERE)),
        (lambda store: customer(store_id="S2"), (ANNA_ELSEWHERE,)),
        (lambda store: person.of_customer(str(BEN.pseudonym), SECRET), (BEN,)),
        (lambda store: person.of_device("anna's phone", store.salts), (ANNA, ANNA_ELSEWHERE)),
        (lambda store: person.of_device("anna's phone", store.salts, "S1"), (ANNA,)),
        (lambda store: person.of_device("a phone", store.salts), (STRANGER,)),
        (lambda store: person.of_visit(STRANGER.visit), (STRANGER,)),
        (lambda store: person.of_visit(ANNA.visit, "S1"), (ANNA,)),
        (lambda store: person.of_visit(ANNA.visit, "S2"), ()),
        (lambda store: customer("somebody else"), ()),
    ],
)
def test_all_rows_of_a_person_go_and_no_other(
    store: Store, who: Callable[[Store], person.Person], gone: tuple[people.Visitor, ...]
) -> None:
    wanted, before = store.left(*gone), people.stored(store.lake)
    found = erase.find(store.lake, who(store))
    assert people.stored(store.lake) == before
    act = erase.erase(store.places, who(store), "operator", NOW_MS)
    assert people.stored(store.lake) == wanted
    assert (
        act.rows
        == found.rows
        == {
            table: sum(before[table].values()) - sum(people.stored(store.lake).get(table, {}).values())
            for table in before
            if before[table] != people.stored(store.lake).get(table)
        }
    )
    assert erase.erase(store.places, who(store), "operator", NOW_MS).rows == {}
    assert people.stored(store.lake) == wanted


def test_nothing_names_them_any_more_but_the_list_of_pseudonyms(store: Store) -> None:
    names = [
        str(ANNA.pseudonym),
        ANNA.visit,
        ANNA_ELSEWHERE.visit,
        *(x.phone(store.salts) for x in (ANNA, ANNA_ELSEWHERE)),
    ]
    erase.erase(store.places, customer(), "operator", NOW_MS)
    for path, data in people.bytes_of(store.folder):
        known = {name for name in ("anna", ANNA.device, *names) if name.encode() in data or name in path.name}
        assert known <= (set(names) if path.parent.name == FOLDER else set()), path
    assert {Name.parse(path.name).id for path in (store.lake / FOLDER).iterdir()} >= set(names)  # type: ignore[union-attr]


def test_the_record_says_when_what_and_how_much_and_no_name(store: Store) -> None:
    act = erase.erase(store.places, customer(store_id="S1"), "manager", NOW_MS)
    assert (act.state, act.what, act.by, act.kind, act.store_id) == ("done", "erase", "manager", "customer", "S1")
    assert act.rows["pings"] == people.PINGS
    assert act.names == {"customer": 1, "phone": 1, "visit": 1, "prompt": 1}
    (path,) = (store.lake / audit.FOLDER).iterdir()
    assert json.loads(path.read_text())["at"] == "2026-11-24T12:00:00Z"
    assert audit.read(store.lake) == [act]


def test_killed_anywhere_it_is_finished_by_the_next_and_others_rows_are_never_missing(
    store: Store, tmp_path: Path
) -> None:
    wanted, begun = store.left(ANNA, ANNA_ELSEWHERE), 0
    for touch in itertools.count(1, 29):
        folder = tmp_path / f"copy-{touch}"
        shutil.copytree(store.lake, folder / "lake")
        places = dataclasses.replace(store.places, lake=folder / "lake", bundles=folder / "bundles")
        killed = _killed(places, touch)
        half = people.stored(places.lake)
        assert all(wanted.get(table, {}).items() <= rows.items() for table, rows in half.items())  # type: ignore[attr-defined]
        assert half.keys() >= wanted.keys()  # type: ignore[attr-defined]
        begun += half not in (people.stored(store.lake), wanted)
        act = erase.erase(places, customer(), "operator", NOW_MS)
        assert people.stored(places.lake) == wanted
        assert act.state == "done"
        assert not [*places.lake.rglob(f"*{rewriting.UNFINISHED}")]
        if not killed:
            break
    assert begun >= 3


def _killed(places: Places, touch: int) -> bool:
    """Whether a process that erases was killed by itself at its n-th touch of a file."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    left = touch

    def heard(event: str, given: tuple[object, ...]) -> None:
        nonlocal left
        if event in TOUCHES and str(given[0]).startswith(str(places.lake.parent)):
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)
    try:
        erase.erase(places, customer(), "operator", NOW_MS)
    finally:
        os._exit(0)


def test_who_reads_meanwhile_always_finds_everybody_else(store: Store) -> None:
    others = {one.phone(store.salts) for one in (BEN, STRANGER)}
    over, faults, reads = threading.Event(), list[str](), 0

    def look() -> None:
        nonlocal reads
        while not over.is_set():
            phones = lake.read(store.lake, "pings").column("device_id").cast(pa.string()).to_pylist()
            reads += 1
            faults.extend(one for one in others if phones.count(one) != people.PINGS)

    reader = threading.Thread(target=look)
    reader.start()
    for who in (customer(), customer("nobody"), person.of_visit(ANNA.visit)):
        erase.erase(store.places, who, "operator", NOW_MS)
    over.set()
    reader.join()
    assert faults == []
    assert reads > 0


def test_single_files_superseded_ones_and_columns_of_others_too(store: Store) -> None:
    phone = ANNA.phone(store.salts)
    row = people.rows(ANNA, store.salts, 9)["visits"][0]
    both = pa.concat_tables(
        [rows_to_table("visits", [one]) for one in (row, {**row, "visit_id": "other", "device_id": "x"})]
    )
    single = store.lake / "visits.parquet"
    lake.write(single, both.append_column("theirs", pa.array([1, 2])))
    spanned = store.lake / LakeFile("pings", DAY.isoformat(), 0, 1, 1).path
    lake.write(spanned, rows_to_table("pings", people.rows(ANNA, store.salts, 1)["pings"]))
    left = store.lake / "pings" / f"date={DAY}" / ".pings-0-0-9.parquet.4711"
    left.write_bytes(b"half of it, with a phone")
    os.utime(left, (1, 1))
    erase.erase(store.places, person.of_device(ANNA.device, store.salts), "operator", NOW_MS)
    assert pq.read_table(single).select(["visit_id", "theirs"]).to_pylist() == [{"visit_id": "other", "theirs": 2}]
    assert pq.read_metadata(spanned).num_rows == 0
    assert not left.exists()
    assert not [path for path, data in people.bytes_of(store.lake) if phone.encode() in data]


def test_without_its_salt_nobody_can_link_a_device(store: Store) -> None:
    before = people.stored(store.lake)
    shutil.rmtree(store.salts)
    who = person.of_device(ANNA.device, store.salts)
    assert (len(who.names), who.days) == (0, [])
    assert erase.erase(store.places, who, "operator", NOW_MS).rows == {}
    assert people.stored(store.lake) == before


def test_a_customer_who_comes_back_is_a_customer_again(store: Store) -> None:
    erase.erase(store.places, customer(), "operator", NOW_MS)
    row = {
        "store_id": "S1",
        "receipt_id": "R9",
        "customer_id": ANNA.pseudonym,
        "sku": "tea",
        "quantity": 1,
        "amount": 1.0,
    }
    times = (NOW_MS, NOW_MS + erase.AHEAD_MS, NOW_MS + erase.AHEAD_MS + 1)
    rows = rows_to_table("purchases", [{**row, "ts": ts} for ts in times])
    assert Listed(store.lake).without("purchases", rows).column("ts").cast(pa.int64()).to_pylist() == [times[2]]


def test_the_night_sweeps_what_came_in_between(store: Store) -> None:
    erase.erase(store.places, customer(), "operator", NOW_MS)
    wanted = people.stored(store.lake)
    assert erase.sweep(store.lake, NOW_MS) is None
    again = people.rows(ANNA, store.salts, 50)
    for table in ("pings", "checkins", "outcomes"):
        lake.write(store.lake / LakeFile(table, DAY.isoformat(), 0, 50, 50).path, rows_to_table(table, again[table]))
    act = erase.sweep(store.lake, NOW_MS)
    assert act is not None
    assert (act.what, act.rows) == ("sweep", {"pings": people.PINGS, "checkins": 1, "outcomes": 2})
    assert people.stored(store.lake) == wanted


def test_the_board_forgets_their_visits_prompts_and_claims(store: Store, redis_server: RedisServer) -> None:
    with redis_server.client() as board:
        for one in (ANNA, BEN):
            _shown(board, one)
        act = erase.erase(store.places, customer(), "operator", NOW_MS)
        assert act.board == 6
        assert board.hkeys(Board.visits("S1")) == board.hkeys(Board.recommendations("S1")) == [BEN.visit]
        assert [fields["prompt_id"] for _, fields in board.xrange(Board.prompts("S1"))] == [_prompt(BEN)]  # type: ignore[union-attr]
        assert [fields["prompt_id"] for _, fields in board.xrange(Board.claims("S1"))] == [_prompt(BEN)]  # type: ignore[union-attr]
        assert [board.exists(Board.prompt(_prompt(one))) for one in (ANNA, BEN)] == [0, 1]
        assert [board.exists(Board.claim("S1", _prompt(one))) for one in (ANNA, BEN)] == [0, 1]


def _prompt(one: people.Visitor) -> str:
    return f"moment-{one.visit}-0"


def _shown(board: redis.Redis, one: people.Visitor) -> None:
    for key in (Board.visits("S1"), Board.recommendations("S1")):
        board.hset(key, one.visit, "{}")
    words = {"sku": "tea", "department": None, "why": "", "say": "", "ts": "", "expires": ""}
    prompt = BoardPrompt(prompt_id=_prompt(one), visit_id=one.visit, store_id="S1", **words)  # type: ignore[arg-type]
    fields = {"prompt_id": prompt.prompt_id, "json": json.dumps({"visit_id": prompt.visit_id})}
    board.xadd(Board.prompts("S1"), fields)  # type: ignore[arg-type]
    board.xadd(Board.claims("S1"), {"prompt_id": prompt.prompt_id})
    board.set(Board.prompt(prompt.prompt_id), "{}")
    board.hset(Board.claim("S1", prompt.prompt_id), "holder", "k")


def test_a_board_that_is_away_is_said_when_all_else_is_done_and_then_made_good(
    store: Store, redis_server: RedisServer
) -> None:
    wanted = store.left(ANNA, ANNA_ELSEWHERE)
    with redis_server.client() as board:
        _shown(board, ANNA)
        with pytest.raises(AwayError, match="run it again"):
            erase.erase(dataclasses.replace(store.places, redis=NOBODY), customer(), "operator", NOW_MS)
        assert people.stored(store.lake) == wanted
        assert [act.state for act in audit.read(store.lake)] == ["begun"]
        assert erase.erase(store.places, customer(), "operator", NOW_MS).board == 6
        assert board.hkeys(Board.visits("S1")) == []


def test_on_s3_as_on_a_disk(store: Store, bucket: str) -> None:
    place = folders.at(f"s3://{bucket}")
    upload(store.lake, place / "lake")
    act = erase.erase(dataclasses.replace(store.places, lake=place / "lake"), customer(), "operator", NOW_MS)
    wanted = erase.erase(store.places, customer(), "operator", NOW_MS)
    assert act.rows == wanted.rows
    assert Listed(place / "lake").read() == Listed(store.lake).read()
    for table in ("pings", "outcomes", "checkins"):
        assert lake.read(place / "lake", table).to_pylist() == lake.read(store.lake, table).to_pylist()


@pytest.mark.parametrize("said", ["", "x" * 129])
def test_what_names_nobody_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="characters"):
        person.of_visit(said)


def test_names_as_they_are_outside_are_on_no_list(store: Store) -> None:
    """A lake from elsewhere may name its customers as they are."""
    row = {"store_id": "S1", "receipt_id": "R9", "ts": people.T0, "sku": "tea", "quantity": 1, "amount": 1.0}
    lake.write(
        store.lake / LakeFile("purchases", DAY.isoformat(), 1, 0, 0).path,
        rows_to_table("purchases", [{**row, "customer_id": "anna"}]),
    )
    erase.erase(store.places, customer(), "operator", NOW_MS)
    assert not [path for path, data in people.bytes_of(store.folder) if b"anna" in data or "anna" in path.name]


def test_bundles_that_know_nobody_of_them_ask_for_nothing(tmp_path: Path) -> None:
    assert not retrain.ask(tmp_path, Names([Name("customer", ids.customer("anna", SECRET))]))
    assert retrain.asked(tmp_path) == set()
