"""A lake for nights, what it must still hold after them, and nights that are killed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from models import lake
from models.folders import AnyPath
from models.keys import LakeFile
from models.records import rows_to_table
from tests.training import toy
from tests.training.test_attribution import dwell, visit


def dated(root: Path, table: str, rows: list[dict[str, object]], files: int) -> None:
    """Rows of the topic's partition 0, cut into files of one date."""
    size = -(-len(rows) // files)
    for begin in range(0, len(rows), size):
        part = rows[begin : begin + size]
        path = root / LakeFile(table, "2026-09-21", 0, begin, begin + len(part) - 1).path
        lake.write(path, rows_to_table(table, part))


def build(root: Path) -> Path:
    """A lake as the history worker writes it."""
    toy.write(root, products=toy.products())
    dated(root, "purchases", toy.purchases(), 12)
    dated(root, "visits", [visit(f"v{i}", 5 * i, 5 * i + 8) for i in range(40)], 5)
    dated(root, "dwells", [dwell(f"v{i}", "even") for i in range(40)], 4)
    dated(root, "prompts", [toy.prompt(i, toy.sku(i % 5)) for i in range(30)], 3)
    dated(root, "outcomes", [toy.outcome(i, kind) for i in range(30) for kind in ("shown", "declined")], 6)
    said = {"store_id": "S0", "device_id": "phone v1", "customer_id": "c1", "consent": True, "ts": toy.START_MS}
    dated(root, "checkins", [said], 1)
    return root


def rows(root: AnyPath) -> dict[str, Counter[str]]:
    """Every row of the lake as text, but for the customers that the night fills in."""
    tables = ("purchases", "visits", "dwells", "prompts", "outcomes", "checkins")
    read = {table: lake.read(root, table) for table in tables}
    read["visits"] = read["visits"].drop_columns("customer_id")
    return {name: Counter(map(repr, table.to_pylist())) for name, table in read.items()}


def after_kills(places: Callable[[int], tuple[AnyPath, AnyPath]], touches: Iterable[int]) -> Iterator[Any]:
    """A lake and the bundles of `places` after a kill at each of these touches, until a night comes to its end."""
    command = [sys.executable, "-m", "tests.training.killed"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes) as killer:
        for touch in touches:
            lake_folder, folder = places(touch)
            killer.stdin.write(f"{touch} {lake_folder} {folder}\n")
            killer.stdin.flush()
            if killer.stdout.readline() == "done\n":
                break
            yield lake_folder, folder
        killer.stdin.close()
