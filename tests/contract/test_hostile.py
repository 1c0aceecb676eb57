"""Wrong input by hand: docs/hostile-input.md lists case and answer, and every case there has its test here."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kafka import KafkaProducer

from aislewise.child import free_ports
from aislewise.letterbox import Letterbox
from models import bundle, folders
from models.dead_letters import BEGUN
from models.keys import Board, partition_of
from models.pings import PingHeaders, Pings, encode
from streams.dwell.engine import FAR_M
from tests.aislewise.command import refused, run
from tests.contract.plan import BOOTS, CORNER, plan, small, zone
from tests.contract.poison import Poison, of_store
from tests.contract.world import World, records
from tests.parts.kafka import Cluster
from tests.parts.redis import RedisServer
from tests.serving.client import bearer, token, until
from tests.training import toy

pytestmark = pytest.mark.kafka

STORE, NO_PLAN = "S1", "S9"
TABLE = Path(__file__).parents[2] / "docs" / "hostile-input.md"
ARROW, NDJSON = "application/vnd.apache.arrow.stream", "application/x-ndjson"
WORKERS = ("worker dwell", "worker prompts", "worker history")
AWAY_S = 5.0
WEEK_S = 7 * 86_400

HELD: set[str] = set()
Test = TypeVar("Test", bound=Callable[..., None])


def holds(case: str) -> Callable[[Test], Test]:
    """The test of a row of the table."""
    HELD.add(case)
    return lambda test: test


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def world(build: Callable[..., World], metrics_port: int) -> World:
    own = {"worker prompts": {"AISLEWISE_METRICS_PORT": str(metrics_port)}}
    world = build({STORE: small(STORE)}, own=own, holdout=0.0, explore=0.0)
    toy.world(world.folder / "toy")
    toy.trained(world.folder / "toy", world.folder / "bundles" / "first")
    name_champion(world, "first")
    return world


def name_champion(world: World, name: str) -> None:
    (Path(world.settings.bundles) / bundle.LATEST).write_text(f"{name}\n")


def ping(device: str = "phone", ago_s: float = 0.0, **more: Any) -> dict[str, Any]:
    x, y = BOOTS
    given = {"device_id": device, "ts": int((time.time() - ago_s) * 1000), "x_m": x, "y_m": y, "sigma_m": 0.5}
    return {**given, **more}


# over HTTP


@dataclass(frozen=True)
class Call:
    """A request that is refused whole: its body, what is different in its headers, and the answer."""

    body: bytes
    status: int
    blames: str | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    path: str = "/v1/pings"
    method: str = "POST"


def pings(*rows: Any, store: str = STORE) -> bytes:
    return json.dumps({"store_id": store, "pings": rows}).encode()


def authorization(given: str) -> dict[str, str | None]:
    return {"Authorization": f"Bearer {given}"}


LINE = {"sku": "P1", "quantity": 1, "amount": 1}
RECEIPT = {"store_id": STORE, "receipt_id": "half", "ts": 1, "lines": [LINE, {**LINE, "quantity": None}]}
CHECKIN = {"store_id": STORE, "device_id": "d", "customer_id": "c", "ts": 1}
SENDER, OTHER = token(STORE, "sender"), token(NO_PLAN, "sender")

CALLS = {
    "no-token": Call(pings(ping()), 401, "Authorization", {"Authorization": None}),
    "forged-token": Call(
        pings(ping()), 401, "Authorization", authorization(token(STORE, "sender", secret="another secret, as long"))
    ),
    "expired-token": Call(pings(ping()), 401, "Authorization", authorization(token(STORE, "sender", days=-1))),
    "wrong-role": Call(pings(ping()), 403, None, authorization(token(STORE, "associate"))),
    "other-store": Call(pings(ping()), 403, "store_id", authorization(OTHER)),
    "malformed-json": Call(pings(ping())[:-5], 400),
    "nan-json": Call(pings(ping()).replace(str(BOOTS[0]).encode(), b"NaN"), 400),
    "media-type": Call(pings(ping()), 415, "Content-Type", {"Content-Type": "application/xml"}),
    "compressed": Call(gzip.compress(pings(ping())), 415, "Content-Encoding", {"Content-Encoding": "gzip"}),
    "too-large": Call(b" " * (4 * 2**20) + pings(ping()), 413),
    "too-many": Call(pings(*[1] * 10_001), 413, "pings"),
    "no-object": Call(b"[]", 422),
    "no-store": Call(b'{"pings": []}', 422, "store_id"),
    "no-pings": Call(b'{"store_id": "S1"}', 422, "pings"),
    "unknown-store": Call(pings(ping(), store=NO_PLAN), 422, "store_id", authorization(OTHER)),
    "bad-receipt-line": Call(json.dumps(RECEIPT).encode(), 422, "lines[1].quantity", {}, "/v1/purchases"),
    "no-consent": Call(json.dumps(CHECKIN).encode(), 422, "consent", {}, "/v1/checkins"),
    "nowhere": Call(b"{}", 404, None, {}, "/v1/ping"),
    "wrong-method": Call(b"", 405, None, {}, "/v1/pings", "GET"),
}


@pytest.mark.parametrize("case", CALLS)
def test_a_call_that_is_refused_whole(world: World, case: str) -> None:
    call = CALLS[case]
    given = {"Content-Type": "application/json", **authorization(SENDER), **call.headers}
    headers = {name: value for name, value in given.items() if value is not None}
    answer = world.gateway.request(call.method, call.path, content=call.body, headers=headers)
    assert answer.status_code == call.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem.get("field")) == (call.status, call.blames)
    assert problem["title"]
    assert "Traceback" not in answer.text
    assert ("WWW-Authenticate" in answer.headers) == (call.status == 401)


def arrow(*rows: Mapping[str, Any]) -> bytes:
    batch = pa.RecordBatch.from_pylist([{"store_id": STORE, **row} for row in rows])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


YEAR_2099_MS = 4_070_908_800_000
LINES = "\n".join([json.dumps({"store_id": STORE, **ping()}), "{nothing", json.dumps({"store_id": STORE, **ping()})])

ROWS: dict[str, tuple[bytes, str, str | None]] = {
    "ping-2099": (pings(ping(), ping(ts=YEAR_2099_MS), ping("b")), "application/json", "ts"),
    "ping-old": (pings(ping(), ping(ago_s=WEEK_S), ping("b")), "application/json", "ts"),
    "ping-nan": (arrow(ping(), ping(x_m=float("nan")), ping("b")), ARROW, "x_m"),
    "ping-sigma": (arrow(ping(), ping(sigma_m=float("nan")), ping("b")), ARROW, "sigma_m"),
    "ping-endless": (
        pings(ping(), ping(y_m=-77.25), ping("b")).replace(b"-77.25", b"1e999"),
        "application/json",
        "y_m",
    ),
    "ping-no-object": (LINES.encode(), NDJSON, None),
}
"""By case, a body of three rows whose second is refused, its media type and the field that is to blame."""


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_is_refused_alone(world: World, case: str) -> None:
    body, media, blamed = ROWS[case]
    answer = world.gateway.post("/v1/pings", content=body, headers={**bearer(STORE, "sender"), "Content-Type": media})
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert told["accepted"] == 2
    assert [(one["row"], one["field"]) for one in told["refused"]] == [(1, blamed)]
    assert told["refused"][0]["reason"]


@holds("ping-far")
def test_a_ping_beyond_all_walls_is_a_ping(world: World) -> None:
    where = (1e300, -3e38, 1e9, 0.0)
    world.send(STORE, [ping(f"far {n}", n, x_m=x, y_m=y) for n, x in enumerate(where) for y in where])
    world.send(STORE, [ping("jumper", n, x_m=x) for n, x in enumerate((BOOTS[0], 3e38, BOOTS[0], -3e38))])
    world.settle()
    there = {shopper["x_m"]: shopper["department"] for shopper in world.shoppers(STORE)}
    far = {x for x in there if abs(x) > FAR_M / 2}
    assert far
    assert {there[x] for x in far} == {None}


@holds("odd-device")
def test_any_text_is_a_device(world: World) -> None:
    devices = ["\x00", "a\nb", " ", "\u00a0", "\u200d", "😀" * 128, "' or 1 = 1 --", "{S1}:visits"]
    sent = [ping(device, 100, x_m=110 + number) for number, device in enumerate(devices)]
    world.send(STORE, sent)
    world.settle()
    found = [row for row in world.rows("pings") if row["x_m"] in {one["x_m"] for one in sent}]
    assert len({row["device_id"] for row in found}) == len(found) == len(devices)


def test_what_was_refused_is_in_no_table(world: World) -> None:
    world.send(STORE, [ping("the only one")])
    world.settle()
    assert not world.rows("purchases")
    assert not world.rows("checkins")
    ((latest, nowhere),) = world.query("select max(epoch_ms(ts)), count(*) filter (not isfinite(x_m)) from pings")
    assert (latest < YEAR_2099_MS, nowhere) == (True, 0)


# bundles, before what takes parts away


@holds("truncated-bundle")
def test_a_truncated_bundle_is_refused_and_the_old_one_stays(world: World, metrics_port: int) -> None:
    folder = Path(world.settings.bundles)
    toy.trained(world.folder / "toy", folder / "cut")
    part = folder / "cut" / "taste.npz"
    part.write_bytes(part.read_bytes()[:-100])
    refuses(world, metrics_port, "cut")


@holds("gone-bundle")
def test_a_bundle_that_is_not_there_is_refused_too(world: World, metrics_port: int) -> None:
    refuses(world, metrics_port, "never-made")


def refuses(world: World, metrics_port: int, name: str) -> None:
    before = counted(metrics_port)
    name_champion(world, name)
    until(lambda: f"bundle {name} is refused, first stays" in world.stack["worker prompts"].output())
    assert counted(metrics_port) == before + 1
    assert "Traceback" not in world.stack["worker prompts"].output()
    decided_by(world, f"after {name}", "first")
    name_champion(world, "first")


def counted(port: int) -> float:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    (line,) = re.findall(r"^aislewise_bundles_refused_total (\S+)$", text, re.MULTILINE)
    return float(line)


def decided_by(world: World, device: str, champion: str) -> None:
    """A new shopper lingers; what is decided names the bundle."""
    visits = {row["visit_id"] for row in world.rows("prompts")}
    world.send(STORE, [ping(device, ago_s) for ago_s in range(40, -1, -2)])
    world.settle()
    rows = [row for row in world.rows("prompts") if row["visit_id"] not in visits]
    assert rows
    assert {row["bundle"] for row in rows} == {champion}


# records straight on a topic


@holds("poison-record")
def test_poison_lies_whole_in_dead_letters_and_the_stream_goes_on(world: World, module_kafka: Cluster) -> None:
    running = {name: child.process.pid for name, child in world.stack.children.items()}
    sent = publish(module_kafka, *of_store(STORE))
    world.send(STORE, [ping("after the poison", 4), ping("after the poison")])
    world.settle()
    assert {name: child.process.pid for name, child in world.stack.children.items() if child.running} == running
    for name in WORKERS:
        assert world.stack.end(name) == 0
    sent |= publish(module_kafka, Poison("catalog", b"{ while nobody looks", []))
    for name in WORKERS:
        world.stack.launch(name)
    for name in WORKERS:
        world.stack[name].wait_ready()
    world.settle()
    letters = {
        dict(letter.headers)["source"].decode(): letter for letter in records(module_kafka.bootstrap, "dead-letters")
    }
    for place, poison in sent.items():
        assert place in letters, (place, poison)
        headers = dict(letters[place].headers)
        assert letters[place].value == (poison.value or b"")
        assert letters[place].key == STORE.encode()
        assert headers["reason"]
        assert [(name, headers[f"original-{name}"]) for name, _ in poison.headers] == poison.headers
    decided_by(world, "long after", "first")


LATER = "S8"
"""A store whose plan is laid down after its phones have spoken."""


def test_a_dead_letter_goes_back_once_its_cause_is_gone(world: World, module_kafka: Cluster) -> None:
    ts, seen = int(time.time() * 1000), "00000000000000aa"
    one = np.ones(1)
    pings = Pings(
        np.array([170], np.uint64), np.array([ts]), BOOTS[0] * one, BOOTS[1] * one, one, np.zeros(1, np.int16)
    )
    headers = PingHeaders(LATER, "test", 0, ts, CORNER).encode()
    checkin = {"store_id": LATER, "device_id": seen, "customer_id": "c", "ts": ts, "consent": True}
    sent = publish(
        module_kafka,
        Poison("pings", encode(pings, CORNER), headers),
        Poison("checkins", json.dumps(checkin).encode(), []),
        store=LATER,
    )
    world.settle()
    listed = {place: dead(world, place) for place in sent}
    for place, poison in sent.items():
        assert (listed[place]["worker"], listed[place]["retried"]) == ("dwell", None)
        assert listed[place]["reason"] == f"store {LATER!r} has no plan"
        assert (listed[place]["key"], listed[place]["bytes"]) == (LATER, len(poison.value or b""))
        world.aislewise("dead-letters", "show", listed[place]["letter"], "--out", "record.bin")
        assert (world.folder / "record.bin").read_bytes() == poison.value
        told = world.aislewise("dead-letters", "show", listed[place]["letter"])
        assert f"reason: store {LATER!r} has no plan" in told
        assert [name for name, _ in poison.headers if f"header {name}: " not in told] == []
    assert not world.shoppers(LATER)
    folders.write(folders.at(world.settings.plans) / f"{LATER}.geojson", json.dumps(small(LATER)).encode())
    ends = {topic: len(records(module_kafka.bootstrap, topic)) for topic in ("pings", "checkins")}
    since = ("--since", ts)
    killed_half_way(module_kafka, "checkins")
    assert "would be put back for the worker dwell" in world.aislewise("dead-letters", "retry", "--all", "--dry-run")
    assert "2 put back" in world.aislewise("dead-letters", "retry", "--all", *since)
    assert "2 left: retried before" in world.aislewise("dead-letters", "retry", "--all", *since)
    for place, poison in sent.items():
        letter = dead(world, place)
        topic, partition, *_ = place.split("/")
        again = [one for one in records(module_kafka.bootstrap, topic) if dict(one.headers).get("retry-of")]
        assert [(one.partition, one.offset) for one in again] == [(int(partition), letter["retried"])]
        assert (again[0].value, again[0].key) == (poison.value, LATER.encode())
        assert list(again[0].headers)[:-2] == poison.headers
        code, _, said = run(*("dead-letters", "retry", letter["letter"]), cwd=world.folder, kafka=world.settings.kafka)
        assert (code, "was retried" in said) == (2, True)
    until(lambda: [one["dwell"] is not None for one in world.shoppers(LATER)] == [True])
    world.settle()
    assert len(records(module_kafka.bootstrap, "checkins")) == ends["checkins"] + 1
    assert len(world.rows("pings", store_id=LATER)) == 1
    assert len(world.rows("checkins", store_id=LATER)) == 1


def dead(world: World, place: str) -> dict[str, Any]:
    """The letter of a record, as the command lists it."""
    topic, partition, offset, _ = place.split("/")
    listed = json.loads(world.aislewise("dead-letters", "list", "--json", "--topic", topic))
    (found,) = [one for one in listed if (one["partition"], one["offset"]) == (int(partition), int(offset))]
    return dict(found)


def killed_half_way(kafka: Cluster, topic: str) -> None:
    """What a retry leaves behind that was killed when the record stood on its topic again."""
    (letter,) = [
        one for one in Letterbox(kafka.bootstrap).read() if (one.source.topic, one.key) == (topic, LATER.encode())
    ]
    partition = letter.source.partition
    end = sum(one.partition == partition for one in records(kafka.bootstrap, topic))
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        mark, again = list(letter.mark(BEGUN, end)), list(letter.again())
        producer.send("dead-letters", b"", key=letter.key, headers=mark, partition=letter.partition).get(10)
        producer.send(topic, letter.value, key=letter.key, headers=again, partition=partition).get(10)


def publish(kafka: Cluster, *poisons: Poison, store: str = STORE) -> dict[str, Poison]:
    """By the place where each stands, as the header `source` says it."""
    partition, key = partition_of(store, 4), store.encode()
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        sent = [
            producer.send(poison.topic, poison.value, key=key, headers=poison.headers, partition=partition)
            for poison in poisons
        ]
        places = [
            f"{poison.topic}/{partition}/{one.get(10).offset}/0" for one, poison in zip(sent, poisons, strict=True)
        ]
    return dict(zip(places, poisons, strict=True))


# files


def overlapping() -> dict[str, Any]:
    return plan("S2", zone("a", "department", (0, 0, 10, 10)), zone("b", "department", (8, 0, 20, 10)))


@holds("overlapping-departments")
def test_a_plan_with_overlapping_departments_names_both(tmp_path: Path) -> None:
    (tmp_path / "S2.geojson").write_text(json.dumps(overlapping()))
    line = refused("plan", "check", "S2.geojson", cwd=tmp_path)
    assert "S2.geojson" in line
    assert "'a' and 'b' overlap by 20.00 m²" in line


@holds("plan-not-json")
def test_a_truncated_plan_is_named(tmp_path: Path) -> None:
    (tmp_path / "S2.geojson").write_text(json.dumps(overlapping())[:-10])
    assert "S2.geojson: not JSON" in refused("plan", "check", "S2.geojson", cwd=tmp_path)


@holds("plan-nan")
@pytest.mark.parametrize(("number", "said"), [("NaN", "not JSON: NaN"), ("1e999", "'a' has no finite outline")])
def test_a_plan_with_a_corner_nowhere_is_one_line(tmp_path: Path, number: str, said: str) -> None:
    drawn = json.dumps(plan("S2", zone("a", "department", (0, 0, 10, 10)))).replace("10]", f"{number}]", 1)
    (tmp_path / "S2.geojson").write_text(drawn)
    assert said in refused("plan", "check", "S2.geojson", cwd=tmp_path)


@holds("plan-turns-bad")
def test_a_plan_that_turns_bad_leaves_the_old_one_in_force(world: World) -> None:
    path = Path(world.settings.plans) / f"{STORE}.geojson"
    good = path.read_text()
    path.write_text(json.dumps({**overlapping(), "aislewise": {"store": STORE}}))
    until(lambda: "the plans stay as they were" in world.stack["gateway"].output())
    world.send(STORE, [ping("on the old plan")])
    path.write_text(good)


CSV = "sku,name,department,category,price,cost\nP1,Boot,Shoes,boots,80,40\nP2,Sock,Shoes,socks,cheap,2\n"


@holds("csv-bad-row")
def test_a_bad_row_of_a_csv_is_named_and_nothing_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(CSV)
    words = ("catalog", "import", "--products", "p.csv", "--lake", "lake", "--no-kafka")
    line = refused(*words, cwd=tmp_path)
    assert "p.csv, row 1, field price" in line
    assert "'cheap'" in line
    assert not (tmp_path / "lake").exists()


@holds("csv-missing-column")
def test_a_missing_column_of_a_csv_is_named(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(CSV.replace("category", "kind"))
    line = refused("catalog", "import", "--products", "p.csv", "--lake", "lake", "--no-kafka", cwd=tmp_path)
    assert "p.csv, field category: the column is missing" in line


@holds("ndjson-bad-row")
def test_a_bad_ping_in_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "S1.geojson").write_text(json.dumps(small(STORE)))
    rows = [{"store_id": STORE, **ping()}, {"store_id": STORE, **ping(y_m="north")}]
    (tmp_path / "p.ndjson").write_text("\n".join(map(json.dumps, rows)))
    line = refused("replay", "--plan", "S1.geojson", "--pings", "p.ndjson", "--out", "out", cwd=tmp_path)
    assert "p.ndjson, row 1, field y_m: is not a number" in line


@holds("request-bad-row")
def test_a_request_nested_without_end_is_named(tmp_path: Path) -> None:
    toy.trained(toy.world(tmp_path / "lake"), tmp_path / "trial")
    deep = b'{"id": "a", "ts": 1, "store_id": "S0", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    (tmp_path / "r.ndjson").write_bytes(b'{"id": "a", "ts": 1, "store_id": "S0"}\n\n' + deep)
    words = ("recommend", "--bundle", "trial", "--requests", "r.ndjson", "--out", "out.parquet")
    assert "r.ndjson, row 2: not JSON" in refused(*words, cwd=tmp_path)


@holds("lake-null-key")
def test_a_null_key_in_a_lake_is_named(tmp_path: Path) -> None:
    spoil(tmp_path, "sku", None)
    line = refused("train", "--history", "lake", "--out", "trial", cwd=tmp_path)
    assert "purchases.parquet, row 0, field sku: is missing" in line


@holds("lake-no-such-year")
def test_a_time_beyond_the_calendar_in_a_lake_is_named(tmp_path: Path) -> None:
    spoil(tmp_path, "ts", 2**62)
    line = refused("nightly", "--lake", "lake", "--bundles", "bundles", cwd=tmp_path)
    assert "purchases.parquet, row 0, field ts: is not between" in line


def spoil(folder: Path, column: str, value: object) -> None:
    """A lake whose first purchase has this value."""
    path = toy.world(folder / "lake") / "purchases.parquet"
    table = pq.read_table(path)
    kind, at = table.schema.field(column).type, table.schema.get_field_index(column)
    plain = table.column(column).cast(pa.int64() if pa.types.is_timestamp(kind) else kind).to_pylist()
    spoilt = pa.array([value, *plain[1:]], pa.int64() if pa.types.is_timestamp(kind) else kind).cast(kind)
    pq.write_table(table.set_column(at, column, spoilt), path)


@holds("unwritable")
def test_a_place_below_a_file_is_named(tmp_path: Path) -> None:
    toy.world(tmp_path / "lake")
    (tmp_path / "file").write_text("")
    line = refused("train", "--history", "lake", "--out", "file/trial", cwd=tmp_path)
    assert line.startswith("aislewise: file/")
    assert line.endswith(": Not a directory")


# parts that are away


@holds("redis-away")
def test_without_redis_pings_are_taken_and_the_board_comes_back(world: World, module_redis: RedisServer) -> None:
    decided_by(world, "before Redis goes", "first")
    until(lambda: world.redis.exists(Board.complete(STORE)))
    stream = world.stream(STORE)
    running = {name: child.process.pid for name, child in world.stack.children.items()}
    module_redis.kill()
    decided_by(world, "without Redis", "first")
    answer = world.tablet.get(f"/v1/stores/{STORE}/shoppers", headers=bearer(STORE))
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    module_redis.restart()
    until(lambda: world.redis.exists(Board.complete(STORE)))
    world.send(STORE, [ping("without Redis")])
    until(lambda: any(shopper["recommendations"] for shopper in world.shoppers(STORE)))
    world.settle()
    shown = {row["prompt_id"] for row in world.rows("prompts") if row["shown"]}
    assert world.stream(STORE)[: len(stream)] == stream
    assert {prompt for _, prompt in world.stream(STORE)} == shown
    assert len(world.stream(STORE)) > len(stream)
    assert {name: child.process.pid for name, child in world.stack.children.items() if child.running} == running


@holds("kafka-away")
def test_without_kafka_a_sender_hears_so_in_time_and_loses_nothing(world: World, module_kafka: Cluster) -> None:
    world.settle()
    before = len(world.rows("pings"))
    world.send(STORE, [ping("just before")])
    module_kafka.kill()
    unsure = [ping("while away")]
    began = time.monotonic()
    answers = []
    for _ in range(3):
        answers.append(world.post(STORE, unsure))
        assert time.monotonic() - began < AWAY_S
        began = time.monotonic()
    assert [answer.status_code for answer in answers] == [503] * 3
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert world.gateway.get("/readyz").status_code == 503
    module_kafka.restart()
    until(lambda: world.post(STORE, unsure).status_code == 202, 30)
    world.send(STORE, [ping("after")])
    until(lambda: alive(world), 60)
    world.settle()
    assert len(world.rows("pings")) == before + 3


def alive(world: World) -> bool:
    """Starts again, as a supervisor would, what has ended while Kafka was away."""
    dead = [name for name, child in world.stack.children.items() if not child.running]
    for name in dead:
        world.stack.launch(name)
    return not dead and all(child._ready(child) for child in world.stack.children.values())


# the table


def test_every_row_of_the_table_has_its_test() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", TABLE.read_text(), re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == HELD | set(CALLS) | set(ROWS)


def test_no_log_has_a_traceback_from_what_people_send(world: World) -> None:
    for name in ("gateway", "serve"):
        assert "Traceback" not in world.stack[name].output(), name
