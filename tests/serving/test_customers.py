"""POST customers: who has checked in today is found by their number, and what they bought where they consent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import redis

from aislewise.stack import Stack
from models import ids, lake
from models.board import LiveVisit, iso
from models.keys import LakeFile
from models.records import rows_to_table
from serving.customers import visit_of
from serving.past import Past
from serving.reports.period import Period
from tests.parts.processes import SECRET
from tests.serving.client import bearer, planned
from tests.serving.store import Filler

STORE = "S31"
PATH = f"/v1/stores/{STORE}/customers"
PHONE = "00000000000000a1"
CUSTOMER = ids.customer("4711", SECRET)
Row = dict[str, Any]


def now_ms() -> int:
    return int(time.time() * 1000)


def today() -> Period:
    return Period.parse(None, None, ZoneInfo("Europe/London"), now_ms())


class History:
    """Writes files of the lake, and takes them away again."""

    def __init__(self, root: Path, store: str = STORE) -> None:
        self.root, self.store = root, store
        self.paths: list[Path] = []

    def write(self, table: str, ts: int, **row: Any) -> None:
        first = 31_000 + len(self.paths)
        date = datetime.fromtimestamp(ts / 1000, UTC).date()
        path = self.root / LakeFile(table, str(date), 0, first, first).path
        given = {"store_id": self.store, "ts": ts, "partition": 0, "offset": first, "row": 0, **row}
        lake.write(path, rows_to_table(table, [given]))
        self.paths.append(path)

    def checkin(self, ts: int, consent: bool = True, customer: str = CUSTOMER, **row: Any) -> None:
        self.write("checkins", ts, device_id=PHONE, customer_id=customer, consent=consent, **row)

    def bought(self, days_ago: int, sku: str, **row: Any) -> None:
        given = {"receipt_id": f"r-{sku}", "customer_id": CUSTOMER, "sku": sku, "quantity": 2, "amount": 5.0, **row}
        self.write("purchases", now_ms() - days_ago * 86_400_000, **given)

    def moment(self, visit_id: str) -> None:
        told = {"holdout": False, "zone_id": "boots", "kind": "display", "live_s": 20.0}
        named = {"moment_id": "m", "visit_id": visit_id, "device_id": PHONE}
        self.write("moments", now_ms(), **named, **told, zones=[], zone_live_s=[], features=[])


@pytest.fixture
def history(serving: Stack) -> Iterator[History]:
    history = History(Path(serving["serve"].environment["AISLEWISE_LAKE"]))
    yield history
    for path in history.paths:
        path.unlink()


@pytest.fixture
def associate(serving: Stack, client: httpx.Client) -> httpx.Client:
    planned(serving, STORE)
    client.headers.update(bearer(STORE))
    return client


@pytest.fixture
def store(board: redis.Redis) -> Filler:
    return Filler(board, STORE)


def comes(store: Filler, since: int) -> str:
    """The customer's phone walks in."""
    return store.visit(ids.visit_id(STORE, PHONE, since), since=iso(since)).visit_id


def found(client: httpx.Client, number: str = "4711") -> Any:
    answer = client.post(PATH, json={"customer_id": number})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_customer_who_is_here_and_consents(associate: httpx.Client, history: History, store: Filler) -> None:
    since = now_ms() - 60_000
    visit_id = comes(store, since)
    store.visit("somebody")
    history.checkin(since)
    history.bought(3, "socks", store_id="S32")
    history.bought(1, "boots")
    history.bought(2, "tent", customer_id="another")
    answer = found(associate, " 4711 ")
    assert (answer["state"], answer["visit_id"]) == ("here", visit_id)
    assert [(one["sku"], one["quantity"], one["store_id"]) for one in answer["purchases"]] == [
        ("boots", 2, STORE),
        ("socks", 2, "S32"),
    ]
    assert answer["since"] <= str((datetime.now(UTC) - timedelta(days=3)).date())
    assert "4711" not in str(answer)
    assert CUSTOMER not in str(answer)


def test_nothing_is_told_of_who_did_not_consent_or_has_left(
    associate: httpx.Client, history: History, store: Filler
) -> None:
    history.bought(1, "boots")
    assert found(associate)["state"] == "unknown"
    history.checkin(today().start_ms - 1)
    assert found(associate)["state"] == "unknown"
    history.checkin(now_ms() - 50_000)
    assert found(associate) == {"state": "left", "delay_s": found(associate)["delay_s"]}
    comes(store, now_ms() - 60_000)
    assert found(associate)["state"] == "here"
    history.checkin(now_ms() - 1000, consent=False)
    assert found(associate) == {"state": "refused", "delay_s": found(associate)["delay_s"]}
    assert found(associate, "4712")["state"] == "unknown"


def test_pings_out_of_order_at_the_beginning_hide_nobody(tmp_path: Path) -> None:
    history, first = History(tmp_path), now_ms()
    visit_id = ids.visit_id(STORE, PHONE, first)
    visits = [LiveVisit(one, 0, 0, 0, None, None, iso(first - 2000), {}) for one in ("somebody", visit_id)]
    assert visit_of(STORE, PHONE, visits, Past(tmp_path), today()) is None
    history.moment(visit_id)
    assert visit_of(STORE, PHONE, visits, Past(tmp_path), today()) == visit_id
    assert visit_of(STORE, PHONE, visits[:1], Past(tmp_path), today()) is None


def test_only_as_much_is_read_as_is_asked_for(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.bought(9, "old")
    broken = history.paths[0]
    broken.write_bytes(b"nobody reads this")
    history.bought(1, "new")
    day, lines = next(Past(tmp_path).purchases(CUSTOMER, datetime.now(UTC).date()))
    assert (day, [one.sku for one in lines]) == (str((datetime.now(UTC) - timedelta(days=1)).date()), ["new"])


def test_refusals(associate: httpx.Client) -> None:
    for body in ({"customer_id": " "}, {}, {"customer_id": "x" * 201}):
        answer = associate.post(PATH, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "customer_id")
    assert associate.post(PATH, json={"customer_id": "4711"}, headers=bearer("S2")).status_code == 403
    other = associate.post("/v1/stores/S34/customers", json={"customer_id": "4711"}, headers=bearer("S34"))
    assert (other.status_code, other.json()["field"]) == (404, "store")
