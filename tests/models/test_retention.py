"""What is older than it may be kept goes with its salts, and a record of it stays."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from models import audit, ids, keeping, lake, retention, salts
from models.errors import SettingError
from models.keys import LakeFile
from models.records import TABLES, rows_to_table
from models.retention import Keeping
from models.salts import Salts
from models.settings import Settings

TODAY = date(2026, 11, 24)
DAY_MS = 86_400_000
NOON_MS = 1_795_521_600_000
"""12:00 UTC of TODAY."""


def day(ago: int) -> date:
    return TODAY - timedelta(ago)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Check-ins and purchases of the last five days, and a salt for each."""
    for ago in range(5):
        at = {"store_id": "S1", "ts": NOON_MS - ago * DAY_MS}
        seen = {**at, "device_id": f"{ago:016x}", "customer_id": "c", "consent": True}
        line = {**at, "receipt_id": f"R{ago}", "sku": "tea", "quantity": 1, "amount": 1.0}
        for table, row in (("checkins", seen), ("purchases", line)):
            name = LakeFile(table, day(ago).isoformat(), 0, 9 - ago, 9 - ago)
            lake.write(tmp_path / "lake" / name.path, rows_to_table(table, [row, row]))
        Salts(tmp_path / "salts").of("S1", day(ago))
        os.utime(tmp_path / "salts" / "S1" / day(ago).isoformat(), (NOON_MS / 1000,) * 2)
    return tmp_path / "lake"


def kept(root: Path, table: str) -> list[str]:
    return [path.parent.name.removeprefix("date=") for path in lake.files(root, table)]


def apply(root: Path, text: str, now_ms: int = NOON_MS) -> audit.Act | None:
    return retention.apply(root, Keeping(keeping.parse(text), root.parent / "salts"), now_ms)


def test_older_dates_go_by_table_and_the_rest_stays(root: Path) -> None:
    act = apply(root, "checkins=2,salts=3")
    assert act is not None
    assert (act.what, act.by, act.rows, act.salts) == ("retention", "nightly", {"checkins": 4}, 1)
    assert kept(root, "checkins") == [day(ago).isoformat() for ago in (2, 1, 0)]
    assert len(kept(root, "purchases")) == 5
    assert sorted(salts.existing(root.parent / "salts", "S1")) == [day(ago) for ago in (3, 2, 1, 0)]
    assert sorted(path.name for path in (root / "checkins").iterdir()) == [f"date={day(ago)}" for ago in (2, 1, 0)]
    assert audit.read(root) == [act]
    assert apply(root, "checkins=2,salts=3") is None


def test_after_its_salt_a_phone_can_be_linked_to_nothing(root: Path) -> None:
    folder = root.parent / "salts"
    before = ids.phone("a phone", Salts(folder).of("S1", day(4)))
    apply(root, "salts=3")
    assert day(4) not in salts.existing(folder, "S1")
    assert before not in {ids.phone("a phone", salt) for salt in salts.existing(folder, "S1").values()}


def test_salts_of_a_store_that_has_fallen_silent_go_by_the_age_of_their_files(root: Path) -> None:
    folder = root.parent / "salts"
    for ago in range(5):
        os.utime(folder / "S1" / day(ago).isoformat(), (NOON_MS / 1000 - ago * 86_400,) * 2)
    act = apply(root, "checkins=0,salts=3", NOON_MS + 3 * DAY_MS)
    assert act is not None
    assert act.salts == 3
    assert sorted(salts.existing(folder, "S1")) == [day(1), day(0)]


def test_today_is_the_datas_and_never_later_than_the_clocks(root: Path) -> None:
    """Of data of the past nothing goes because time passes; a wrong time in them removes nothing."""
    assert apply(root, "checkins=4,salts=0", NOON_MS + 400 * DAY_MS) is None
    far = {"store_id": "S1", "ts": NOON_MS + 900 * DAY_MS, "receipt_id": "R", "sku": "t", "quantity": 1, "amount": 1.0}
    lake.write(root / LakeFile("purchases", "2029-05-12", 0, 20, 20).path, rows_to_table("purchases", [far]))
    assert apply(root, "checkins=4") is None
    assert len(kept(root, "checkins")) == 5


def test_for_ever_and_the_defaults(root: Path) -> None:
    assert apply(root, "") is None
    assert apply(root, "pings=0,checkins=0,salts=0", NOON_MS) is None
    assert Settings().retention == keeping.DEFAULT
    days = keeping.parse("visits=400")
    assert (days["pings"], days["checkins"], days["salts"], days["visits"], days["purchases"]) == (0, 0, 30, 400, 0)
    assert set(keeping.KEPT) == {name for name, table in TABLES.items() if table.travels != "file"} | {keeping.SALTS}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ping=3", "'ping' is nothing that is kept (known: pings, "),
        ("pings", "'pings' has no days"),
        ("pings=-1", "'pings=-1' has no days"),
        ("pings=99999999", "has no days between 0"),
        ("salts=1", "for 2 days at least"),
    ],
)
def test_what_is_wrong_in_the_setting_is_said(text: str, said: str) -> None:
    with pytest.raises(SettingError) as refused:
        Settings(retention=text)
    assert said in str(refused.value)
