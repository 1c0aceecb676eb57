"""From a lake to a bundle: reads, attributes, fits, and writes the folder. All of it is a function of the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import models
import training
from models import lake, plans, records
from models.bundle import Bundle, Knowledge, Manifest
from models.folders import AnyPath
from models.recommender.knowledge import Zones
from models.recommender.situation import zones_of
from models.visits import holding
from training import attribution, card, cases, fitting, history, labels, ranking, sources, tills, visitors
from training.history import Receipts
from training.lessons import Lessons

TIMES = {"visits": "last_ts", "checkins": "ts", "purchases": "ts", "prompts": "ts", "outcomes": "ts"}
"""What says how late it is in the data; pings, dwells and moments are never later than their visits."""
TABLES_READ = ("purchases", "products", "offers", "visits", "dwells", "checkins", "prompts", "outcomes")


@dataclass(frozen=True)
class Trained:
    """A bundle that is not written yet, and what prompts have taught it."""

    manifest: Manifest
    knowledge: Knowledge
    card: str
    lessons: Lessons

    @property
    def bundle(self) -> Bundle:
        """As it will be loaded."""
        return Bundle(self.manifest.version, self.manifest, self.knowledge)


@dataclass(frozen=True)
class State:
    """What a lake holds: the newest time in it, which is the data's today, and a digest of what training reads."""

    newest_ms: int
    digest: str

    @property
    def version(self) -> str:
        """A bundle's name: the last date and 8 hex of the digest."""
        return f"{_date(self.newest_ms)}-{self.digest[:8]}"


def state(root: AnyPath) -> State:
    """Reads every file once; raises InputError where one cannot be read."""
    parts = (part.column(column) for table, column in TIMES.items() for part in lake.batches(root, table, [column]))
    times = [pc.max(part).cast("int64").as_py() for part in parts]
    return State(max((time for time in times if time is not None), default=0), data_digest(root))


def train(root: AnyPath, now: State, plans_folder: AnyPath | None = None, parent: str | None = None) -> Trained:
    """Fits a bundle from a lake. Raises InputError where purchases or products are missing or cannot be read."""
    goods = history.goods(root)
    receipts = history.receipts(root, goods.sku.tolist())
    zones = plan_zones(plans_folder)
    visits = visitors.visits(*holding(root), goods, zones)
    joined = attribution.attribute(receipts, visits, goods, tills.stays(root, plans_folder) if len(visits) else None)
    sold = labels.sales(receipts, visits, joined, goods)
    found = labels.labels(_decided(root), lake.read(root, "outcomes"), sold, now.newest_ms)
    lessons = Lessons(found, cases.cases(root, found, sold), goods)
    material = sources.material(goods, receipts, joined, visits.path, now.newest_ms)
    knowledge, metrics = fitting.fit(material, history.offers(root), zones, lessons.taught(now.newest_ms))
    rows = {
        "products": len(goods.sku),
        "receipts": len(receipts),
        "receipts_with_visit": int((joined.visit >= 0).sum()),
        "prompts_seen": int(found.seen.sum()),
        "prompts_accepted": int(found.accepted.sum()),
    }
    manifest = _manifest(receipts, now, metrics, rows, parent)
    return Trained(manifest, knowledge, card.card(manifest, goods, receipts, found), lessons)


def _decided(root: AnyPath) -> pa.Table:
    """Every prompt, with what its label needs."""
    schema = pa.schema([records.TABLES["prompts"].schema.field(name) for name in labels.DECIDED])
    return pa.concat_tables([schema.empty_table(), *lake.batches(root, "prompts", labels.DECIDED)])


def plan_zones(folder: AnyPath | None) -> Zones:
    """What the zones of all stores' newest plans stand for; nothing where there are no plans."""
    stores = plans.load(folder).values() if folder and folder.is_dir() else ()
    return _joined(zones_of(store.newest) for store in stores)


def data_digest(root: AnyPath) -> str:
    """SHA-256 over the content of every file that training reads, table by table in the lake's order."""
    total = sha256()
    for table in TABLES_READ:
        for path in lake.files(root, table):
            total.update(table.encode() + _file_digest(path))
    return total.hexdigest()


def code_digest() -> str:
    """SHA-256 over the source of `models` and `training`."""
    packages = [Path(package.__path__[0]) for package in (models, training)]
    sources = [path for package in packages for path in sorted(package.rglob("*.py"))]
    return sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _manifest(
    receipts: Receipts, now: State, metrics: dict[str, float], rows: dict[str, int], parent: str | None
) -> Manifest:
    return Manifest(
        version=now.version,
        features=ranking.FEATURES,
        trained_from=_date(int(receipts.ts_ms.min())) if len(receipts) else None,
        trained_to=_date(now.newest_ms) if now.newest_ms else None,
        data_digest=now.digest,
        code_digest=code_digest(),
        metrics=metrics,
        rows=rows,
        parent=parent,
    )


def _joined(parts: Iterable[Zones]) -> Zones:
    listed = list(parts)
    columns = ([text for one in listed for text in getattr(one, name)] for name in ("zone", "kind", "name"))
    return Zones(*(np.array(column, np.str_) for column in columns))


def _file_digest(path: AnyPath) -> bytes:
    total = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.digest()


def _date(ts_ms: int) -> str:
    return datetime.fromtimestamp(ts_ms / 1000, UTC).date().isoformat()
