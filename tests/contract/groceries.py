"""A grocery store: receipts through the till's door, a catalogue of what they name, a plan of its departments."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.contract.plan import plan, zone
from tests.contract.world import World
from tests.serving.client import bearer

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "groceries"
SENDERS = 16
PITCH_M = 12.0


class Item(NamedTuple):
    """A product: its department and category are names of the plan's zones too."""

    name: str
    category: str
    department: str


Basket = Sequence[Item]


def real() -> list[Basket]:
    """The 9,835 receipts of one store: items in categories in departments."""
    baskets: dict[str, list[Item]] = {}
    with (FOLDER / "groceries_long.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            item = Item(row["item"], row["level2"], row["level1"])
            baskets.setdefault(row["transaction_id"], []).append(item)
    return list(baskets.values())


def generated(count: int = 600, seed: int = 1) -> list[Basket]:
    """Baskets of one department each, two to five of its eight items."""
    rng = np.random.default_rng(seed)
    departments = {
        name: [Item(f"{name} {number}", f"{name} shelf {number % 2}", name) for number in range(8)]
        for name in ("fruit", "bread", "drinks")
    }
    names = list(departments)
    picks = [(names[rng.integers(3)], rng.choice(8, rng.integers(2, 6), replace=False)) for _ in range(count)]
    return [[departments[name][number] for number in numbers] for name, numbers in picks]


def drawn(store: str, baskets: Iterable[Basket]) -> dict[str, Any]:
    """Departments in a row, in each its largest category's display."""
    return plan(store, *_features(baskets))


def catalogue(path: Path, baskets: Iterable[Basket]) -> Path:
    """A CSV for `aislewise catalog import`."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sku", "name", "department", "category", "price", "cost"])
        for item in sorted({item for basket in baskets for item in basket}):
            writer.writerow([item.name, item.name, item.department, item.category, 2.0, 1.2])
    return path


def pay(world: World, store: str, baskets: Sequence[Basket], start_ms: int) -> None:
    """Every basket as a receipt, a few tills at a time; each has to be accepted."""
    address = world.stack.gateway_url.removeprefix("http://")
    headers = bearer(store, "sender") | {"Content-Type": "application/json"}

    def till(first: int) -> set[int]:
        """The answers to every SENDERS-th receipt from `first` on, over one plain connection."""
        with closing(HTTPConnection(address, timeout=20)) as connection:
            return {post(connection, number) for number in range(first, len(baskets), SENDERS)}

    def post(connection: HTTPConnection, number: int) -> int:
        lines = [{"sku": item.name, "quantity": 1, "amount": 2.0} for item in baskets[number]]
        receipt = {"store_id": store, "receipt_id": f"R{number}", "ts": start_ms + 1000 * number, "lines": lines}
        connection.request("POST", "/v1/purchases", json.dumps(receipt), headers)
        with connection.getresponse() as answer:
            answer.read()
            return answer.status

    with ThreadPoolExecutor(SENDERS) as tills:
        assert set().union(*tills.map(till, range(SENDERS))) == {202}


def lingering(device: str, at: tuple[float, float], start_ms: int, seconds: int = 40) -> list[dict[str, Any]]:
    """A phone that stays in one place, a ping every two seconds."""
    x, y = at
    times = range(start_ms, start_ms + 1000 * seconds + 1, 2000)
    return [{"device_id": device, "ts": ts, "x_m": x, "y_m": y, "sigma_m": 0.5} for ts in times]


def display(number: int) -> tuple[float, float]:
    """The middle of the display in the department of this number."""
    return PITCH_M * number + 6, 5.0


def _features(baskets: Iterable[Basket]) -> Iterator[dict[str, Any]]:
    categories: dict[str, list[str]] = {}
    for item in sorted({item for basket in baskets for item in basket}):
        categories.setdefault(item.department, []).append(item.category)
    for number, (department, found) in enumerate(sorted(categories.items())):
        left, largest = PITCH_M * number, max(sorted(set(found)), key=found.count)
        yield zone(department, "department", (left, 0, left + PITCH_M, 10), name=department)
        area = (left + 3, 3, left + 9, 7)
        yield zone(f"at {largest}", "display", area, department=department, name=largest, categories=[largest])
