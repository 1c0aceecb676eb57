"""Aislewise on a problem: its history as a lake, `train`, and `recommend`, by the code of these commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aislewise.requests import recommended
from benchmarks.recommender.log import Ints, Log, Question
from models import bundle
from models.bundle import Bundle
from models.recommender.situation import Situation
from training import publish

QUARTER_MS = 900_000


def trained(log: Log, dwell: Sequence[Mapping[str, float]] = ()) -> Bundle:
    """The bundle of a history; `dwell` are seconds by display of each receipt's visit."""
    with TemporaryDirectory() as name:
        root = Path(name)
        write(root / "lake", log)
        if dwell:
            write_visits(root / "lake", log, dwell)
        made = publish.train(root / "lake", publish.state(root / "lake"))
        bundle.save(root / "bundle", made.manifest, made.knowledge)
        return bundle.load(root / "bundle")


def write(root: Path, log: Log) -> None:
    """The tables `purchases` and `products`."""
    root.mkdir(parents=True)
    customer = np.array([f"c{number}" for number in range(int(log.customer.max(initial=-1)) + 1)] + [""], object)
    columns = {
        "store_id": pa.array([f"S{number}" for number in log.store.tolist()]).take(pa.array(log.receipt)),
        "receipt_id": pa.array([f"R{number}" for number in log.receipt.tolist()]),
        "visit_id": pa.array([f"V{number}" for number in log.receipt.tolist()]),
        "ts": pa.array(log.ts_ms[log.receipt]).cast(pa.timestamp("ms", tz="UTC")),
        "customer_id": pa.array([name or None for name in customer[log.customer[log.receipt]]], pa.string()),
        "sku": pa.array(log.sku[log.item].tolist()),
        "quantity": pa.array(np.ones(len(log.item), np.int32)),
        "amount": pa.array(np.ones(len(log.item))),
    }
    pq.write_table(pa.table(columns), root / "purchases.parquet")
    pq.write_table(pa.table({"sku": log.sku.tolist(), **log.products}), root / "products.parquet")


def write_visits(root: Path, log: Log, dwell: Sequence[Mapping[str, float]]) -> None:
    """The tables `visits` and `dwells`: a visit of a quarter of an hour for each receipt, which ends with it."""
    places = [(number, zone, seconds) for number, own in enumerate(dwell) for zone, seconds in own.items()]
    of, zone, seconds = (list(column) for column in zip(*places, strict=True))
    for name, receipts in (("visits", np.arange(len(log.ts_ms))), ("dwells", np.array(of))):
        end, store = log.ts_ms[receipts], log.store[receipts].tolist()
        columns = {
            "store_id": [f"S{number}" for number in store],
            "visit_id": [f"V{number}" for number in receipts.tolist()],
            "device_id": [f"{number:016x}" for number in receipts.tolist()],
            "first_ts": pa.array(end - QUARTER_MS).cast(pa.timestamp("ms", tz="UTC")),
            "last_ts": pa.array(end).cast(pa.timestamp("ms", tz="UTC")),
            "pings": pa.array(np.full(len(end), QUARTER_MS // 2000, np.int32)),
        }
        if name == "dwells":
            columns |= {"kind": ["display"] * len(zone), "zone_id": zone}
            columns |= dict.fromkeys(("live_s", "dwell_s", "lower_s", "upper_s"), pa.array(seconds, pa.float64()))
        pq.write_table(pa.table(columns), root / f"{name}.parquet")


def lists(one: Bundle, log: Log, asked: Sequence[Question], k: int) -> Ints:
    """Shape (Q, k): the recommended products, −1 for none."""
    situations = [_situation(str(number), question, log) for number, question in enumerate(asked)]
    table = recommended(situations, one, k)
    found = np.full((len(asked), k), -1, np.int64)
    index = {sku: number for number, sku in enumerate(log.sku.tolist())}
    rows = table.column("id").to_pylist(), table.column("rank").to_pylist(), table.column("sku").to_pylist()
    for name, rank, sku in zip(*rows, strict=True):
        found[int(name), rank - 1] = index[sku]
    return found


def _situation(name: str, question: Question, log: Log) -> Situation:
    skus = log.sku
    return Situation(
        name,
        name,
        f"S{question.store}",
        question.ts_ms,
        customer_id=f"c{question.customer}" if question.customer >= 0 else None,
        basket=tuple(skus[list(question.basket)].tolist()),
        dwell=dict(question.dwell),
        candidates=None if question.candidates is None else tuple(skus[list(question.candidates)].tolist()),
    )
