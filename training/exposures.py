"""What a policy is judged by: the seen prompts of a lake, what was bought after them, and the held-out visits.

Only what was seen counts, so a log's propensities are taken given that it spoke: a silent draw was nobody's prompt.
Purchases count from a prompt's `ts` on, in its visit, as its receipts say or were attributed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models import lake
from models.errors import InputError
from models.folders import AnyPath
from models.outcomes import kinds
from models.recommender.decide import SILENCE
from models.recommender.knowledge import Goods, Indices, Numbers, Zones
from models.visits import holding
from training import attribution, history, labels, tills, visitors
from training.attribution import Attribution
from training.history import Receipts
from training.labels import Sales
from training.offpolicy import codes
from training.visitors import Visits

COLUMNS = ("prompt_id", "visit_id", "store_id", "ts", "sku", "propensity", "holdout")
LISTS = ("candidates", "candidate_propensities")
OTHERS = ("moment_id", "expires", "offer_id", "features")


@dataclass(frozen=True)
class Prompt:
    """A decided prompt with what the log says of its draw; times in ms. `sku` is "" where it was silent."""

    prompt_id: str
    moment_id: str
    store: str
    visit: str
    ts_ms: int
    sku: str
    offer_id: str | None
    expires: int
    propensity: float
    held_out: bool
    seen: bool
    candidates: tuple[str, ...]
    given: tuple[float, ...] | None
    """The candidates' propensities; None in logs from elsewhere."""
    features: tuple[float, ...] = ()

    @property
    def silence(self) -> float:
        """The probability with which the log would have said nothing."""
        if self.given is None or SILENCE not in self.candidates:
            return 0.0
        return min(self.given[self.candidates.index(SILENCE)], 1 - self.propensity)


@dataclass(frozen=True)
class Exposures:
    """The lake's prompts in its order, each once; its sales by visit, and its visits."""

    prompts: list[Prompt]
    sales: Sales
    purchases: Sales
    """The same with every margin 1: it counts lines."""
    phones: Mapping[tuple[str, str], str]
    """Store and visit → phone; visits that the lake does not list are not in it."""

    @property
    def seen(self) -> list[Prompt]:
        """Those that somebody saw: the decisions that can be judged."""
        return [one for one in self.prompts if one.seen]

    def newest(self, count: int) -> Exposures:
        """With the newest seen prompts only; what was held out stays."""
        times = sorted((one.ts_ms for one in self.seen), reverse=True)[:count]
        kept = [one for one in self.prompts if not one.seen or one.ts_ms >= times[-1]]
        return replace(self, prompts=kept)


def read(root: AnyPath, plans: AnyPath | None = None, zones: Zones | None = None) -> Exposures:
    """Raises InputError with file, row and field."""
    if not lake.exists(root, "prompts"):
        raise InputError("no prompts", file=root, hint="a policy is judged by logged prompts")
    prompts = _prompts(root)
    joined = _joined(root, plans, zones, {one.sku for one in prompts})
    lines = labels.sales(_counted(joined.receipts), joined.visits, joined.attribution, _free(joined.goods))
    return Exposures(prompts, joined.sales, lines, _phones(joined.visits))


def sold(root: AnyPath, zones: Zones, plans: AnyPath | None = None) -> tuple[Sales, Mapping[tuple[str, str], str]]:
    """What the lake's visits bought, and their phones, without any prompt being read. Raises InputError."""
    joined = _joined(root, plans, zones, set())
    return joined.sales, _phones(joined.visits)


@dataclass(frozen=True)
class _Joined:
    """Receipts with whose visits they are."""

    goods: Goods
    receipts: Receipts
    visits: Visits
    attribution: Attribution

    @property
    def sales(self) -> Sales:
        return labels.sales(self.receipts, self.visits, self.attribution, self.goods)


def _joined(root: AnyPath, plans: AnyPath | None, zones: Zones | None, named: set[str]) -> _Joined:
    goods = _goods(root, named)
    receipts = history.receipts(root, goods.sku.tolist())
    nowhere = Zones(*(np.array([], np.str_) for _ in range(3)))
    visits = visitors.visits(*holding(root), goods, zones or nowhere)
    found = attribution.attribute(receipts, visits, goods, tills.stays(root, plans) if len(visits) else None)
    # later receipts of a customer are no part of the visit
    return _Joined(goods, receipts, replace(visits, customer=np.full(len(visits), None, object)), found)


def bought(exposures: Exposures, prompts: list[Prompt]) -> tuple[Numbers, Numbers]:
    """Of each prompt's product: the probability that it was bought from then on in the visit, and its margin."""
    index = exposures.sales.goods.index
    item = np.array([index.get(one.sku, -1) for one in prompts], np.int64)
    found = exposures.sales.bought(*_where(prompts), item, times(prompts))
    return found[:, 0], found[:, 1]


def margins(sales: Sales, prompts: list[Prompt]) -> Numbers:
    """Of everything that a prompt's visit bought from then on, shape (N,)."""
    return sales.margin(*_where(prompts), times(prompts))


def times(prompts: list[Prompt]) -> Indices:
    return np.array([one.ts_ms for one in prompts], np.int64)


def clusters(exposures: Exposures, prompts: list[Prompt], *, phones: bool = False) -> Indices:
    """Codes of the prompts' visits, shape (N,); or of their phones, which are held out as one."""
    keys = [(one.store, one.visit) for one in prompts]
    if phones:
        keys = [(store, exposures.phones.get((store, visit), f"visit {visit}")) for store, visit in keys]
    return codes(keys)


def _where(prompts: list[Prompt]) -> tuple[list[str], list[str]]:
    return [one.store for one in prompts], [one.visit for one in prompts]


def _prompts(root: AnyPath) -> list[Prompt]:
    answered = kinds(lake.read(root, "outcomes"))
    found: dict[str, Prompt] = {}
    for path in lake.files(root, "prompts"):
        table = lake.read_file(path, "prompts", [*COLUMNS, *LISTS, *OTHERS])
        for prompt in _rows(table, path, answered):
            found.setdefault(prompt.prompt_id, prompt)
    return list(found.values())


def _rows(table: pa.Table, path: AnyPath, answered: Mapping[str, set[str]]) -> Iterator[Prompt]:
    for name in ("ts", "expires"):
        table = table.set_column(table.column_names.index(name), name, table.column(name).cast(pa.int64()))
    for number, row in enumerate(table.to_pylist()):
        given, candidates = row["candidate_propensities"], tuple(row["candidates"])
        if not 0 < row["propensity"] <= 1 + 1e-9:
            raise InputError("is no probability above 0", file=path, row=number, field="propensity")
        if given is not None and (len(given) != len(candidates) or not all(0 <= one <= 1 + 1e-9 for one in given)):
            raise InputError("is not a probability a candidate", file=path, row=number, field="candidate_propensities")
        seen = bool(row["sku"]) and not row["holdout"] and "shown" in answered.get(row["prompt_id"], ())
        yield Prompt(
            row["prompt_id"],
            row["moment_id"],
            row["store_id"],
            row["visit_id"],
            row["ts"],
            row["sku"] or SILENCE,
            row["offer_id"],
            row["expires"],
            min(row["propensity"], 1.0),
            row["holdout"],
            seen,
            candidates,
            None if given is None else tuple(given),
            tuple(row["features"] or ()),
        )


def _goods(root: AnyPath, prompted: set[str]) -> Goods:
    """The products, and what was prompted or bought without being one: of it nothing but the sku is known."""
    known = history.goods(root) if lake.exists(root, "products") else None
    named = set(prompted)
    for part in lake.batches(root, "purchases", ["sku"]):
        named |= set(pc.unique(part.column("sku")).to_pylist())
    others = sorted(named - {SILENCE, None} - set(known.index if known else ()))
    texts: dict[str, NDArray[Any]] = {"sku": np.array(others, np.str_)}
    texts |= {name: np.full(len(others), "", np.str_) for name in ("name", "department", "category")}
    extra = Goods(**texts, price=np.full(len(others), np.nan), cost=np.full(len(others), np.nan))
    if known is None:
        return extra
    names = (*texts, "price", "cost")
    return Goods(**{name: np.concatenate([getattr(known, name), getattr(extra, name)]) for name in names})


def _counted(receipts: Receipts) -> Receipts:
    return replace(receipts, line_amount=np.ones(len(receipts.line_amount)))


def _free(goods: Goods) -> Goods:
    return replace(goods, cost=np.zeros(len(goods.sku)))


def _phones(visits: Visits) -> dict[tuple[str, str], str]:
    names = zip(visits.store.tolist(), visits.visit.tolist(), strict=True)
    return dict(zip(names, visits.phone.tolist(), strict=True))
