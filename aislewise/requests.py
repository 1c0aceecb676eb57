"""Requests in, recommendations or decisions out: the files of `aislewise recommend`."""

from __future__ import annotations

import codecs
import math
import re
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aislewise import progress
from models import ids, lake
from models.arms import Arms
from models.bundle import Bundle
from models.catalog import Catalog
from models.errors import InputError
from models.recommender.decide import decide
from models.recommender.retrieve import BLOCK, scores
from models.recommender.situation import Past, Situation
from models.records import rows_to_table
from models.settings import Settings
from models.times import milliseconds

RECOMMENDATIONS = pa.schema([("id", pa.string()), ("rank", pa.int32()), ("sku", pa.string()), ("score", pa.float64())])


class Request(msgspec.Struct):
    """A line of the file; seconds of dwell are by department, category or display."""

    id: str
    ts: int | str
    store_id: str
    customer_id: str | None = None
    basket: list[str] = []
    dwell: dict[str, float] = {}
    candidates: list[str] | None = None


def read(name: str, bundle: Bundle, secret: str) -> list[Situation]:
    """Every line that is not blank as a situation. Raises InputError that names file, row and field."""
    data = _bytes(name)
    lines = enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n"))
    return [_situation(_request(line, row, name), row, name, bundle, secret) for row, line in lines if line.strip()]


def recommended(situations: Sequence[Situation], bundle: Bundle, k: int) -> pa.Table:
    """The k products with the highest scores for each, best first; what lies in the basket does not come back."""
    known = bundle.knowledge
    parts = []
    for begin in progress.over(range(0, len(situations), BLOCK), "recommending"):
        block = situations[begin : begin + BLOCK]
        found = scores(known, block)
        for row, situation in zip(found, block, strict=True):
            _mask(row, situation, known.goods.index)
        parts.append(_best(found, block, bundle, k))
    return pa.concat_tables(parts) if parts else RECOMMENDATIONS.empty_table()


def decided(situations: Sequence[Situation], arms: Arms, settings: Settings, seed: int) -> pa.Table:
    """Rows of the table `prompts`, one a request and slot, by the rules that its bundle knows; ids are the phones."""
    secret, rows = settings.require_secret(), []
    for situation in progress.over(situations, "deciding"):
        held_out = ids.held_out(secret, settings.holdout, situation.id)
        bundle = arms.of(settings.canary, secret, situation.store_id, situation.id)
        slate = decide(
            situation,
            bundle,
            bundle.catalog if bundle else Catalog(),
            Past(),
            slots=settings.slots,
            explore=settings.explore,
            prompts_per_visit=settings.prompts_per_visit,
            seed=seed,
        )
        rows += [decision.row(held_out, stale=False) for decision in slate]
    return rows_to_table("prompts", rows)


def write(table: pa.Table, name: str) -> None:
    """A Parquet file, or its bytes on standard output."""
    if name != "-":
        lake.write(Path(name), table)
        return
    sink = BytesIO()
    pq.write_table(table, sink)
    sys.stdout.buffer.write(sink.getvalue())
    sys.stdout.buffer.flush()


def _bytes(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name) from None


def _request(line: bytes, row: int, name: str) -> Request:
    try:
        return msgspec.json.decode(line, type=Request)
    except msgspec.ValidationError as error:
        found = re.search(r"`\$\.?(?:\[\.\.\.\]|)(\w+)|field `(\w+)`", str(error))
        field = next((group for group in found.groups() if group), None) if found else None
        raise InputError(str(error), file=name, row=row, field=field) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", file=name, row=row) from None


def _situation(request: Request, row: int, name: str, bundle: Bundle, secret: str) -> Situation:
    if bad := [key for key, seconds in request.dwell.items() if not (math.isfinite(seconds) and seconds >= 0)]:
        raise InputError(f"{bad[0]!r} has no seconds from 0 on", file=name, row=row, field="dwell")
    return Situation(
        request.id,
        request.id,
        request.store_id,
        _ms(request.ts, row, name),
        customer_id=_customer(request.customer_id, bundle, secret),
        basket=tuple(request.basket),
        dwell=request.dwell,
        candidates=None if request.candidates is None else tuple(request.candidates),
    )


def _ms(ts: int | str, row: int, name: str) -> int:
    try:
        return milliseconds(ts)
    except ValueError as error:
        raise InputError(f"{ts!r}: {error}", file=name, row=row, field="ts") from None


def _customer(given: str | None, bundle: Bundle, secret: str) -> str | None:
    """As given, or the pseudonym under which the gateway stores it."""
    if given is None or given in bundle.knowledge.profiles.index:
        return given
    return ids.customer(given, secret) if secret else given


def _mask(row: NDArray[np.float32], situation: Situation, index: Mapping[str, int]) -> None:
    """Sets to −∞ what may not come back."""
    if situation.candidates is not None:
        allowed = [index[sku] for sku in situation.candidates if sku in index]
        kept = row[allowed].copy()
        row[:] = -np.inf
        row[allowed] = kept
    row[[index[sku] for sku in situation.basket if sku in index]] = -np.inf


def _best(found: NDArray[np.float32], block: Sequence[Situation], bundle: Bundle, k: int) -> pa.Table:
    k = min(k, found.shape[1])
    top = np.sort(np.argpartition(-found, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(found, top, 1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, 1)
    score = np.take_along_axis(found, top, 1)
    row, place = np.nonzero(np.isfinite(score))
    names = pa.array([one.id for one in block])
    skus = pa.array(bundle.knowledge.goods.sku.tolist(), pa.string())
    columns = [names.take(row), pa.array(place + 1), skus.take(top[row, place]), pa.array(score[row, place])]
    return pa.table(columns, names=RECOMMENDATIONS.names).cast(RECOMMENDATIONS)
