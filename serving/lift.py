"""What prompting brings, as the nightly job last reported it: additional margin a visit against held-out visits."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec

from models import folders
from models.folders import AnyPath
from models.report import Lift

log = logging.getLogger("aislewise.serving")


class Report(msgspec.Struct, frozen=True):
    """A bundle's report.json, as far as it is needed here."""

    lift: Lift | None = None


def newest(bundles: str | AnyPath) -> Lift | None:
    """That of the newest night that knew one. None before there is one."""
    return next((lift for _, lift in nights(bundles)), None)


def nights(bundles: str | AnyPath) -> Iterator[tuple[str, Lift]]:
    """Bundle and lift of the nights that knew one, newest first: bundles are named by their dates."""
    try:
        reports = folders.glob(folders.at(bundles), "*/report.json")
        for path in sorted(reports, key=lambda one: one.parent.name, reverse=True):
            if (lift := _lift(path)) is not None:
                yield path.parent.name, lift
    except OSError as error:
        log.warning("the reports in %s cannot be read: %s", bundles, error)


def _lift(report: AnyPath) -> Lift | None:
    try:
        return msgspec.json.decode(report.read_bytes(), type=Report).lift
    except msgspec.DecodeError as error:
        log.warning("%s is passed over: %s", report, error)
        return None
