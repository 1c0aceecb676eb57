"""The bundles of a folder: what each was trained on, what it measured, and what has become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from models import bundle, folders
from models.errors import BundleError
from models.folders import AnyPath
from training import champions

VERDICTS = {"keep": "kept out", "refuse": "refused", "promote": "not promoted yet"}
"""What the night's verdict means of a bundle that has never been champion."""


@dataclass(frozen=True)
class Listed:
    """A bundle; `problem` says why it does not verify, and then little else is known."""

    version: str
    state: str
    trained_from: str | None = None
    trained_to: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    parent: str | None = None
    problem: str | None = None


class _Verdict(msgspec.Struct):
    verdict: str


def listed(folder: AnyPath) -> list[Listed]:
    """In the order of their names, which begin with the data's last date."""
    paths = sorted((one.parent for one in folders.glob(folder, f"[!.]*/{bundle.MANIFEST}")), key=str)
    known = champions.states(folder)
    return [_listed(path, known.get(path.name) or _judged(path)) for path in paths]


def _listed(path: AnyPath, state: str) -> Listed:
    try:
        manifest = bundle.read_manifest(path)
    except BundleError as error:
        return Listed(path.name, state, problem=f"does not verify: {error.message}")
    days = manifest.trained_from, manifest.trained_to
    return Listed(path.name, state, *days, manifest.metrics, manifest.parent)


def _judged(path: AnyPath) -> str:
    """By the night's report; by hand there is none."""
    try:
        verdict = msgspec.json.decode((path / "report.json").read_bytes(), type=_Verdict).verdict
    except (OSError, msgspec.DecodeError):
        return "by hand"
    return VERDICTS.get(verdict, verdict)
