"""One day in a store: everything that reaches the system, in order, and the answers of its shoppers to prompts."""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation import tills
from simulation.crowd import Crowd
from simulation.layout import Spot
from simulation.path import Path
from simulation.phones import Phone
from simulation.pings import Pings
from simulation.presence import Presence
from simulation.radio import Radio
from simulation.reactions import Answers, Reaction
from simulation.sensors import Sensor
from simulation.shoppers import Shopper
from simulation.staff import still
from simulation.store import Store
from simulation.tastes import Tastes
from simulation.tills import Line
from simulation.truth import TruePlaces

STAFF_DEVICE = "staff-room"
"""A phone that lies in the staff room: its pings let event time pass until the last visit has ended."""
_BEFORE_S, _AFTER_S = 60.0, 330.0


@dataclass(frozen=True, slots=True)
class Ping:
    """A position of a phone. Late ones come after newer ones, copies equal an earlier one."""

    ts_ms: int
    device_id: str
    x_m: float
    y_m: float
    floor: int
    sigma_m: float | None


@dataclass(frozen=True, slots=True)
class Checkin:
    """Somebody has said who they are."""

    ts_ms: int
    device_id: str
    customer_id: str
    consent: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a till sends. It knows no phone and no visit."""

    ts_ms: int
    receipt_id: str
    till: str
    customer_id: str | None
    lines: list[Line]


Event = Ping | Checkin | Receipt


class Day:
    """A function of store, seed and start, prompts apart. `always_declined` are skus that nobody accepts.

    `crowd` is who is there besides shoppers on their own, `sensor` how well all of them are seen.
    """

    def __init__(
        self,
        store: Store,
        seed: int,
        start_ms: int,
        length_s: float = 3600.0,
        shoppers: int = 60,
        always_declined: Collection[str] = frozenset(),
        sensor: Sensor | None = None,
        crowd: Crowd | None = None,
    ) -> None:
        self.store, self.seed, self.start_ms, self.length_s = store, seed, start_ms, length_s
        self.crowd = crowd or Crowd()
        self.shoppers = self.crowd.shoppers(store, seed, shoppers, length_s, start_ms, self._rng)
        self.answers = Answers(store, seed, frozenset(always_declined))
        self._sensor = sensor or Sensor()
        self._sold: list[dict[str, Any]] = []

    @property
    def tastes(self) -> Tastes:
        return self.store.tastes

    @cached_property
    def presence(self) -> Presence:
        """All phones; the staff room's is the last."""
        layout, until_s = self.store.layout, (self.end_ms - self.start_ms) / 1000
        phones = self.crowd.phones(self.store, self.shoppers, (-_BEFORE_S, until_s), self._rng)
        lying = still(Spot(*layout.staff_room.area.centre), -_BEFORE_S, until_s)
        return Presence(layout, [*phones, Phone(STAFF_DEVICE, "fixed", lying)], self.start_ms)

    @property
    def devices(self) -> list[str]:
        """The ids of all phones, those that one phone has had in a row; the staff room's is the last."""
        return [part.device_id for part in self.presence.parts]

    @property
    def end_ms(self) -> int:
        """When the staff room's phone falls silent: all visits have ended by then."""
        last = max((shopper.path.leaves_s for shopper in self.shoppers), default=self.length_s)
        return self._ms(max(last, self.length_s) + _AFTER_S)

    @cached_property
    def pings(self) -> Pings:
        """All pings in the order of arrival; `device` is an index of `devices`."""
        radio = Radio(self.store.seed, self.store.layout, self._sensor)
        return self.presence.pings(radio, [self._rng(42, number) for number in range(len(self.presence.phones))])

    @property
    def paths(self) -> list[Path]:
        """Where each of `devices` truly is, in the same order; metres in the plan's frame, seconds since `start_ms`."""
        return self.presence.paths

    def places(self, device: NDArray[np.integer[Any]], ts_ms: NDArray[np.int64]) -> TruePlaces:
        """Where the phones (indices of `devices`) truly are at these true times; before and after a path its ends."""
        return self.presence.places(device, ts_ms)

    def events(self) -> Iterator[Event]:
        """In the order of arrival. What is on a receipt is decided when it is reached, so ask before (`react`).

        Each call begins the day anew; what was accepted stays accepted.
        """
        yield from self._merged(self._arriving_pings())

    def happenings(self) -> Iterator[Checkin | Receipt]:
        """`events` without pings, which `pings` has as columns."""
        return (event for event in self._merged(iter(())) if not isinstance(event, Ping))

    def _merged(self, arriving: Iterator[tuple[int, int, Event]]) -> Iterator[Event]:
        self._sold, self.answers.paid = [], set()
        streams: tuple[Iterator[tuple[int, int, Event | Shopper]], ...]
        streams = (arriving, self._arriving_checkins(), self._due_receipts())
        for _, _, due in heapq.merge(*streams, key=lambda item: item[:2]):
            event = self._receipt(due) if isinstance(due, Shopper) else due
            if event is not None:
                yield event

    def react(
        self,
        device: str | None,
        x_m: float,
        y_m: float,
        ts_ms: int,
        sku: str,
        offer_id: str | None,
        floor: int | None = None,
    ) -> Reaction:
        """The answer of the phone's owner, or of whoever is nearest to (x, y) then. InputError for an unknown sku."""
        shopper = self._by_device.get(device) if device else self._nearest(x_m, y_m, floor, ts_ms)
        return self.answers.ask(shopper, sku, offer_id, ts_ms) if shopper else Reaction("ignored", None)

    def truth(self) -> list[dict[str, Any]]:
        """True dwell in departments and at displays: device_id, kind, zone_id, dwell_s, first_ts, last_ts (ms)."""
        return self.presence.dwells()

    def truth_visits(self) -> list[dict[str, Any]]:
        """A row a device: device_id, kind (shopper, staff, fixed), group_id?, continues?, first_ts, last_ts (ms)."""
        return self.presence.visits()

    def truth_sales(self) -> list[dict[str, Any]]:
        """Lines of the receipts reached so far, whose they are, `prompted`, and `additional`: not bought without."""
        return list(self._sold)

    def _arriving_pings(self) -> Iterator[tuple[int, int, Event]]:
        seen, devices = self.pings, self.devices
        columns = (column.tolist() for column in vars(seen).values())
        for arrives, _, ts, device, x, y, floor, sigma in zip(*columns, strict=True):
            yield arrives, 0, Ping(ts, devices[device], x, y, floor, None if math.isnan(sigma) else sigma)

    def _arriving_checkins(self) -> Iterator[tuple[int, int, Event]]:
        said = sorted((s.checkin.t_s, s.person.device_id, s.checkin) for s in self.shoppers if s.checkin)
        for t_s, device, checkin in said:
            ts = self._ms(t_s)
            yield ts, 1, Checkin(ts, device, checkin.customer_id, checkin.consent)

    def _due_receipts(self) -> Iterator[tuple[int, int, Shopper]]:
        for shopper in sorted(self.shoppers, key=lambda one: one.pays_s):
            yield self._ms(shopper.pays_s), 2, shopper

    def _receipt(self, shopper: Shopper) -> Receipt | None:
        """None where there is nothing to pay."""
        device, ts = shopper.person.device_id, self._ms(shopper.pays_s)
        accepted = self.answers.accepted.get(device, {})
        self.answers.paid.add(device)
        lines = tills.lines(self.store, shopper.basket, accepted, ts)
        if not lines:
            return None
        receipt_id = f"{self.store.store_id}-{self.start_ms // 1000}-{self.seed}-{len(self.answers.paid):05d}"
        for line in lines:
            prompted = line["sku"] in accepted
            additional = prompted and line["sku"] not in shopper.basket
            self._sold.append({**line, "receipt_id": receipt_id, "device_id": device, "ts": ts})
            self._sold[-1] |= {"prompted": prompted, "additional": additional}
        return Receipt(ts, receipt_id, shopper.till, shopper.person.customer_id if shopper.shows_card else None, lines)

    @cached_property
    def _by_device(self) -> dict[str, Shopper]:
        phones = zip(self.shoppers, self.presence.phones, strict=False)
        return {device: shopper for shopper, phone in phones for device in phone.ids}

    def _nearest(self, x_m: float, y_m: float, floor: int | None, ts_ms: int) -> Shopper | None:
        t_s = (ts_ms - self.start_ms) / 1000
        x, y = self.store.layout.frame.from_plan(np.array([x_m]), np.array([y_m]))
        here = [shopper for shopper in self.shoppers if shopper.path.enters_s <= t_s <= shopper.path.leaves_s]
        far = [shopper.path.distance(t_s, float(x[0]), float(y[0]), floor) for shopper in here]
        return here[far.index(min(far))] if far and min(far) < math.inf else None

    def _rng(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.store.seed, self.seed, *purpose])

    def _ms(self, t_s: float) -> int:
        return self.start_ms + round(t_s * 1000)
