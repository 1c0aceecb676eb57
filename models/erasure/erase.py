"""Erasing somebody, whole: the list first, so that nothing comes back, then the lake, the bundles and the board.

Killed half-way, it is run again and finishes. The audit record is written before anything changes and again at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from models import audit, folders, lake, plans, retrain, salts
from models.audit import Act
from models.erasure import board, rewriting
from models.erasure.listed import Listed
from models.erasure.names import COLUMNS, Names
from models.erasure.person import Person
from models.erasure.rewriting import Found
from models.errors import PlanError
from models.folders import AnyPath
from models.settings import Settings

AHEAD_MS = 60_000
"""A phone's clock may be so far ahead of ours."""


@dataclass(frozen=True)
class Places:
    """Where data of people lie."""

    lake: AnyPath
    bundles: AnyPath
    redis: str
    stores: Collection[str]

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """With the stores that have a plan or a salt."""
        found = set(salts.stores(folders.at(settings.salts)))
        try:
            found |= set(plans.load(settings.plans))
        except PlanError:
            # a plan that is not well keeps nobody from being erased
            found |= {path.name.partition("@")[0].removesuffix(".geojson") for path in _plans(settings.plans)}
        return cls(folders.at(settings.lake), folders.at(settings.bundles), settings.redis, sorted(found))


def find(root: AnyPath, person: Person) -> Found:
    """What the lake has of them. Changes nothing. Raises InputError."""
    return rewriting.survey(root, person.names | person.clear)


def erase(places: Places, person: Person, by: str, now_ms: int, say: Callable[[str], None] = lambda _: None) -> Act:
    """Raises InputError for a file of the lake that cannot be read, AwayError where Redis does not answer."""
    root = places.lake
    with lake.changing(root):
        say("looking for rows")
        found = find(root, person)
        until = max(now_ms + AHEAD_MS, found.newest_ms)
        act = audit.begin("erase", by, now_ms)
        act = msgspec.structs.replace(act, kind=person.kind, store_id=person.store_id, state="begun", rows=found.rows)
        act = msgspec.structs.replace(act, names=_counts(found.names - person.clear))
        audit.write(root, act)
        listed = Listed(root)
        listed.add((found.names - person.clear).until(until))
        say("rewriting files")
        names = found.names | listed.read()
        gone = _removed(root, names)
        retrain.ask(places.bundles, found.names)
        say("clearing the board")
        cleared = board.clear(places.redis, names, places.stores)
        act = msgspec.structs.replace(act, state="done", rows=dict(gone), board=cleared)
        audit.write(root, act)
    return act


def sweep(root: AnyPath, now_ms: int) -> Act | None:
    """Rows of who was erased that came to the lake since, or that were merged meanwhile; None where there is none."""
    listed = Listed(root)
    names = listed.read()
    if not len(names):
        return None
    found = rewriting.survey(root, names)
    listed.add(found.names)
    gone = _removed(root, found.names) if found.rows else Counter[str]()
    if not gone:
        return None
    act = msgspec.structs.replace(audit.begin("sweep", "nightly", now_ms), rows=dict(gone))
    audit.write(root, act)
    return act


def _removed(root: AnyPath, names: Names) -> Counter[str]:
    """Until there is nothing: a file may come in between whose writer did not know the list yet."""
    rewriting.tidy(root)
    total: Counter[str] = Counter()
    while gone := rewriting.remove(root, names):
        total += gone
    return total


def _counts(names: Names) -> dict[str, int]:
    return {kind: count for kind in COLUMNS if (count := len({(one.id, one.store_id) for one in names.of(kind)}))}


def _plans(folder: str) -> list[AnyPath]:
    return folders.glob(folders.at(folder), "*.geojson")
