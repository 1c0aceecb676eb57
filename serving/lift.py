"""What prompting brings, as the nightly job last reported it: additional margin a visit against held-out visits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

import msgspec

from models import folders
from models.folders import AnyPath
from models.report import Lift

log = logging.getLogger("aislewise.serving")
KEEP_SECONDS = 60.0


class Report(msgspec.Struct, frozen=True):
    """A bundle's report.json, as far as it is needed here."""

    lift: Lift | None = None


def newest(bundles: str | AnyPath) -> Lift | None:
    """That of the newest night that knew one. None before there is one."""
    return next((lift for _, lift in nights(bundles)), None)


class Newest:
    """That of `newest`, read again when another report lies there, and once a minute: all tablets ask for it."""

    def __init__(self, bundles: str | AnyPath, clock: Callable[[], float] = time.monotonic) -> None:
        self._bundles, self._clock = bundles, clock
        self._read: tuple[list[AnyPath], Lift | None] = ([], None)
        self._until = 0.0

    def get(self) -> Lift | None:
        """In whatever thread: two at once read twice."""
        try:
            reports = _reports(self._bundles)
        except OSError as error:
            log.warning("the reports in %s cannot be read: %s", self._bundles, error)
            return self._read[1]
        if reports != self._read[0] or self._clock() >= self._until:
            self._until = self._clock() + KEEP_SECONDS
            self._read = reports, newest(self._bundles)
        return self._read[1]


def nights(bundles: str | AnyPath) -> Iterator[tuple[str, Lift]]:
    """Bundle and lift of the nights that knew one, newest first: bundles are named by their dates."""
    try:
        for path in _reports(bundles):
            if (lift := _lift(path)) is not None:
                yield path.parent.name, lift
    except OSError as error:
        log.warning("the reports in %s cannot be read: %s", bundles, error)


def _reports(bundles: str | AnyPath) -> list[AnyPath]:
    """Newest first."""
    found = folders.glob(folders.at(bundles), "*/report.json")
    return sorted(found, key=lambda one: one.parent.name, reverse=True)


def _lift(report: AnyPath) -> Lift | None:
    try:
        return msgspec.json.decode(report.read_bytes(), type=Report).lift
    except msgspec.DecodeError as error:
        log.warning("%s is passed over: %s", report, error)
        return None
