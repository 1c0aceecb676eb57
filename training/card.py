"""A bundle's model card, in Markdown: data, what came of prompts by store and department, limits, who is disadvantaged.

Shares have Wilson's 95 % intervals; additional sales are seen less held-out, with the normal interval of the
difference, and one visit counts as one however often it was prompted. Fewer than FEW prompts say little, and the card
says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bundle import Manifest
from models.recommender.knowledge import Goods, Numbers
from training.history import Receipts
from training.labels import Labels

Z95 = 1.959963984540054
FEW = 100
"""Seen prompts below which a group is named among those that the model knows little of."""
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Estimate:
    """A share or a difference with its 95 % interval; all NaN where nothing is known."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "not known"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


UNKNOWN = Estimate(np.nan, np.nan, np.nan)


def share(positive: float, of: int) -> Estimate:
    """Wilson's interval."""
    if not of:
        return UNKNOWN
    p, z = positive / of, Z95**2 / of
    middle, half = (p + z / 2) / (1 + z), Z95 * float(np.sqrt(p * (1 - p) / of + z / (4 * of))) / (1 + z)
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half))


def difference(seen: Numbers, control: Numbers) -> Estimate:
    """Of the means of values by visit."""
    if min(len(seen), len(control)) < 2:
        return UNKNOWN
    value = float(seen.mean() - control.mean())
    half = Z95 * float(np.sqrt(seen.var(ddof=1) / len(seen) + control.var(ddof=1) / len(control)))
    return Estimate(value, value - half, value + half)


@dataclass(frozen=True)
class Group:
    """What came of the prompts of a store or a department."""

    name: str
    seen: int
    controls: int
    accepted: Estimate
    bought: Estimate
    additional: Estimate


def group(name: str, found: Labels, rows: Bools) -> Group:
    """Of the labels at `rows`, shape (N,)."""
    seen, control = rows & found.seen, rows & found.control
    n = int(seen.sum())
    return Group(
        name,
        n,
        int(control.sum()),
        share(float(found.accepted[seen].sum()), n),
        share(float(found.bought[seen].sum()), n),
        difference(_by_visit(found, seen), _by_visit(found, control)),
    )


def card(manifest: Manifest, goods: Goods, receipts: Receipts, found: Labels) -> str:
    """The page; all of it is a function of the data."""
    chain = group("all", found, np.ones(len(found), bool))
    stores = [group(name, found, found.store == name) for name in sorted(set(receipts.store) | set(found.store))]
    department = np.append(goods.department, "")[found.item]
    names = sorted(set(goods.department.tolist()))
    departments = [group(name or "(none)", found, department == name) for name in names]
    parts = (
        f"# Bundle {manifest.version}",
        _data(manifest),
        f"## What came of prompts\n\n{_groups([chain])}",
        f"## By store\n\n{_groups(stores)}",
        f"## By department\n\n{_groups(departments)}",
        "## Limits\n\n" + _list(_limits(manifest, chain)),
        "## Who is disadvantaged\n\n" + _list(_disadvantaged(goods, receipts, chain, stores, departments)),
    )
    return "\n\n".join(parts) + "\n"


def _data(manifest: Manifest) -> str:
    rows = {"Trained on": f"{manifest.trained_from} to {manifest.trained_to}", "Before it": manifest.parent or "none"}
    rows |= {name.replace("_", " ").capitalize(): f"{count:,}" for name, count in manifest.rows.items()}
    rows |= {name.replace("_", " ").capitalize(): f"{value:.4g}" for name, value in manifest.metrics.items()}
    return "\n".join(("| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows.items())))


def _groups(groups: Sequence[Group]) -> str:
    head = "| | seen | held out | accepted | bought | additionally bought |\n| --- | --- | --- | --- | --- | --- |"
    lines = (
        f"| {one.name} | {one.seen:,} | {one.controls:,} | {one.accepted} | {one.bought} | {one.additional} |"
        for one in groups
    )
    return "\n".join((head, *lines))


def _limits(manifest: Manifest, chain: Group) -> Iterator[str]:
    yield "Customers' tastes are those of people who shopped here before; nothing is known of why they bought."
    yield "A receipt without a visit is joined to one by probability; labels carry that doubt."
    if chain.seen < FEW:
        yield f"Only {chain.seen:,} prompts were seen: what people accept is mostly what was believed beforehand."
    if not chain.controls:
        yield "No visit was held out, so additional sales are not known."
    elif not chain.additional.low > 0:
        yield "That prompts sell anything additionally can't be told from this data."
    if not manifest.metrics:
        yield "There were too few receipts to measure what is recommended for a basket."


def _disadvantaged(
    goods: Goods, receipts: Receipts, chain: Group, stores: Sequence[Group], departments: Sequence[Group]
) -> Iterator[str]:
    """Where the model knows or does less for somebody, by what the data says."""
    for what, groups in (("store", stores), ("department", departments)):
        if few := [one.name for one in groups if one.seen < FEW]:
            of = f"{len(few)} of {len(groups)} {what}s, with under {FEW} seen prompts"
            yield f"Little is known of {of}: {_names(few)}."
        if worse := [one.name for one in groups if one.accepted.high < chain.accepted.low]:
            yield f"Prompts are accepted less than elsewhere in {what} {_names(worse)}."
    bought = np.bincount(receipts.line_item, minlength=len(goods.sku))
    if never := int((bought == 0).sum()):
        of = f"{never:,} of {len(goods.sku):,} products"
        yield f"{of} were never bought; only offers and their category speak for them."
    named = np.array([bool(one) for one in receipts.customer], bool)
    if len(named) and not named.all():
        yield f"{1 - named.mean():.0%} of receipts name no customer: what these people bought before can't help them."


def _names(names: Sequence[Any]) -> str:
    """The first ten, and how many more."""
    more = f" and {len(names) - 10:,} more" if len(names) > 10 else ""
    return ", ".join(map(str, names[:10])) + more


def _list(lines: Iterator[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "- Nothing that this data shows."


def _by_visit(found: Labels, rows: Bools) -> Numbers:
    """The mean of `bought` over each visit's decisions; shape (visits,)."""
    names = list(zip(found.store[rows].tolist(), found.visit[rows].tolist(), strict=True))
    code = {name: number for number, name in enumerate(dict.fromkeys(names))}
    at = np.array([code[name] for name in names], np.int64)
    return np.bincount(at, found.bought[rows], len(code)) / np.maximum(np.bincount(at, minlength=len(code)), 1)
