"""`train` and `recommend` by their files: better than popularity, and decisions as the worker logs them."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.aislewise.command import run
from tests.contract import groceries
from tests.contract.prompting import assert_slates, assert_sound, offered

K = 20
START_MS, MINUTE_MS = 1_772_000_000_000, 60_000
N = 400
TIMES = pa.timestamp("us", tz="UTC")


class Receipt(NamedTuple):
    """Products, and who bought them."""

    skus: Sequence[str]
    customer: str | None = None


Receipts = Sequence[Receipt]


class Hits(NamedTuple):
    """Shares of held-out products that are among the first K."""

    ours: float
    popular: float


def hits(folder: Path, receipts: Receipts, homes: dict[str, tuple[str, str]]) -> Hits:
    """Trains on the older four fifths; of each newer receipt one product is left out and has to be found again."""
    cut = len(receipts) * 4 // 5
    write(folder / "lake", receipts[:cut], homes)
    assert run("train", "--history", "lake", "--out", "trial", cwd=folder)[0] == 0
    rng, asked, answers = np.random.default_rng(0), [], []
    for number, receipt in enumerate(receipts[cut:], cut):
        left = list(dict.fromkeys(receipt.skus))
        if len(left) > 1:
            answers.append((left.pop(int(rng.integers(len(left)))), left))
            asked.append(request(str(len(asked)), number, basket=left, customer_id=receipt.customer))
    found: dict[str, set[str]] = {one["id"]: set() for one in asked}
    for row in recommend(folder, asked, "--k", K).to_pylist():
        found[row["id"]].add(row["sku"])
    ranked = [sku for sku, _ in Counter(sku for receipt in receipts[:cut] for sku in receipt.skus).most_common()]
    popular = [answer in [sku for sku in ranked if sku not in basket][:K] for answer, basket in answers]
    ours = [answer in found[str(number)] for number, (answer, _) in enumerate(answers)]
    return Hits(float(np.mean(ours)), float(np.mean(popular)))


def write(root: Path, receipts: Receipts, homes: dict[str, tuple[str, str]]) -> None:
    """A lake of two files, as anybody might write it."""
    root.mkdir(parents=True)
    lines = [(number, one, sku) for number, one in enumerate(receipts) for sku in one.skus]
    times = [(START_MS + number * MINUTE_MS) * 1000 + 1 for number, _, _ in lines]
    purchases = {
        "store_id": ["S1"] * len(lines),
        "receipt_id": [f"R{number}" for number, _, _ in lines],
        "ts": pa.array(times, pa.int64()).cast(TIMES),
        "customer_id": pa.array([one.customer for _, one, _ in lines], pa.string()),
        "sku": [sku for _, _, sku in lines],
        "quantity": [1] * len(lines),
        "amount": [2.0] * len(lines),
    }
    departments, categories = zip(*homes.values(), strict=True)
    products = {"sku": list(homes), "name": list(homes), "department": departments, "category": categories}
    pq.write_table(pa.table(purchases), root / "purchases.parquet")
    pq.write_table(pa.table(products), root / "products.parquet")


def request(name: str, minute: int = 0, **given: Any) -> dict[str, Any]:
    ts = START_MS + minute * MINUTE_MS
    return {"id": name, "ts": ts, "store_id": "S1", "basket": [], "dwell": {}, **given}


def recommend(folder: Path, asked: Sequence[dict[str, Any]], *words: object, **settings: object) -> pa.Table:
    given = "\n".join(map(json.dumps, asked)).encode()
    command = ("recommend", "--bundle", "trial", "--requests", "-", "--out", "-", *words)
    code, out, err = run(*command, cwd=folder, given=given, **settings)
    assert (code, err) == (0, "")
    return pq.read_table(io.BytesIO(out))


def homes() -> dict[str, tuple[str, str]]:
    """N products; what goes together has nothing to do with where it lies."""
    return {sku(number): (f"D{number % 5}", f"C{number % 20}") for number in range(N)}


def sku(number: int) -> str:
    return f"P{number:03d}"


def together(count: int = 4000) -> Receipts:
    """Two to four products of one of 40 hidden themes, and some of what everybody buys."""
    rng = np.random.default_rng(1)
    theme, share = rng.permutation(N) % 40, 1 / np.arange(1, N + 1) ** 0.8
    found = []
    for _ in range(count):
        own = rng.choice(np.flatnonzero(theme == rng.integers(40)), rng.integers(2, 5), replace=False)
        found.append(Receipt([sku(n) for n in {*own, *rng.choice(N, rng.integers(0, 3), p=share / share.sum())}]))
    return found


def again(count: int = 4000) -> Receipts:
    """200 customers, each with eight products of their own, and some of what everybody buys."""
    rng = np.random.default_rng(1)
    share = 1 / np.arange(1, N + 1) ** 0.8
    share /= share.sum()
    own = [rng.choice(N, 8, replace=False) for _ in range(200)]
    found = []
    for _ in range(count):
        customer = int(rng.integers(200))
        picked = {*rng.choice(own[customer], rng.integers(1, 4), replace=False), *rng.choice(N, 2, p=share)}
        found.append(Receipt([sku(n) for n in picked], f"card {customer}"))
    return found


@pytest.mark.parametrize(("receipts", "least"), [(together, 0.7), (again, 0.5)])
def test_it_finds_what_goes_together_and_what_comes_again(
    tmp_path: Path, receipts: Callable[[], Receipts], least: float
) -> None:
    found = hits(tmp_path, receipts(), homes())
    assert found.ours > least
    assert found.ours > 1.5 * found.popular


@pytest.mark.data
@pytest.mark.skipif(not groceries.FOLDER.is_dir(), reason=f"no data in {groceries.FOLDER.name}")
def test_real_receipts_hold_little_beyond_popularity_and_it_is_found(tmp_path: Path) -> None:
    baskets = groceries.real()
    places = {item.name: (item.department, item.category) for basket in baskets for item in basket}
    found = hits(tmp_path, [Receipt([item.name for item in basket]) for basket in baskets], places)
    assert found.ours > 1.025 * found.popular


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decided")
    write(folder / "lake", together(600), homes())
    ends = [START_MS + days * 86_400_000 for days in (30, 30, 30, -1, 30)]
    offers = {
        "offer_id": ["all", "coupon", "spent", "over", "elsewhere"],
        "store_id": [None, None, None, None, "S2"],
        "kind": ["clearance", "coupon", "clearance", "clearance", "clearance"],
        "sku": ["P001", None, "P002", "P003", "P004"],
        "category": [None, "C0", None, None, None],
        "discount": [0.3, 0.2, 0.5, 0.5, 0.5],
        "starts": pa.array([0] * 5, pa.int64()).cast(pa.timestamp("ms", tz="UTC")),
        "ends": pa.array(ends, pa.int64()).cast(pa.timestamp("ms", tz="UTC")),
        "budget": pa.array([None, None, 0.0, None, None], pa.float64()),
    }
    pq.write_table(pa.table(offers), folder / "lake" / "offers.parquet")
    assert run("train", "--history", "lake", "--out", "trial", cwd=folder)[0] == 0
    return folder


def test_time_at_a_department_or_category_raises_its_products(trained: Path) -> None:
    keys = ("", "D3", "C7", "c7 ", "nowhere")
    asked = [request(key, dwell={key: 90.0} if key else {}) for key in keys]
    places = homes()
    found: dict[str, list[tuple[str, str]]] = {key: [] for key in keys}
    for row in recommend(trained, asked, "--k", 10).to_pylist():
        found[row["id"]].append(places[row["sku"]])
    assert sum(department == "D3" for department, _ in found["D3"]) > 5
    assert sum(category == "C7" for _, category in found["C7"]) > 5
    assert found["c7 "] == found["C7"]
    assert found["nowhere"] == found[""]


def test_decisions_are_rows_as_the_worker_logs_them(trained: Path) -> None:
    asked = [
        request(
            f"r{number}",
            basket=[sku(number % N)],
            dwell={f"C{number % 20}": 3.0 * number},
            store_id=f"S{1 + number % 2}",
            **({"candidates": [sku(n) for n in range(number % 12)]} if number % 5 == 0 else {}),
        )
        for number in range(200)
    ]
    more = {"slots": 3, "explore": 0.6, "holdout": 0.25}
    table = recommend(trained, asked, "--decide", "--seed", 3, **more)
    assert str(table.to_pylist()) == str(recommend(trained, asked, "--decide", "--seed", 3, **more).to_pylist())
    times = [table.schema.get_field_index(name) for name in ("ts", "expires")]
    for at in times:
        table = table.set_column(at, table.schema.names[at], table.column(at).cast(pa.int64()))
    rows, by_id = table.to_pylist(), {one["id"]: one for one in asked}
    for row in rows:
        assert_sound(row)
        of = by_id[row["visit_id"]]
        assert not offered(row) & set(of["basket"])
        assert offered(row) <= set(of.get("candidates", homes()))
        assert row["moment_id"] == row["visit_id"]
    assert_slates(rows, 3)
    assert {row["visit_id"] for row in rows} == set(by_id)
    named = {(row["store_id"], row["offer_id"]) for row in rows} - {("S1", None), ("S2", None)}
    assert named == {("S1", "all"), ("S2", "all"), ("S1", "coupon"), ("S2", "coupon"), ("S2", "elsewhere")}
    coupons = Counter(row["visit_id"] for row in rows if row["offer_id"] == "coupon")
    assert set(coupons.values()) == {1}
    held = {row["visit_id"] for row in rows if row["holdout"]}
    assert 25 <= len(held) <= 75
    assert held == {row["visit_id"] for row in rows if row["visit_id"] in held and not row["shown"]}


def test_candidates_and_propensities_are_no_function_of_the_id(trained: Path) -> None:
    asked = [request(f"twin {number}", basket=["P010"], dwell={"C3": 40.0}) for number in range(300)]
    rows = recommend(trained, asked, "--decide", explore=0.5).to_pylist()
    alike = ("candidates", "candidate_propensities", "candidate_features")
    assert len({str([row[name] for name in alike]) for row in rows}) == 1
    drawn = Counter(row["sku"] or "" for row in rows)
    shares = dict(zip(rows[0]["candidates"], rows[0]["candidate_propensities"], strict=True))
    best = max(shares, key=lambda one: shares[one])
    assert abs(drawn[best] / len(rows) - shares[best]) < 0.12
    assert len(drawn) > 20


def test_the_same_lake_gives_the_same_bytes(trained: Path) -> None:
    assert run("train", "--history", "lake", "--out", "twin", cwd=trained)[0] == 0
    first, second = ({one.name: one.read_bytes() for one in (trained / name).iterdir()} for name in ("trial", "twin"))
    assert first == second
