"""Which kind of zone a drawing's feature is: by what people, OpenStreetMap and IMDF call things, or as one is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from models.errors import InputError
from models.records import ZONE_KINDS

LEFT_OUT, OUTLINE = "-", "outline"
"""What becomes no zone, and what is the floor as a whole."""
SAYING = ("kind", "type", "feature_type", "category", "class", "indoor", "amenity", "shop", "building")
"""Properties whose value alone tells what a feature is."""
_KNOWN = {
    OUTLINE: ("floor", "level", "footprint", "building", "building=*", "venue", "outline"),
    LEFT_OUT: ("walkway", "corridor", "stairs", "steps", "elevator", "escalator", "opening"),
    "staff": ("nonpublic", "restroom*", "toilet*", "office", "storage", "staff", "kitchen"),
    "checkout": ("checkout", "till", "cash*"),
    "entrance": ("entrance", "door", "exit"),
    "obstacle": ("wall", "column", "pillar", "obstruction"),
    "display": ("shelf", "shelves", "fixture", "kiosk", "rack", "table", "gondola", "furniture"),
    "department": ("shop=*", "shop", "store", "room", "unit", "section", "area", "retail", "zone"),
}
"""Patterns in the order in which they are tried."""
_ALL_KNOWN = tuple((pattern, kind) for kind, patterns in _KNOWN.items() for pattern in patterns)


@dataclass(frozen=True)
class Kinds:
    """Patterns of what a feature says (`value` or `property=value`) with the kind that it then is; the first counts."""

    told: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Kinds:
        """`PATTERN:KIND,…`, e.g. `shop=*:department,name=wc*:-`. Raises InputError."""
        told = []
        for part in filter(None, (one.strip() for one in text.split(","))):
            pattern, _, kind = part.rpartition(":")
            if not pattern or kind not in (*ZONE_KINDS, OUTLINE, LEFT_OUT):
                known = ", ".join((*ZONE_KINDS, OUTLINE, LEFT_OUT))
                raise InputError(f"{part!r} is not PATTERN:KIND", field="kinds", hint=f"kinds: {known} (left out)")
            told.append((pattern.strip().lower(), kind))
        return cls(tuple(told))

    def of(self, feature: Mapping[str, Any]) -> tuple[str, str]:
        """The kind, and the word that said so. What says nothing of itself is a department."""
        words = list(_words(feature))
        own = next((word for word, alone in words if alone), "")
        own_kind = own.removeprefix("kind=")
        itself = ((own, own_kind),) if own_kind in ZONE_KINDS else ()
        for pattern, kind in (*self.told, *itself, *_ALL_KNOWN):
            word = next((word for word, alone in words if _fits(word, alone, pattern)), None)
            if word or pattern == "*":
                return kind, word or pattern
        return (LEFT_OUT, own) if own else ("department", "")


def _fits(word: str, alone: str, pattern: str) -> bool:
    return fnmatchcase(word, pattern) or bool(alone and fnmatchcase(alone, pattern))


def _words(feature: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(`property=value`, the value alone where it tells what the feature is), in small letters; these first."""
    properties = feature.get("properties")
    said = {"feature_type": feature.get("feature_type"), **(properties if isinstance(properties, dict) else {})}
    for name in sorted(said, key=lambda one: SAYING.index(one) if one in SAYING else len(SAYING)):
        value = said[name]
        if isinstance(value, str) and value:
            yield f"{name}={value}".lower(), value.lower() if name in SAYING else ""
