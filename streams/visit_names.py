"""What a visit is called: its id, its phone as text, and whether it is held out, made once and then remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import ids
from streams.dwell.engine import Engine

MOST = 100_000
"""So many visits of a store are remembered; then all are forgotten and made again when they are asked for."""


@dataclass(frozen=True)
class Draw:
    """How the held-out visits are drawn: by keyed hash of store, phone and the local date on which the visit began."""

    secret: str
    share: float

    def holds_out(self, engine: Engine, store: str, device: str, first_ts: int) -> bool:
        return ids.held_out(self.secret, self.share, store, device, engine.plans.local_date(first_ts).isoformat())


class Named(NamedTuple):
    """A visit's id, its phone's pseudonym as text, and whether it gets no prompts."""

    visit_id: str
    device_id: str
    holdout: bool


class VisitNames:
    """Those of one store's visits."""

    def __init__(self, store: str, draw: Draw) -> None:
        self.store, self._draw = store, draw
        self._known: dict[tuple[int, int, int], Named] = {}

    def of(
        self, engine: Engine, phone: NDArray[np.uint64], id_ts: NDArray[np.int64], first: NDArray[np.int64]
    ) -> list[Named]:
        """For visits by columns: the phone, and the `ts` of the first ping to arrive and of the first ping."""
        keys = list(zip(phone.tolist(), id_ts.tolist(), first.tolist(), strict=True))
        try:
            return list(map(self._known.__getitem__, keys))
        except KeyError:
            return [self._known.get(key) or self._name(engine, *key) for key in keys]

    def forget(self) -> None:
        """The plans have changed, and so perhaps the local dates."""
        self._known.clear()

    def _name(self, engine: Engine, phone: int, id_ts: int, first: int) -> Named:
        device = ids.phone_text(phone)
        visit_id = ids.visit_id(self.store, device, id_ts)
        named = Named(visit_id, device, self._draw.holds_out(engine, self.store, device, first))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[phone, id_ts, first] = named
        return named
