"""What every store has at its front and around it: tills in a row, and walls with a door."""

from __future__ import annotations

from collections.abc import Iterator

from simulation.layout import Rect, Zone

TILL_PITCH_M, WALL_M = 3.5, 0.3


def checkouts(count: int, left: float) -> Iterator[Zone]:
    """`count` tills from x = `left` on."""
    for number in range(count):
        x = left + number * TILL_PITCH_M
        yield Zone(f"till-{number + 1}", "checkout", f"Till {number + 1}", Rect(x, 3, x + 2.5, 6))


def walls(wide: float, deep: float, floors: int, door: float) -> Iterator[Zone]:
    """Round every floor; the door, 4 m wide about x = `door`, is left open."""
    sides = {
        "left": Rect(-WALL_M, 0, 0, deep),
        "right": Rect(wide, 0, wide + WALL_M, deep),
        "back": Rect(-WALL_M, deep, wide + WALL_M, deep + WALL_M),
        "front-left": Rect(-WALL_M, -WALL_M, door - 2, 0),
        "front-right": Rect(door + 2, -WALL_M, wide + WALL_M, 0),
    }
    for floor in range(floors):
        for side, area in sides.items():
            yield Zone(f"wall-{side}-{floor}", "obstacle", "Wall", area, floor)
