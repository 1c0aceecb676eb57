"""Aislewise on a problem: its history as a lake, `train`, and `recommend`, by the code of these commands."""

from __future__ import annotations

from collections.abc import Sequence
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


def trained(log: Log) -> Bundle:
    """The bundle of a history."""
    with TemporaryDirectory() as name:
        root = Path(name)
        write(root / "lake", log)
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
        "ts": pa.array(log.ts_ms[log.receipt]).cast(pa.timestamp("ms", tz="UTC")),
        "customer_id": pa.array([name or None for name in customer[log.customer[log.receipt]]], pa.string()),
        "sku": pa.array(log.sku[log.item].tolist()),
        "quantity": pa.array(np.ones(len(log.item), np.int32)),
        "amount": pa.array(np.ones(len(log.item))),
    }
    pq.write_table(pa.table(columns), root / "purchases.parquet")
    pq.write_table(pa.table({"sku": log.sku.tolist(), **log.products}), root / "products.parquet")


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
        candidates=None if question.candidates is None else tuple(skus[list(question.candidates)].tolist()),
    )
