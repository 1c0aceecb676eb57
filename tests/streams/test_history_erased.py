"""Records of who was erased that the history worker finds in Kafka later: the lake does not get them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import ids, lake
from models.erasure import erase
from models.erasure.listed import Listed
from models.erasure.names import Name, Names
from models.pings import PingHeaders, Pings, encode
from models.settings import Settings
from streams.checkpoints import Checkpoints
from streams.history_worker import History, HistoryLane
from streams.records import Record
from tests.streams.toy import T0

CORNER = (0.0, 0.0)
ANNA, BEN = 7, 8
"""Phones."""
CUSTOMER = "0a1b2c3d4e5f6071"


def lane(folder: Path, topic: str) -> HistoryLane:
    settings = Settings(lake=str(folder / "lake"), checkpoints=str(folder / "checkpoints"), history_seconds=0.1)
    checkpoints = Checkpoints(settings.checkpoints, "history", topic, 0)
    opened = asyncio.run(History(settings).open(topic, 0, checkpoints.newest(), checkpoints))
    assert isinstance(opened.lane, HistoryLane)
    return opened.lane


def write(folder: Path, *records: Record) -> None:
    """They come from Kafka and are written."""
    one = lane(folder, records[0].topic)

    async def work() -> None:
        for record in records:
            await one.take(record)
        await one.flush()

    asyncio.run(work())


def stored(folder: Path, table: str, column: str) -> list[Any]:
    return [str(one) for one in lake.read(folder / "lake", table).column(column).to_pylist()]


def pings(offset: int, *phones: int) -> Record:
    numbers = np.arange(len(phones), dtype=np.float64)
    ts = T0 + 10_000 * offset + 1000 * np.arange(len(phones), dtype=np.int64)
    batch = Pings(np.array(phones, np.uint64), ts, numbers, numbers, numbers + 1, np.zeros(len(phones), np.int16))
    headers = dict(PingHeaders("S1", "g", offset, T0, CORNER).encode())
    return Record("pings", 0, offset, b"S1", encode(batch, CORNER), headers, T0)


def row(topic: str, offset: int, **row: Any) -> Record:
    return Record(topic, 0, offset, b"S1", json.dumps({"store_id": "S1", "ts": T0, **row}).encode(), {}, T0)


def checkin(offset: int, phone: int, customer: str) -> Record:
    return row("checkins", offset, device_id=ids.phone_text(phone), customer_id=customer, consent=True)


def receipt(offset: int, more: Mapping[str, Any], lines: Sequence[str] = ("tea", "milk")) -> Record:
    sold = [{"sku": sku, "quantity": 1, "amount": 1.0} for sku in lines]
    return row("purchases", offset, receipt_id=f"R{offset}", lines=sold, **more)


def erased(folder: Path, *names: Name) -> None:
    (folder / "lake").mkdir(exist_ok=True)
    Listed(folder / "lake").add(Names(names))


def test_pending_rows_of_who_is_erased_are_not_written_and_all_others_are(tmp_path: Path) -> None:
    erased(tmp_path, Name("customer", CUSTOMER, "", T0), Name("phone", ids.phone_text(ANNA), "S1"), Name("visit", "v1"))
    write(tmp_path, pings(0, ANNA, BEN, ANNA), pings(1, BEN, ANNA))
    write(tmp_path, receipt(0, {"customer_id": CUSTOMER}), receipt(1, {"visit_id": "v1"}), receipt(2, {}))
    assert set(stored(tmp_path, "pings", "device_id")) == {ids.phone_text(BEN)}
    assert list(zip(stored(tmp_path, "pings", "offset"), stored(tmp_path, "pings", "row"), strict=True)) == [
        ("0", "1"),
        ("1", "0"),
    ]
    assert stored(tmp_path, "purchases", "receipt_id") == ["R2", "R2"]


def test_a_pending_check_in_names_the_phone_and_the_phones_rows_go_too(tmp_path: Path) -> None:
    """The lake did not know the check-in when the customer was erased; pings of the phone were there already."""
    write(tmp_path, pings(0, ANNA, BEN))
    erased(tmp_path, Name("customer", CUSTOMER, "", T0))
    write(tmp_path, checkin(0, ANNA, CUSTOMER), checkin(1, BEN, "somebody else"))
    write(tmp_path, pings(1, ANNA, BEN))
    assert stored(tmp_path, "checkins", "customer_id") == ["somebody else"]
    assert stored(tmp_path, "pings", "offset") == ["0", "0", "1"]
    act = erase.sweep(tmp_path / "lake", T0)
    assert act is not None
    assert act.rows == {"pings": 1}
    assert set(stored(tmp_path, "pings", "device_id")) == {ids.phone_text(BEN)}


def test_a_file_without_a_row_says_that_its_offsets_were_here(tmp_path: Path) -> None:
    erased(tmp_path, Name("phone", ids.phone_text(ANNA), "S1"))
    write(tmp_path, pings(0, ANNA), pings(1, ANNA))
    (path,) = lake.files(tmp_path / "lake", "pings")
    assert path.name == "pings-0-0-1.parquet"
    assert len(lake.read(tmp_path / "lake", "pings")) == 0


def test_who_is_erased_while_a_file_is_written_is_not_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever erases has looked through the lake just before the file came."""
    plain = lake.write

    def slow(path: Any, table: Any, **options: Any) -> None:
        plain(path, table, **options)
        if options.get("new"):
            erased(tmp_path, Name("phone", ids.phone_text(ANNA), "S1"))

    monkeypatch.setattr(lake, "write", slow)
    write(tmp_path, pings(0, ANNA, BEN))
    assert stored(tmp_path, "pings", "device_id") == [ids.phone_text(BEN)]
