"""WiFine's 120 walks as pings of one store, on a plan of our own over its three floors."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tests.contract.plan import Box, plan, zone

STORE = "wifine"
FOLDER = Path(__file__).parents[3] / "shared" / "data" / "wifine"
WINGS: dict[str, Box] = {
    "west": (-2, -2, 18, 40),
    "hall": (18, -2, 27, 40),
    "middle": (27, 12, 54, 40),
    "east": (54, 12, 88, 40),
}
SHELVES: dict[str, tuple[str, Box]] = {
    "bread": ("west", (8, 19, 15, 24)),
    "fruit": ("west", (11, 27, 16, 32)),
    "tea": ("hall", (20, 6, 24, 12)),
    "wine": ("hall", (20, 22, 24, 26)),
    "toys": ("middle", (36, 21, 44, 25)),
    "lamps": ("east", (58, 27, 64, 32)),
    "books": ("east", (70, 35, 78, 39)),
}


def drawn() -> dict[str, Any]:
    """Four wings a floor that touch, and displays where the walks go by."""
    features = []
    for floor in range(3):
        features += [zone(f"{wing}-{floor}", "department", box, floor=floor) for wing, box in WINGS.items()]
        features += [
            zone(f"{shelf}-{floor}", "display", box, floor=floor, department=f"{wing}-{floor}", categories=[shelf])
            for shelf, (wing, box) in SHELVES.items()
        ]
    return plan(STORE, *features)


def walks(start_ms: int) -> list[dict[str, Any]]:
    """All positions in the order of time; each walk begins a second after the one before it."""
    with (FOLDER / "trajectories_train.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = {name: number for number, name in enumerate(dict.fromkeys(row["traj_id"] for row in rows))}
    pings = [
        {
            "device_id": row["traj_id"],
            "ts": start_ms + 1000 * names[row["traj_id"]] + round(float(row["timestamp"]) * 1000),
            "x_m": float(row["x"]),
            "y_m": float(row["y"]),
            "floor": int(row["floorID"]),
        }
        for row in rows
    ]
    return sorted(pings, key=lambda ping: ping["ts"])
