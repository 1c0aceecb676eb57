"""How long `train` takes on a million lines, `recommend` on 5,000 requests, and a decision at one moment.

python -m benchmarks recommender speed [--lines 1000000 10000000 …]; with several sizes only `train`: how it grows
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.recommender import ours
from benchmarks.recommender.log import Log
from models import bundle
from models.recommender.decide import decide
from models.recommender.situation import Past, Situation

PRODUCTS, STORES, THEMES = 25_000, 20, 200
LINES, LINES_A_RECEIPT, CUSTOMER_RECEIPTS = 1_000_000, 10, 2.5
REQUESTS, MOMENTS = 5000, 300
YEAR_MS, START_MS = 365 * 86_400_000, 1_760_000_000_000
CANDIDATES = (50, 100, 300)


def made_up(lines: int = LINES, seed: int = 0) -> Log:
    """25,000 products with a long tail, ten a receipt, half of them of one of 200 themes; half have a customer."""
    rng, receipts = np.random.default_rng(seed), lines // LINES_A_RECEIPT
    customers = int(receipts / (2 * CUSTOMER_RECEIPTS))
    popular = 1 / np.arange(1, PRODUCTS + 1) ** 0.9
    theme = rng.integers(0, THEMES, PRODUCTS)
    receipt = np.repeat(np.arange(receipts), rng.poisson(LINES_A_RECEIPT - 0.5, receipts) + 1)
    item = rng.choice(PRODUCTS, len(receipt), p=popular / popular.sum())
    own, about = rng.random(len(receipt)) < 0.5, rng.integers(0, THEMES, receipts)
    for one in range(THEMES):
        rows, members = np.flatnonzero(own & (about[receipt] == one)), np.flatnonzero(theme == one)
        item[rows] = rng.choice(members, len(rows), p=popular[members] / popular[members].sum())
    cells = np.unique(receipt * PRODUCTS + item)
    numbers = range(PRODUCTS)
    products = {
        "name": [f"name {n % 977} word {n % 401}" for n in numbers],
        "department": [f"D{n % 30}" for n in numbers],
        "category": [f"C{n % 300}" for n in numbers],
    }
    customer = np.where(rng.random(receipts) < 0.5, rng.integers(0, customers, receipts), -1)
    ts = START_MS + np.sort(rng.integers(0, YEAR_MS, receipts))
    skus = np.array([f"P{n:05d}" for n in numbers])
    return Log(skus, products, cells // PRODUCTS, cells % PRODUCTS, ts, customer, rng.integers(0, STORES, receipts))


def run(options: Sequence[str] = ()) -> None:
    """Prints seconds by the clock and of CPU; what else the machine does counts in the former only."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks recommender speed")
    parser.add_argument("--lines", type=int, nargs="+", default=[LINES])
    sizes = parser.parse_args(options).lines
    for lines in sizes:
        with TemporaryDirectory() as name:
            one(Path(name), made_up(lines), train_only=len(sizes) > 1)


def one(root: Path, log: Log, train_only: bool) -> None:
    """One size."""
    ours.write(root / "lake", log)
    _timed(f"train, {len(log.item):,} lines", "train", "--history", root / "lake", "--out", root / "bundle")
    if not train_only:
        requests(root / "requests.ndjson", log)
        asked = ("--requests", root / "requests.ndjson", "--k", 20, "--out", root / "recs.parquet")
        _timed(f"recommend, {REQUESTS:,} requests", "recommend", "--bundle", root / "bundle", *asked)
        moments(root / "bundle", log)


def requests(path: Path, log: Log) -> None:
    """Baskets of up to eleven products; half name a customer, a third have dwelled."""
    rng, lines = np.random.default_rng(1), []
    for number in range(REQUESTS):
        basket = log.sku[rng.choice(log.item, rng.integers(0, 12))].tolist()
        dwell = {f"C{number % 300}": 40, f"D{number % 30}": 80} if number % 3 == 0 else {}
        customer = f"c{rng.integers(0, log.customer.max())}" if number % 2 else None
        asked = {"id": str(number), "ts": int(log.ts_ms[-1]) + 1000, "store_id": f"S{number % STORES}"}
        lines.append(json.dumps({**asked, "customer_id": customer, "basket": basket, "dwell": dwell}))
    path.write_text("\n".join(lines) + "\n")


def moments(folder: Path, log: Log) -> None:
    """One decision after the other: retrieve, rules, rank, draw."""
    one, rng = bundle.load(folder), np.random.default_rng(2)
    for count in CANDIDATES:
        took = []
        for number in range(MOMENTS + 20):
            candidates = tuple(log.sku[rng.choice(PRODUCTS, count, replace=False)].tolist())
            basket = tuple(log.sku[rng.choice(log.item, 4)].tolist())
            asked = Situation(
                str(number),
                "v",
                "S1",
                int(log.ts_ms[-1]),
                customer_id=f"c{number}",
                basket=basket,
                dwell={"C7": 40.0},
                candidates=candidates,
            )
            begun = time.perf_counter()
            decide(asked, one, one.catalog, Past(), slots=1, explore=0.1, prompts_per_visit=5)
            took.append(time.perf_counter() - begun)
        p50, p99 = np.quantile(took[20:], [0.5, 0.99]) * 1000
        print(f"a moment, {count} candidates of {PRODUCTS:,}: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)


def _timed(what: str, *words: object) -> None:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "aislewise", *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what}: {took:.1f} s, {cpu:.1f} s of CPU, at most {after.ru_maxrss / 1024:.0f} MiB", flush=True)
