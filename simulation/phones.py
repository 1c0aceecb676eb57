"""What pings: phones of shoppers and staff, and things that are nobody's; the ids they have one after the other.

Phones change the address that they show, also within a visit (Martin et al. 2017, "A study of MAC address
randomization in mobile devices and when it fails", PoPETs 2017(4)). How often is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Literal, NamedTuple

import numpy as np

from simulation.path import Path

Kind = Literal["shopper", "staff", "fixed"]

_SOONEST_S = 60.0
"""No phone changes its id sooner after its visit begins, nor so shortly before it ends."""


class Part(NamedTuple):
    """What pings under one id; `continues` is the id that the same phone had before."""

    device_id: str
    path: Path
    continues: str | None


@dataclass(frozen=True, eq=False)
class Phone:
    """Its path, who carries it, and its ids: at `changes_s` (seconds of the day's start) the next one begins."""

    device_id: str
    kind: Kind
    path: Path
    group: str | None = None
    changes_s: Sequence[float] = ()

    @property
    def ids(self) -> list[str]:
        later = (f"{self.device_id}/{number}" for number in range(1, len(self.changes_s) + 1))
        return [self.device_id, *(f"phone-{blake2b(one.encode(), digest_size=5).hexdigest()}" for one in later)]

    def parts(self) -> Iterator[Part]:
        ids = self.ids
        bounds = [self.path.enters_s, *self.changes_s, self.path.leaves_s]
        for number, device_id in enumerate(ids):
            path = self.path.between(bounds[number], bounds[number + 1]) if self.changes_s else self.path
            yield Part(device_id, path, ids[number - 1] if number else None)

    def rotating(self, per_hour: float, rng: np.random.Generator) -> Phone:
        """The same phone with changes of its id at random moments."""
        first, last = self.path.enters_s + _SOONEST_S, self.path.leaves_s - _SOONEST_S
        if not per_hour or last <= first:
            return self
        count = rng.poisson(per_hour * (last - first) / 3600)
        return replace(self, changes_s=tuple(np.sort(rng.uniform(first, last, count)).tolist()))
