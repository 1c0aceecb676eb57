"""What goes wrong and when: a function of the seed, so that a run that failed can be had again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

WORKERS = tuple(f"worker {name}{twin}" for name in ("dwell", "prompts", "history") for twin in ("", " 2"))
SERVERS = ("gateway", "serve")
NODES = ("node 1", "node 2", "node 3")
ALL_NODES = "all nodes"
REST_S = 2.0
"""Between two faults of one part."""


@dataclass(frozen=True)
class Kind:
    """A way to fail: what it may happen to, how often beside the others, and how long it lasts, s."""

    name: str
    parts: Sequence[str]
    weight: float
    lasts_s: float


KINDS = (
    Kind("killed", (*WORKERS, *SERVERS), 6, 0),
    Kind("ended", (*WORKERS, *SERVERS), 4, 0),
    Kind("stalled", WORKERS, 3, 20),
    Kind("away", WORKERS, 2, 8),
    Kind("broker killed", NODES, 2, 5),
    Kind("all brokers away", (ALL_NODES,), 0.7, 30),
    Kind("killed and empty", ("redis",), 1, 2),
    Kind("forgetful", ("redis",), 1, 0),
    Kind("stuck", ("redis",), 1, 5),
    Kind("line cut", ("senders",), 1, 2),
    Kind("line half open", ("senders",), 1, 5),
    Kind("sent again", ("senders",), 1, 0),
)
BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Fault:
    """One fault: `at_s` after the run's beginning."""

    at_s: float
    kind: str
    part: str

    @property
    def until_s(self) -> float:
        return self.at_s + BY_NAME[self.kind].lasts_s + REST_S

    @property
    def parts(self) -> frozenset[str]:
        """What nothing else may happen to meanwhile: two of three brokers away is all of them away."""
        return frozenset((*NODES, ALL_NODES) if self.part in (*NODES, ALL_NODES) else (self.part,))


def schedule(seed: int, faults: int, seconds: float, kinds: Sequence[Kind] = KINDS) -> list[Fault]:
    """So many faults in the order of time, evenly over the run; each kind at least once where there are enough."""
    drawn = random.Random(seed)
    rest = max(faults - len(kinds), 0)
    named = [*kinds[:faults], *drawn.choices(kinds, [kind.weight for kind in kinds], k=rest)]
    drawn.shuffle(named)
    found: list[Fault] = []
    for number, kind in enumerate(named):
        at_s = seconds * (number + drawn.random()) / faults
        found.append(_free(Fault(at_s, kind.name, drawn.choice(list(kind.parts))), found))
    return sorted(found, key=lambda one: one.at_s)


def _free(fault: Fault, before: Sequence[Fault]) -> Fault:
    """The same later, where something else happens to its part at its time."""
    while busy := [one for one in before if one.parts & fault.parts and _overlap(one, fault)]:
        fault = Fault(max(one.until_s for one in busy), fault.kind, fault.part)
    return fault


def _overlap(one: Fault, two: Fault) -> bool:
    return one.at_s < two.until_s and two.at_s < one.until_s
