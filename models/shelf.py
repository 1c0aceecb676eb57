"""The bundles of a folder: what each was trained on, what it measured, and what has become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from models import arms, bundle, champions, folders
from models.errors import BundleError
from models.folders import AnyPath

VERDICTS = {"keep": "kept out", "refuse": "refused", "promote": "not promoted yet"}
"""What the night's verdict means of a bundle that has never been champion."""
SHARED = "keeps a share"
"""The state of the bundle before while a promotion is compared with it."""


@dataclass(frozen=True)
class Listed:
    """A bundle; `why` is of its state, `problem` says why it does not verify, and then little else is known."""

    version: str
    state: str
    trained_from: str | None = None
    trained_to: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    parent: str | None = None
    problem: str | None = None
    why: str = ""


class _Verdict(msgspec.Struct):
    verdict: str


def listed(folder: AnyPath) -> list[Listed]:
    """In the order of their names, which begin with the data's last date."""
    paths = sorted((one.parent for one in folders.glob(folder, f"[!.]*/{bundle.MANIFEST}")), key=str)
    known, goes_on = champions.states(folder), arms.canary(folder)
    if goes_on is not None:
        known[goes_on.before] = (SHARED, f"compared with {', '.join(goes_on.champions)}")
    return [_listed(path, *(known.get(path.name) or (_judged(path), ""))) for path in paths]


def _listed(path: AnyPath, state: str, why: str) -> Listed:
    try:
        manifest = bundle.read_manifest(path)
    except BundleError as error:
        return Listed(path.name, state, problem=f"does not verify: {error.message}", why=why)
    days = manifest.trained_from, manifest.trained_to
    return Listed(path.name, state, *days, manifest.metrics, manifest.parent, why=why)


def _judged(path: AnyPath) -> str:
    """By the night's report; by hand there is none."""
    try:
        verdict = msgspec.json.decode((path / "report.json").read_bytes(), type=_Verdict).verdict
    except (OSError, msgspec.DecodeError):
        return "by hand"
    return VERDICTS.get(verdict, verdict)
