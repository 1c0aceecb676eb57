"""What a method says: the contract that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.accuracy.chart import NOWHERE, Codes, Numbers

if TYPE_CHECKING:
    from benchmarks.accuracy.case import Case


@dataclass(eq=False)
class Answers:
    """Per ping (in the order of the case's tracks) live answers in codes; seconds as matrices (devices, zones)."""

    department: Codes
    display: Codes
    live_s: Numbers
    smoothed_s: Numbers | None = None
    lower_s: Numbers | None = None
    """Ends of a 90 % interval on the smoothed seconds."""
    upper_s: Numbers | None = None
    department_p: Numbers | None = None
    """Probability of the answer beside it, of null too."""
    display_p: Numbers | None = None

    @classmethod
    def empty(cls, pings: int, devices: int, zones: int) -> Answers:
        nowhere = np.full(pings, NOWHERE, np.int32)
        return cls(nowhere, nowhere.copy(), np.zeros((devices, zones)))


@dataclass(frozen=True)
class Method:
    """`causal`: the live answers depend on earlier pings alone."""

    name: str
    causal: bool
    answer: Callable[[Case], Answers]
    needs: str | None = None
    """A module that only the dependency group `bench` brings."""

    @property
    def is_there(self) -> bool:
        return self.needs is None or find_spec(self.needs) is not None


def ways(t_s: Numbers) -> Numbers:
    """The seconds that go by each ping's answer: half of the way from the one before and half of that to the next."""
    halves: Numbers = np.pad(np.diff(t_s) / 2, 1)
    return np.asarray(halves[1:] + halves[:-1])


def spend(seconds: Numbers, codes: Codes, t_s: Numbers) -> None:
    """Adds a visit's seconds, by its answers, to the row of its device."""
    known = codes >= 0
    np.add.at(seconds, codes[known], ways(t_s)[known])
