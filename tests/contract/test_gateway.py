"""What goes in through the gateway: every form of body, copies, and a phone that nobody can find again."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kafka.partitioner.default import murmur2

from aislewise.access import CALLERS, SENDERS, refusal
from models.records import TABLES, TOPICS
from models.tokens import Bearer, issue, key_id
from simulation.store import DEFAULT_TODAY_MS
from tests.contract.plan import BOOTS, CORNER, small
from tests.contract.world import World, records
from tests.parts.processes import SECRET
from tests.serving.client import bearer, until

pytestmark = pytest.mark.kafka

STORE = "S1"
START_MS = DEFAULT_TODAY_MS
NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
HEX = re.compile("[0-9a-f]{16}")


@pytest.fixture(scope="module")
def world(build: Callable[..., World]) -> World:
    return build({STORE: small(STORE)}, max_age_seconds=1e10, max_ahead_seconds=1e10)


def ping(device: str, second: float, x_m: float = BOOTS[0], y_m: float = BOOTS[1], **more: Any) -> dict[str, Any]:
    return {"device_id": device, "ts": START_MS + int(second * 1000), "x_m": x_m, "y_m": y_m, **more}


def stored(world: World, at: int, until: int) -> list[dict[str, Any]]:
    """The lake's pings with a ts from second `at` to before second `until`, in the order of ts."""
    world.settle()
    inside = [row for row in world.rows("pings") if at <= row["ts"].timestamp() - START_MS / 1000 < until]
    return sorted(inside, key=lambda row: row["ts"])


def raw(world: World, body: bytes, media: str) -> Any:
    headers = bearer(STORE, "sender") | {"Content-Type": media}
    return world.gateway.post("/v1/pings", content=body, headers=headers)


def test_a_ping_is_read_back_as_it_was_sent_but_for_the_phone(world: World) -> None:
    x, y = 107.123456789, -44.987654321
    world.send(STORE, [ping("phone A", 0.25, x, y, floor=2, sigma_m=1.7), ping("phone A", 1, 1e5, -1e5)])
    first, far = stored(world, 0, 10)
    steps = [np.float32(np.rint((given - corner) * 1024) / 1024) for given, corner in zip((x, y), CORNER, strict=True)]
    assert [first["x_m"], first["y_m"]] == [c + float(step) for c, step in zip(CORNER, steps, strict=True)]
    assert first["ts"].timestamp() * 1000 == START_MS + 250
    assert (first["floor"], first["sigma_m"]) == (2, float(np.float32(1.7)))
    assert HEX.fullmatch(first["device_id"])
    assert first["device_id"] == far["device_id"]
    assert (far["floor"], far["sigma_m"]) == (0, None)
    assert far["x_m"] == pytest.approx(1e5, abs=0.01)


def test_all_forms_of_a_body_are_the_same_pings(world: World) -> None:
    rows = [{"store_id": STORE, **ping(f"form {n}", 100 + n, 101 + n, -49, sigma_m=2.5, floor=0)} for n in range(3)]
    times = pa.array([row["ts"] for row in rows], pa.timestamp("ms", "UTC"))
    columns = {name: pa.array([row[name] for row in rows]) for name in rows[0] if name != "ts"}
    batch = pa.record_batch({**columns, "ts": times})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    lines = "\n".join(json.dumps(row) for row in rows)
    answers = [
        world.post(STORE, rows),
        raw(world, lines.encode(), NDJSON),
        raw(world, sink.getvalue().to_pybytes(), ARROW),
        world.post(STORE, [{**row, "ts": "2026-11-02T09:01:4" + str(n) + ".000Z"} for n, row in enumerate(rows)]),
    ]
    assert [answer.status_code for answer in answers] == [202] * 4
    assert [answer.json() for answer in answers] == [{"accepted": 3, "refused": []}] * 4
    found = stored(world, 100, 110)
    assert [(row["x_m"], row["sigma_m"]) for row in found] == [(101 + n, 2.5) for n in range(3)]


def test_a_bad_row_is_refused_alone(world: World) -> None:
    rows: list[Any] = [
        ping("good", 200),
        ping("bad", 201) | {"x_m": "left"},
        ping("good", 202),
        7,
        ping("", 203),
        ping("good", 204, floor=1.5),
        ping("good", 205, sigma_m=0),
        {"device_id": "good", "x_m": 1, "y_m": 2},
        ping("d" * 129, 206),
        ping("d" * 128, 207),
    ]
    answer = world.post(STORE, rows)
    assert answer.status_code == 202
    body = answer.json()
    assert body["accepted"] == 3
    assert [(one["row"], one["field"]) for one in body["refused"]] == [
        (1, "x_m"), (3, None), (4, "device_id"), (5, "floor"), (6, "sigma_m"), (7, "ts"), (8, "device_id"),
    ]  # fmt: skip
    assert all(one["reason"] for one in body["refused"])
    assert len(stored(world, 200, 210)) == 3


def test_a_body_of_faults_only_is_answered_row_by_row(world: World) -> None:
    answer = world.post(STORE, [{}, {}])
    assert answer.status_code == 202
    assert (answer.json()["accepted"], [one["row"] for one in answer.json()["refused"]]) == (0, [0, 1])


def test_a_repeated_post_adds_nothing(world: World) -> None:
    rows = [ping("again", 300 + n) for n in range(5)]
    for _ in range(3):
        world.send(STORE, rows)
    moved = [{**row, "x_m": row["x_m"] + 5} for row in rows]
    world.send(STORE, [*moved, ping("again", 305), ping("again", 305, 110)])
    found = stored(world, 300, 310)
    assert [row["x_m"] for row in found] == [BOOTS[0]] * 6


def test_a_receipt_sent_again_changes_nothing(world: World) -> None:
    lines = [{"sku": "P1", "quantity": 1, "amount": 2.5}, {"sku": "P1", "quantity": 2, "amount": 5, "discount": 0.5}]
    receipt = {
        "store_id": STORE, "receipt_id": "R1", "ts": START_MS, "till": "till-1", "customer_id": "17", "lines": lines,
    }  # fmt: skip
    answers = [world.call("purchases", STORE, receipt) for _ in range(2)]
    answers.append(world.call("purchases", STORE, {**receipt, "lines": lines[:1]}))
    assert [answer.status_code for answer in answers] == [202] * 3
    world.settle()
    rows = world.rows("purchases", receipt_id="R1")
    assert [(row["sku"], row["quantity"], row["amount"], row["discount"]) for row in rows] == [
        ("P1", 1, 2.5, None),
        ("P1", 2, 5.0, 0.5),
    ]
    assert {row["till"] for row in rows} == {"till-1"}
    assert all(HEX.fullmatch(row["customer_id"]) for row in rows)


def test_a_checkin_names_the_same_phone_as_its_pings(world: World) -> None:
    world.send(STORE, [ping("checked in", 400)])
    checkin = {"store_id": STORE, "device_id": "checked in", "customer_id": "card 18", "ts": START_MS, "consent": True}
    assert world.call("checkins", STORE, checkin).status_code == 202
    (seen,) = stored(world, 400, 401)
    (said,) = world.rows("checkins")
    assert said["device_id"] == seen["device_id"]
    assert HEX.fullmatch(said["customer_id"])


def test_another_day_is_another_phone(world: World) -> None:
    day_s = 86_400
    world.send(STORE, [ping("daily", 500), ping("daily", 500 + day_s)])
    phones = [row["device_id"] for row in stored(world, 500, 501) + stored(world, 500 + day_s, 501 + day_s)]
    assert len(phones) == len(set(phones)) == 2


def test_the_topic_is_as_anybody_decodes_it_and_the_lake_has_the_same(world: World) -> None:
    """By pyarrow and the contract alone: headers, partition, one uncompressed batch, positions from the corner."""
    rng = np.random.default_rng(1)
    many = [ping(f"many {n % 9}", 700 + n / 100, *rng.uniform(-2000, 2000, 2), floor=n % 3 - 1) for n in range(9000)]
    world.send(STORE, many, size=9000)
    until(lambda: any(not batch.num_rows for *_, batch in decoded(world)), 15)
    world.settle()
    lake = {(row["partition"], row["offset"], row["row"]): row for row in world.rows("pings")}
    seen: set[tuple[str, int]] = set()
    for record, headers, batch in decoded(world):
        assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % world.settings.partitions
        assert (record.key, headers["store"], headers["schema"]) == (b"S1", "S1", "pings/1")
        assert abs(int(headers["clock"]) - record.timestamp) < 5000
        assert batch.num_rows <= 4096
        corner = [float(part) for part in headers["corner"].split(",")]
        assert corner == list(CORNER)
        for number, row in enumerate(batch.to_pylist()):
            phone, key = f"{row['phone']:016x}", (record.partition, record.offset, number)
            assert ((phone, row["ts"]) in seen) == (key not in lake)
            seen.add((phone, row["ts"]))
            assert (row["x"] * 1024, row["y"] * 1024) == (round(row["x"] * 1024), round(row["y"] * 1024))
            if stored := lake.get(key):
                assert (stored["device_id"], stored["ts"].timestamp() * 1000) == (phone, row["ts"])
                assert (stored["x_m"], stored["y_m"]) == (corner[0] + row["x"], corner[1] + row["y"])
                assert (stored["sigma_m"], stored["floor"]) == (row["sigma"], row["floor"])
    assert len(lake) == len(seen) > 9000


def decoded(world: World) -> Iterator[tuple[Any, dict[str, str], pa.RecordBatch]]:
    """Every record of `pings`: as it came, its headers as text, its one batch."""
    for record in records(world.settings.kafka, "pings"):
        with pa.ipc.open_stream(record.value) as reader:
            (batch,) = list(reader)
            assert reader.schema.names == ["phone", "ts", "x", "y", "sigma", "floor"]
        headers = {name: value.decode() for name, value in record.headers}
        assert set(headers) == {"schema", "store", "gateway", "seq", "clock", "corner"}
        yield record, headers, batch


def test_no_raw_id_is_anywhere(world: World) -> None:
    """Not in topics, lake, Redis, logs, checkpoints or file names, as it is or encoded: of phones as of customers."""
    secrets = ["aa:bb:cc:dd:ee:ff", "loyalty-4711-jane"]
    world.send(STORE, [ping(secrets[0], 600 + n) for n in range(3)])
    world.post(STORE, [ping(secrets[0], 600) | {"y_m": "nowhere"}])
    checkin = {"store_id": STORE, "device_id": secrets[0], "customer_id": secrets[1], "ts": START_MS, "consent": True}
    assert world.call("checkins", STORE, checkin).status_code == 202
    lines = [{"sku": "P1", "quantity": 1, "amount": 1}]
    receipt = {"store_id": STORE, "receipt_id": "R2", "ts": START_MS, "customer_id": secrets[1], "lines": lines}
    assert world.call("purchases", STORE, receipt).status_code == 202
    one = managed(world, "POST", "optouts", {"device_id": secrets[0]})
    until(lambda: world.post(STORE, [ping(secrets[0], 604)]).json()["accepted"] == 0, 1)
    managed(world, "POST", "erasures", {"kind": "customer", "id": secrets[1], "confirm": secrets[1]})
    managed(world, "DELETE", f"optouts/{one['id']}")
    world.settle()
    places = {
        "topics": b"".join(_bytes_of(world)),
        "redis": repr(list(_board(world))).encode(),
        "lake": json.dumps([world.table(name).to_pylist() for name in TABLES], default=str).encode(),
        "files": b"".join(_files(world.folder)),
    }
    for place, held in places.items():
        assert len(held) > 100, place
        assert not [form for secret in secrets for form in _forms(secret.encode()) if form in held], place


def _forms(secret: bytes) -> Iterator[bytes]:
    """As it is, in hex, and in base64 wherever it may begin in what was encoded."""
    yield from (secret, secret.hex().encode(), secret.hex().upper().encode())
    for before in range(3):
        # what neighbours would change is left out
        yield base64.b64encode(b"\0" * before + secret)[4 if before else 0 : -4]


def managed(world: World, method: str, path: str, body: Any = None) -> Any:
    """What a call of the store's manager answers."""
    answer = world.tablet.request(method, f"/v1/stores/{STORE}/{path}", json=body, headers=bearer(STORE, "manager"))
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def test_who_opts_out_is_refused_within_a_second_and_nobody_else(world: World) -> None:
    body = [ping("opted out", 700), ping("stays", 700)]
    checkin = {"store_id": STORE, "device_id": "opted out", "customer_id": "19", "ts": START_MS, "consent": True}
    assert world.post(STORE, body).json() == {"accepted": 2, "refused": []}
    one = managed(world, "POST", "optouts", {"device_id": "opted out"})
    assert managed(world, "POST", "optouts", {"device_id": "opted out"}) == one
    assert managed(world, "GET", "privacy")["opted_out"] == [one]
    refused = {"accepted": 1, "refused": [{"row": 0, "field": "device_id", "reason": "has opted out"}]}
    body = [ping("opted out", 701), ping("stays", 701)]
    until(lambda: world.post(STORE, body).json() == refused, 1)
    answer = world.call("checkins", STORE, checkin)
    assert (answer.status_code, answer.json()["field"]) == (422, "device_id")
    managed(world, "DELETE", f"optouts/{one['id']}")
    until(lambda: world.post(STORE, [ping("opted out", 702)]).json()["accepted"] == 1, 1)
    assert managed(world, "GET", "privacy")["opted_out"] == []


def test_senders_are_counted_by_key_and_a_revoked_one_is_refused_within_a_second(world: World) -> None:
    keys = [issue(SECRET, Bearer(STORE, "sender"), time.time(), days) for days in (2, 3)]

    def send(key: str, *rows: Any) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return world.gateway.post("/v1/pings", json={"store_id": STORE, "pings": rows}, headers=headers).status_code

    def shown(key: str) -> Any:
        return next((one for one in managed(world, "GET", "senders") if one["id"] == key_id(key)), {})

    assert [send(key, ping("counted", 710), {}, {}) for key in keys] == [202, 202]
    assert world.gateway.post("/v1/pings", content=b"{", headers={"Authorization": f"Bearer {keys[0]}"}).is_error
    until(lambda: [shown(key).get("refused") for key in keys] == [3, 2])
    assert shown(keys[0])["accepted"] == 1
    assert managed(world, "GET", "senders")[0]["seen"] > "2026"
    gone = managed(world, "PUT", f"senders/{key_id(keys[0])}", {"name": "Wi-Fi", "revoked": True})
    assert (gone["name"], gone["revoked"] is None) == ("Wi-Fi", False)
    until(lambda: send(keys[0], ping("counted", 711)) == 401, 1)
    assert send(keys[1], ping("counted", 711)) == 202
    managed(world, "PUT", f"senders/{key_id(keys[0])}", {"name": "Wi-Fi"})
    until(lambda: send(keys[0], ping("counted", 712)) == 202, 1)


def test_a_manager_erases_somebody_and_what_comes_later_is_not_stored(world: World) -> None:
    checkin = {"store_id": STORE, "device_id": "gone", "customer_id": "card 20", "ts": START_MS, "consent": True}
    world.send(STORE, [ping("gone", 800 + n) for n in range(4)] + [ping("stays", 800)])
    assert world.call("checkins", STORE, checkin).status_code == 202
    world.settle()
    before = {name: world.table(name).num_rows for name in ("pings", "checkins")}
    assert managed(world, "POST", "erasures/check", {"kind": "customer", "id": "card 20"})["rows"] == {
        "pings": 4,
        "checkins": 1,
    }
    body = {"kind": "customer", "id": "card 20", "confirm": "card 20"}
    act = managed(world, "POST", "erasures", body)
    assert (act["by"], act["state"], act["rows"]) == ("manager", "done", {"pings": 4, "checkins": 1})
    assert managed(world, "GET", "privacy")["acts"][0] == act
    world.send(STORE, [ping("gone", 810), ping("stays", 810)])
    assert len(stored(world, 800, 820)) == 2
    assert {name: world.table(name).num_rows for name in before} == {
        "pings": before["pings"] - 3,
        "checkins": before["checkins"] - 1,
    }
    assert "sound" in world.aislewise("validate", world.settings.lake)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "erasures", {"kind": "customer", "id": "a", "confirm": "b"}, 422, "confirm"),
        ("POST", "erasures/check", {"kind": "everybody", "id": "a"}, 422, "kind"),
        ("POST", "erasures/check", {"kind": "device", "id": ""}, 422, "id"),
        ("POST", "optouts", {"device_id": "d" * 129}, 422, "device_id"),
        ("PUT", "senders/0000000000000000", {"revoked": True}, 404, "sender"),
    ],
)
def test_what_is_wrong_with_a_managers_wish_is_said(
    world: World, method: str, path: str, body: Any, status: int, field: str
) -> None:
    def ask(role: str) -> Any:
        return world.tablet.request(method, f"/v1/stores/{STORE}/{path}", json=body, headers=bearer(STORE, role))

    assert (ask("manager").status_code, ask("manager").json()["field"]) == (status, field)
    assert ask("associate").status_code == 403


def _bytes_of(world: World) -> Iterator[bytes]:
    for topic in TOPICS:
        for record in records(world.settings.kafka, topic):
            yield from (record.key or b"", record.value or b"", *(value for _, value in record.headers))


def _board(world: World) -> Iterator[tuple[str, Any]]:
    """Every key and all that is under it."""
    read: dict[str, Any] = {"hash": world.redis.hgetall, "stream": world.redis.xrange, "string": world.redis.get}
    for key in world.redis.scan_iter():
        yield key, read[str(world.redis.type(key))](key)


def _files(folder: Path) -> Iterator[bytes]:
    """Names and contents of every file that our processes have written, as they lie and as Parquet reads them."""
    for path in folder.rglob("*"):
        yield str(path).encode()
        if path.is_file():
            yield path.read_bytes()
        if path.suffix == ".parquet":
            yield repr(pq.read_table(path, partitioning=None).to_pydict()).encode()


@pytest.mark.parametrize("name", sorted(SENDERS))
def test_who_may_make_a_call_cell_by_cell(world: World, name: str) -> None:
    """About a body that says too little: whoever may send it hears so, and nothing comes of it."""
    for caller in CALLERS:
        sender = Bearer(STORE if caller.here else "CELL3", caller.role or "")
        token = issue(SECRET, sender, time.time(), 1)
        headers = {"Authorization": f"Bearer {token}"} if caller.role else {}
        answer = world.gateway.post(f"/v1/{name}", json={"store_id": STORE, "pings": []}, headers=headers)
        expected = refusal(name, caller) or (202 if name == "pings" else 422)
        assert answer.status_code == expected, (caller, answer.text)
