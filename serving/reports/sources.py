"""What reports read: a store's rows of the asked days, out of the lake and the nights' reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from models import lake
from models.errors import InputError
from models.folders import AnyPath
from models.outcomes import kinds
from models.plans import StorePlans
from models.records import TABLES
from models.visits import PRESENT, newest, without_void
from serving.lift import nights
from serving.reports.period import NAIVE, Period, naive

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "visits": ("store_id", "visit_id", "device_id", "customer_id", "first_ts", "last_ts", "kind", "pings"),
    "dwells": ("store_id", "visit_id", "kind", "zone_id", "dwell_s", "pings", "last_ts"),
    "purchases": ("store_id", "receipt_id", "ts", "visit_id", "customer_id"),
    "prompts": ("store_id", "prompt_id", "visit_id", "ts", "sku", "holdout"),
    "outcomes": ("store_id", "outcome_id", "prompt_id", "ts", "kind", "undoes"),
    "pings": ("store_id", "device_id", "ts", "floor", "x_m", "y_m"),
}
NIGHTS = ("bundle", "from_date", "to_date", "estimate", "ci_low", "ci_high")


@dataclass
class Sources:
    """Of one report. `alive` is called between pieces, and may raise; `newest_ms` is the newest time that was met."""

    root: AnyPath
    bundles: AnyPath
    store: str
    plans: StorePlans
    period: Period
    alive: Callable[[], None] = lambda: None
    newest_ms: int | None = field(default=None, init=False)
    failed: InputError | None = field(default=None, init=False)
    """What went wrong in a reader: DuckDB tells it as an error of its own."""

    @property
    def as_of_ms(self) -> int | None:
        """How far the history reaches into the period, or beyond it; None where there is none."""
        return None if self.newest_ms is None else min(self.newest_ms, self.period.end_ms)

    def tables(self, names: tuple[str, ...]) -> dict[str, pa.Table | pa.RecordBatchReader]:
        """By name what a query reads. Pings are a reader, which can be read once. Raises InputError."""
        found = {"quarters": self.period.quarters(), "zones": _zones(self.plans)}
        found |= {
            name: _naive(self._whole(name)) for name in names if name not in ("pings", "nights", "visits", "dwells")
        }
        if "visits" in names:
            found |= self._visits(dwells="dwells" in names)
        if "outcomes" in names:
            found["outcomes"] = _holding(found["outcomes"])
        if "pings" in names:
            found["pings"] = self._pings()
        if "nights" in names:
            found["nights"] = _nights(self.bundles)
        return found

    def _visits(self, dwells: bool) -> dict[str, pa.Table]:
        """Rows that hold: of a visit the newest, none of a void one, none of staff and things."""
        visits = newest(self._whole("visits"))
        spent = newest(self._whole("dwells")) if dwells else self._empty("dwells")
        visits, spent = without_void(visits, spent)
        present = pc.is_in(visits.column("kind"), pa.array(PRESENT))
        return {"visits": _naive(visits.filter(pc.invert(present))), "dwells": spent}

    def _whole(self, name: str) -> pa.Table:
        return pa.concat_tables([self._empty(name), *self._pieces(name)])

    def _empty(self, name: str) -> pa.Table:
        schema = TABLES[name].schema
        return pa.schema([schema.field(one) for one in COLUMNS[name]]).empty_table()

    def _pieces(self, name: str) -> Iterator[pa.Table]:
        """The store's rows of the period's dates, in the lake's order."""
        for path in lake.files(self.root, name, self.period.lake_dates()):
            for piece in lake.pieces(path, name, COLUMNS[name]):
                self.alive()
                yield self._met(piece.filter(pc.equal(piece.column("store_id"), self.store)))

    def _met(self, piece: pa.Table) -> pa.Table:
        """Remembers how new it is."""
        times = piece.column("last_ts" if "last_ts" in piece.column_names else "ts").cast(pa.int64())
        found = pc.max(times).as_py()
        if found is not None:
            self.newest_ms = max(found, self.newest_ms or 0)
        return piece

    def _pings(self) -> pa.RecordBatchReader:
        """The period's positions, read while the query runs."""
        schema = pa.schema([(one.name, _plain(one.type)) for one in self._empty("pings").schema])
        low, high = (pa.scalar(naive(ms), NAIVE) for ms in (self.period.start_ms, self.period.end_ms))

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                for piece in self._pieces("pings"):
                    rows = piece.select(schema.names).cast(schema)
                    ts = rows.column("ts")
                    yield from rows.filter(pc.and_(pc.greater_equal(ts, low), pc.less(ts, high))).to_batches()
            except InputError as error:
                self.failed = error
                raise

        return pa.RecordBatchReader.from_batches(schema, batches())


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    return NAIVE if pa.types.is_timestamp(kind) else kind


def _naive(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([(one.name, _plain(one.type)) for one in table.schema]))


def _holding(outcomes: pa.Table) -> pa.Table:
    """A row for each kind of outcome that holds of a prompt."""
    rows = [(prompt, kind) for prompt, said in kinds(outcomes).items() for kind in sorted(said)]
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in (0, 1)]
    return pa.table(columns, names=["prompt_id", "kind"])


def _zones(plans: StorePlans) -> pa.Table:
    """Each zone that the store has had, as its newest plan has it."""
    zones = {zone.id: zone for _, plan in plans.versions for zone in plan.zones}
    columns = [pa.array(list(zones), pa.string()), pa.array([one.name for one in zones.values()], pa.string())]
    return pa.table(columns, names=["zone_id", "name"])


def _nights(bundles: AnyPath) -> pa.Table:
    rows = [(name, one.from_date, one.to_date, one.estimate, one.ci_low, one.ci_high) for name, one in nights(bundles)]
    types = [pa.string()] * 3 + [pa.float64()] * 3
    return pa.table([pa.array([row[at] for row in rows], kind) for at, kind in enumerate(types)], names=list(NIGHTS))
