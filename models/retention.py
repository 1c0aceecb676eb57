"""How long data are kept: days by table and of the salts; what is older is removed by the night.

Today is the newest date in the lake, never one after the clock's: a wrong `ts` removes nothing.
Salts go by the age of their files too: a store that has fallen silent has no newer dates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from models import audit, folders, salts
from models.audit import Act
from models.folders import AnyPath
from models.keeping import KEPT, SALTS
from models.keys import LakeFile

DAY_S = 86_400


@dataclass(frozen=True)
class Keeping:
    """Days by table, 0 for ever, and the folder of salts."""

    days: Mapping[str, int]
    salts: AnyPath


def apply(root: AnyPath, keeping: Keeping, now_ms: int) -> Act | None:
    """Removes what is too old, and leaves a record of it; None where there was nothing."""
    today = _today(root, now_ms)
    rows: Counter[str] = Counter()
    for table, days in keeping.days.items():
        if table != SALTS and days and today:
            rows += _remove(root, table, today - timedelta(days))
    days, destroyed = keeping.days[SALTS], 0
    if days:
        # those of a store that has fallen silent too: they are as old as their files
        before = (today or date.min + timedelta(days)) - timedelta(days)
        destroyed = salts.destroy(keeping.salts, before, now_ms / 1000 - (days + 1) * DAY_S)
    if not rows and not destroyed:
        return None
    act = msgspec.structs.replace(audit.begin("retention", "nightly", now_ms), rows=dict(rows), salts=destroyed)
    audit.write(root, act)
    return act


def _today(root: AnyPath, now_ms: int) -> date | None:
    dates = [name.date for table in KEPT if table != SALTS for _, name in _dated(root, table)]
    clock = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    return min(date.fromisoformat(max(dates)), clock) if dates else None


def _dated(root: AnyPath, table: str) -> Iterator[tuple[AnyPath, LakeFile]]:
    for path in folders.glob(root / table, "date=*/*.parquet"):
        if name := LakeFile.parse(str(folders.below(root, path))):
            yield path, name


def _remove(root: AnyPath, table: str, before: date) -> Counter[str]:
    """How many rows are gone, by table."""
    old = [path for path, name in _dated(root, table) if name.date < before.isoformat()]
    rows = sum(pq.read_metadata(folders.source(path)).num_rows for path in old)
    folders.remove(old)
    for folder in {path.parent for path in old if isinstance(path, Path)}:
        with suppress(OSError):  # something else lies there
            folder.rmdir()
    return Counter({table: rows})
