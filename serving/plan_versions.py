"""A store's plan versions as files: which may be added or taken back, so that what has held stays as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import shapely

from models import floorplan, folders, plans
from models.errors import PlanError
from models.floorplan import FloorPlan
from models.folders import AnyPath
from models.plans import StorePlans
from models.records import ZONE_KINDS
from models.web.problems import Problem

YEARS = range(1970, 9999)
"""Of dates whose midnight can be reckoned everywhere on Earth."""
NOTICE = timedelta(minutes=1)
"""Every process has seen a version that is laid down so long before it begins."""


class Summary(msgspec.Struct):
    """What a plan holds, as `aislewise plan check` says it."""

    version: str
    timezone: str
    floors: list[int]
    width_m: float
    depth_m: float
    counts: dict[str, int]


class Version(Summary):
    """`since` is None for a plan that has held from the beginning on."""

    since: date | None = msgspec.field(name="from")
    state: str
    """`past`, `now` or `later`."""


class Saved(msgspec.Struct):
    """The answer to a plan that is there now."""

    version: str
    since: date | None = msgspec.field(name="from")


def summary(plan: FloorPlan) -> Summary:
    left, low, right, high = (float(one) for one in shapely.total_bounds([zone.shape for zone in plan.zones]))
    counts = {kind: len(plan.of_kind(kind)) for kind in ZONE_KINDS}
    return Summary(
        plan.version,
        plan.timezone.key,
        sorted({zone.floor for zone in plan.zones}),
        round(right - left, 2),
        round(high - low, 2),
        {kind: count for kind, count in counts.items() if count},
    )


def parsed(given: object, store_id: str) -> tuple[FloorPlan, bytes]:
    """A plan that somebody sends, and its file. Raises Problem 422 that says in which feature what is wrong."""
    data = msgspec.json.encode(given)
    try:
        plan = floorplan.parse(data)
    except PlanError as error:
        raise refused(error) from None
    if plan.store != store_id:
        raise Problem(422, f"the plan is of store {plan.store}, not {store_id}", "plan.aislewise.store")
    return plan, data


def refused(error: PlanError, within: str = "plan") -> Problem:
    """The error over HTTP: `field` leads to the feature."""
    place = f"features[{error.row}]" if error.row is not None else ""
    field = ".".join(part for part in (within, place, error.field) if part)
    return Problem(422, f"{error.reason} ({error.hint})" if error.hint else error.reason, field)


class Versions:
    """Of one store, in a folder. Blocking: of a disk or of S3."""

    def __init__(self, folder: AnyPath, store_id: str) -> None:
        self._folder, self._store_id = folder, store_id

    def all(self, now: datetime) -> list[Version]:
        """In the order in which they hold."""
        known = self._known()
        if known is None:
            return []
        holding = known.at(_ms(now))
        index = next(i for i, (_, plan) in enumerate(known.versions) if plan is holding)
        return [
            Version(
                **msgspec.structs.asdict(summary(plan)),
                since=None if since == date.min else since,
                state="now" if i == index else "past" if i < index else "later",
            )
            for i, (since, plan) in enumerate(known.versions)
        ]

    def plan(self, version: str) -> FloorPlan:
        """Raises Problem 404."""
        known = self._known()
        found = next((plan for _, plan in known.versions if plan.version == version), None) if known else None
        if found is None:
            raise Problem(404, f"store {self._store_id} has no plan of version {version[:80]}", "version")
        return found

    def save(self, plan: FloorPlan, data: bytes, since: date | None, now: datetime) -> Saved:
        """Lays the plan down; the same again changes nothing. Raises Problem 409 and 422: then nothing is written."""
        if since and since.year not in YEARS:
            raise Problem(422, f"{since} is no date that a store could mean", "from")
        known = self._known()
        there = next((one for start, one in known.versions if start == (since or date.min)), None) if known else None
        if there is None:
            _refuse_late(known, plan, since, now)
            path = self._folder / plans.file_name(self._store_id, since)
            # on S3 one that another process has laid down meanwhile stays as it is
            with folders.writing(path, new=True) as file:
                _fill(file, data)
            there = floorplan.parse(path.read_bytes())
        if there.version != plan.version and since:
            raise Problem(
                409, f"another plan is to hold from {since}: take that back first, or choose another date", "from"
            )
        if there.version != plan.version:
            raise _undated(plan, now)
        return Saved(plan.version, since)

    def take_back(self, since: date, now: datetime) -> None:
        """A version that has not begun; one that is not there is taken back already. Raises Problem 409."""
        known = self._known()
        found = [(i, plan) for i, (start, plan) in enumerate(known.versions) if start == since] if known else []
        for index, plan in found:
            if index == 0 or _start(since, plan) <= now:
                raise Problem(409, f"the plan from {since} has begun: what has held stays", "date")
            folders.remove([self._folder / plans.file_name(self._store_id, since)])

    def _known(self) -> StorePlans | None:
        return plans.of_store(self._folder, self._store_id)


def _refuse_late(known: StorePlans | None, plan: FloorPlan, since: date | None, now: datetime) -> None:
    """A store's first plan may begin whenever it likes, for it has always held; others must change no past."""
    if known is None:
        return
    if since is None:
        raise _undated(plan, now)
    if _start(since, plan) < now + NOTICE:
        raise Problem(422, f"{since} has begun: the earliest date is {_tomorrow(plan, now)}", "from")
    if since <= known.versions[0][0]:
        raise Problem(422, f"{since} is not after the date of the store's first plan, which has always held", "from")


def _undated(plan: FloorPlan, now: datetime) -> Problem:
    earliest = _tomorrow(plan, now)
    return Problem(422, f"the store has a plan: say from which date this one holds, {earliest} or later", "from")


def _tomorrow(plan: FloorPlan, now: datetime) -> date:
    return now.astimezone(plan.timezone).date() + timedelta(days=1)


def _fill(file: Path | BytesIO, data: bytes) -> None:
    if isinstance(file, Path):
        file.write_bytes(data)
    else:
        file.write(data)


def _start(since: date, plan: FloorPlan) -> datetime:
    return datetime(since.year, since.month, since.day, tzinfo=plan.timezone).astimezone(UTC)


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
