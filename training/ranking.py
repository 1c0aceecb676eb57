"""What came of prompts that were seen: acceptance by product, and the ranker, from the vectors that were logged.

A prompt is *seen* where its outcome `shown` came; one that was not is neither label nor control. Accepted or sold is
positive, anything else negative, and an outcome that was undone has not been.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models import lake
from models.features import CANDIDATE, MOMENT, padded
from models.folders import AnyPath
from models.recommender.knowledge import PRIOR_RATE, Acceptance, Goods, Ranker, logit
from models.recommender.rank import BELIEFS, expit
from training.history import DAY_MS
from training.labels import POSITIVE, kinds

HALF_LIFE_DAYS = 30.0
FEATURES = (*MOMENT, *CANDIDATE)
BELIEF_WEIGHT = 30.0
"""How many seen prompts it takes to outweigh what was believed before."""
FARTHEST = 20.0
"""No logged value counts as more scales away than this: logs from elsewhere may hold anything."""
_BELIEVED: Mapping[str, tuple[float, ...]] = {
    "accept_logit@1": (-4.0, -2.0, -1.0, 0.5),
    "retrieval_log@1": (-4.0, -2.0, -1.0, 0.0),
    "discount@1": (0.0, 0.3),
}
_CENTRE = {"accept_logit@1": float(logit(PRIOR_RATE)), "retrieval_log@1": -1.0, "discount@1": 0.0}
"""What an absent value of these counts as."""


@dataclass(frozen=True)
class Seen:
    """P seen prompts: product, logged vectors (P, len(FEATURES)) with NaN where absent, labels, and their times."""

    sku: NDArray[Any]
    vectors: NDArray[np.float32]
    accepted: NDArray[np.bool_]
    ts_ms: NDArray[np.int64]


def seen(root: AnyPath) -> Seen:
    """From the tables `prompts` and `outcomes`, in the lake's order; a prompt that is there twice counts once."""
    outcomes = kinds(lake.read(root, "outcomes"))
    rows: dict[str, tuple[str, int, NDArray[np.float32]]] = {}
    for table in lake.batches(root, "prompts"):
        for row in _chosen(table, outcomes):
            rows.setdefault(row["prompt_id"], (row["sku"], row["ts"], vector(row)))
    return Seen(
        np.array([sku for sku, _, _ in rows.values()], object),
        np.array([found for _, _, found in rows.values()], np.float32).reshape(-1, len(FEATURES)),
        np.array([bool(outcomes[prompt] & POSITIVE) for prompt in rows], bool),
        np.array([ts for _, ts, _ in rows.values()], np.int64),
    )


def vector(row: Mapping[str, Any]) -> NDArray[np.float32]:
    """Shape (len(FEATURES),): the moment's and the prompted candidate's logged features; NaN where none was logged."""
    flat, candidates = row["candidate_features"], row["candidates"]
    width = len(flat) // len(candidates) if flat and candidates else 0
    at = candidates.index(row["sku"]) * width if width and row["sku"] in candidates else 0
    ours = padded((flat or [])[at : at + width], len(CANDIDATE))
    return np.concatenate([padded(row["features"] or [], len(MOMENT)), ours])


def acceptance(seen: Seen, goods: Goods, newest_ms: int) -> Acceptance:
    """Seen and accepted prompts by product, decayed, as of the newest time in the data."""
    weight = 0.5 ** ((newest_ms - seen.ts_ms) / (HALF_LIFE_DAYS * DAY_MS))
    item = np.array([goods.index.get(sku, -1) for sku in seen.sku], np.int64)
    known, n = item >= 0, len(goods.sku)
    shown, accepted = (
        np.bincount(item[rows], weights=weight[rows], minlength=n) for rows in (known, known & seen.accepted)
    )
    return Acceptance(shown.astype(float), accepted.astype(float))


def fit(seen: Seen) -> Ranker | None:
    """Logistic regression on the logged vectors, drawn towards BELIEFS; None while no prompt has been seen."""
    if not len(seen.sku):
        return None
    vectors = np.where(np.isfinite(seen.vectors), seen.vectors, np.nan).astype(float)
    mean, scale = _standard(vectors)
    inputs = np.clip(np.nan_to_num((vectors - mean) / scale, nan=0.0), -FARTHEST, FARTHEST)
    believed, likely = _beliefs()
    half = BELIEF_WEIGHT / len(believed)
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(
        np.vstack([inputs, believed, believed]),
        np.concatenate([seen.accepted, np.ones(len(believed)), np.zeros(len(believed))]),
        np.concatenate([np.ones(len(inputs)), half * likely, half * (1 - likely)]),
    )
    return Ranker(np.array(FEATURES, np.str_), mean, scale, model.coef_[0], float(model.intercept_[0]))


def _standard(vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and scale by feature. Those of BELIEFS keep their units: on the first day they did not vary."""
    known = ~np.isnan(vectors)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, vectors, 0).sum(axis=0) / count
    scale = np.sqrt(np.where(known, (vectors - mean) ** 2, 0).sum(axis=0) / count)
    scale[scale < 1e-6] = 1.0
    for name in BELIEFS:
        mean[FEATURES.index(name)], scale[FEATURES.index(name)] = _CENTRE[name], 1.0
    return mean, scale


def _beliefs() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A grid of made-up candidates that are average but for the believed features, and P(accepted) of each."""
    grid = np.stack(np.meshgrid(*_BELIEVED.values(), indexing="ij"), axis=-1).reshape(-1, len(_BELIEVED))
    rows = np.zeros((len(grid), len(FEATURES)))
    for column, name in enumerate(_BELIEVED):
        rows[:, FEATURES.index(name)] = grid[:, column] - _CENTRE[name]
    return rows, expit(sum((BELIEFS[name] * grid[:, i] for i, name in enumerate(_BELIEVED)), np.zeros(len(grid))))


def _chosen(table: pa.Table, outcomes: Mapping[str, set[str]]) -> Iterator[dict[str, Any]]:
    """The rows whose prompt was seen, with `ts` in ms."""
    names = ["prompt_id", "sku", "ts", "candidates", "features", "candidate_features"]
    kept = [
        row for row, prompt in enumerate(table.column("prompt_id").to_pylist()) if "shown" in outcomes.get(prompt, ())
    ]
    chosen = table.select(names).take(pa.array(kept, pa.int64()))
    chosen = chosen.set_column(2, "ts", chosen.column("ts").cast(pa.int64()))
    return (row for row in chosen.to_pylist() if row["sku"] is not None)
