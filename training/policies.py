"""The policies that are judged: given probabilities of actions, or a bundle put before the logged situations again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models import folders, lake
from models.bundle import Bundle
from models.errors import FolderError, InputError
from models.folders import AnyPath
from models.recommender.decide import SILENCE, decide
from models.recommender.situation import CLOSING, Past, Situation
from models.records import NUMBER, TEXT, conform, optional, required
from models.settings import Settings
from training.exposures import Exposures, Prompt

Actions = Mapping[str, float]
"""sku → probability; "" is silence."""
ACTIONS = pa.schema([required("prompt_id", TEXT), optional("sku", TEXT), required("probability", NUMBER)])
OFF = 1e-3
"""Probabilities of one prompt may add up to this much more or less than 1."""


@dataclass(frozen=True)
class Habits:
    """The settings that a bundle decides with."""

    explore: float
    prompts_per_visit: int
    canary: float
    """Share of visits that stay with the bundle before."""

    @classmethod
    def of(cls, settings: Settings) -> Habits:
        return cls(settings.explore, settings.prompts_per_visit, settings.canary)


USUAL = Habits.of(Settings())
"""Where nothing is set."""


def given(path: AnyPath, exposures: Exposures) -> list[Actions]:
    """For each seen prompt, in their order. Raises InputError with file, row where there is one, and field."""
    table = _table(path)
    known, found = {one.prompt_id for one in exposures.prompts}, dict[str, dict[str, float]]()
    for number, row in enumerate(table.to_pylist()):
        if row["prompt_id"] not in known:
            raise InputError(f"no prompt {row['prompt_id']!r} in the lake", file=path, row=number, field="prompt_id")
        actions, sku = found.setdefault(row["prompt_id"], {}), row["sku"] or SILENCE
        if sku in actions:
            raise InputError(f"{sku!r} is there twice for this prompt", file=path, row=number, field="sku")
        if not 0 <= row["probability"] <= 1 + OFF:
            raise InputError("is not between 0 and 1", file=path, row=number, field="probability")
        actions[sku] = row["probability"]
    for prompt, actions in found.items():
        if abs(sum(actions.values()) - 1) > OFF:
            total = f"those of {prompt!r} add up to {sum(actions.values()):.6g}, not to 1"
            raise InputError(total, file=path, field="probability")
    missing = next((one.prompt_id for one in exposures.seen if one.prompt_id not in found), None)
    if missing is not None:
        raise InputError(f"no probabilities for the prompt {missing!r}, which was seen", file=path, field="prompt_id")
    return [_normal(found[one.prompt_id]) for one in exposures.seen]


def of_bundle(bundle: Bundle, root: AnyPath, exposures: Exposures, habits: Habits, each: Any = iter) -> list[Actions]:
    """What it would have done at each seen prompt: the logged candidates, the visit so far, and its own catalogue.

    `each` wraps the prompts, to show how far it is.
    """
    return of_bundles([bundle] * len(exposures.seen), root, exposures, habits, each)


def of_bundles(
    bundles: Sequence[Bundle], root: AnyPath, exposures: Exposures, habits: Habits, each: Any = iter
) -> list[Actions]:
    """The same with a bundle for each seen prompt."""
    prompts, pasts = exposures.seen, _pasts(root, exposures)
    moments = _moments(root, prompts)
    return [
        _decided(one, moments.get(one.moment_id, {}), pasts[one.prompt_id], bundle, habits)
        for one, bundle in zip(each(prompts), bundles, strict=True)
    ]


def _decided(prompt: Prompt, moment: Mapping[str, Any], past: Past, bundle: Bundle, habits: Habits) -> Actions:
    zone, zones = moment.get("zone_id") or "", bundle.knowledge.zones.names
    # without a plan a display goes by its category
    shows = zones.get(zone, []) if zones else [("category", zone)]
    situation = Situation(
        prompt.moment_id,
        prompt.visit,
        prompt.store,
        prompt.ts_ms,
        kind=moment.get("kind"),
        zone_id=zone or None,
        customer_id=moment.get("customer_id"),
        dwell=dict(zip(moment.get("zones", ()), moment.get("zone_live_s", ()), strict=False)),
        features=np.array(prompt.features, np.float32),
        candidates=tuple(sku for sku in prompt.candidates if sku != SILENCE),
        categories=tuple(name for kind, name in shows if name and kind == "category"),
    )
    [slot] = decide(
        situation,
        bundle,
        bundle.catalog,
        past,
        slots=1,
        explore=habits.explore,
        prompts_per_visit=habits.prompts_per_visit,
    )
    return dict(zip(slot.candidates, slot.propensities, strict=True))


def _moments(root: AnyPath, prompts: Iterable[Prompt]) -> dict[str, dict[str, Any]]:
    """The moments of these prompts, by their ids."""
    wanted = pa.array(sorted({one.moment_id for one in prompts}), pa.string())
    names = ["moment_id", "customer_id", "zone_id", "kind", "zones", "zone_live_s"]
    parts = lake.batches(root, "moments", names)
    kept = (part.filter(pc.is_in(part.column("moment_id"), value_set=wanted)) for part in parts)
    return {row["moment_id"]: row for part in kept for row in part.to_pylist()}


def _pasts(root: AnyPath, exposures: Exposures) -> dict[str, Past]:
    """For each seen prompt what its visit had been told, and had answered, before it."""
    told = {one.prompt_id: (one.store, one.visit) for one in exposures.prompts}
    events: dict[tuple[str, str], list[tuple[int, int, Any]]] = {}
    for one in exposures.prompts:
        events.setdefault((one.store, one.visit), []).append((one.ts_ms, 1, one))
    columns = ["outcome_id", "prompt_id", "ts", "kind", "undoes"]
    for part in lake.batches(root, "outcomes", columns):
        part = part.set_column(2, "ts", part.column("ts").cast(pa.int64()))
        for row in part.filter(pc.is_in(part.column("kind"), pa.array([*CLOSING, "undone"]))).to_pylist():
            if row["prompt_id"] in told:
                events[told[row["prompt_id"]]].append((row["ts"], 0, row))
    found: dict[str, Past] = {}
    for listed in events.values():
        past = Past()
        for _, kind, one in sorted(listed, key=lambda event: event[:2]):
            if not kind:
                past = past.answered(one)
                continue
            found[one.prompt_id] = past
            row = {"prompt_id": one.prompt_id, "sku": one.sku or None, "offer_id": one.offer_id, "expires": one.expires}
            past = past.prompted(row)
    return found


def _table(path: AnyPath) -> pa.Table:
    try:
        with pq.ParquetFile(folders.source(path)) as file:
            return conform(file.read(), ACTIONS)
    except FolderError:
        raise
    except InputError as error:
        raise InputError(error.reason, file=path, row=error.row, field=error.field) from None
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"cannot be read as actions: {error}", file=path) from None


def _normal(actions: dict[str, float]) -> Actions:
    total = sum(actions.values())
    return {sku: probability / total for sku, probability in actions.items()}
