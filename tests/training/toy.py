"""A toy world with a known answer: products and receipts are even or odd, and nobody buys across."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models import bundle, lake
from models.bundle import Bundle
from models.features import CANDIDATE, MOMENT
from models.recommender.knowledge import PRIOR_RATE, logit
from models.records import rows_to_table
from training import publish

PRODUCTS, DAY_MS = 20, 86_400_000
START_MS = 1_790_000_000_000
_AVERAGE = {
    "retrieval_log@1": -1.0,
    "store_popularity@1": 0.5,
    "accept_logit@1": float(logit(PRIOR_RATE)),
    "category_accept_logit@1": float(logit(PRIOR_RATE)),
}
Rows = Iterable[Mapping[str, Any]]


AVERAGE = np.array([_AVERAGE.get(name, 0.0) for name in CANDIDATE], np.float32)
"""What is logged of a candidate that is neither better nor worse than others."""


def sku(number: int) -> str:
    return f"P{number:02d}"


def products() -> list[dict[str, Any]]:
    """P00 … P19: departments even and odd, five products in each of four categories, all of one price."""
    parity = ("even", "odd")
    return [
        {
            "sku": sku(i),
            "name": f"Product {i}",
            "department": parity[i % 2],
            "category": f"shelf {i % 4}",
            "price": 10.0,
            "cost": 6.0,
        }
        for i in range(PRODUCTS)
    ]


def purchases(receipts: int = 200, seed: int = 0) -> list[dict[str, Any]]:
    """Receipts of four products each, all of the receipt's parity; customer c0 … c19 keep to theirs."""
    rng, rows = np.random.default_rng(seed), []
    for receipt in range(receipts):
        for pick in rng.choice(PRODUCTS // 2, 4, replace=False):
            rows.append(
                {
                    "store_id": f"S{receipt // 2 % 2}",
                    "receipt_id": f"R{receipt}",
                    "ts": START_MS + receipt * 60_000,
                    "customer_id": f"c{receipt % 20}" if receipt % 3 == 0 else None,
                    "sku": sku(2 * int(pick) + receipt % 2),
                    "quantity": 1,
                    "amount": 10.0,
                }
            )
    return rows


def write(folder: Path, **tables: Rows) -> Path:
    """`<table>.parquet` for each of the tables; the folder is the lake."""
    for name, rows in tables.items():
        lake.write(folder / f"{name}.parquet", rows_to_table(name, rows))
    return folder


def world(folder: Path, **tables: Rows) -> Path:
    """The toy's products and purchases, and other tables."""
    return write(folder, **{"products": products(), "purchases": purchases(), **tables})


def trained(root: Path, folder: Path) -> Bundle:
    """A bundle of a lake, written and loaded."""
    made = publish.train(root, publish.state(root))
    bundle.save(folder, made.manifest, made.knowledge)
    return bundle.load(folder)


def prompt(number: int, product: str, ts_ms: int = START_MS, **given: Any) -> dict[str, Any]:
    """A row of `prompts`: an average candidate beside silence."""
    vector = AVERAGE.tolist()
    return {
        "prompt_id": f"m{number}-0",
        "moment_id": f"m{number}",
        "visit_id": f"v{number}",
        "store_id": "S0",
        "ts": ts_ms,
        "expires": ts_ms + 120_000,
        "sku": product,
        "slot": 0,
        "propensity": 0.5,
        "policy": "offers",
        "holdout": False,
        "shown": True,
        "candidates": [product, ""],
        "candidate_propensities": [0.5, 0.5],
        "features": [0.0] * len(MOMENT),
        "candidate_features": vector + [0.0] * len(CANDIDATE),
        **given,
    }


def outcome(number: int, kind: str, ts_ms: int = START_MS, **given: Any) -> dict[str, Any]:
    """A row of `outcomes` for the prompt of the same number."""
    row = {"outcome_id": f"{kind}-{number}", "store_id": "S0", "prompt_id": f"m{number}-0", "ts": ts_ms, "kind": kind}
    return {**row, **given}
