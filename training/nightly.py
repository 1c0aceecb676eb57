"""The night: compact, name customers, train, verify, promote. Twice is as good as once, and a kill does no harm.

A bundle's name is a function of the data, so a night without new rows finds its bundle judged already and leaves
everything as it is, a rollback included.
"""

from __future__ import annotations

import fcntl
import html
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from models import bundle
from models.errors import BundleError, FolderError, InputError
from models.folders import AnyPath
from training import champions, compaction, publish
from training.publish import Trained

REPORT, PAGE, CARD = "report.json", "report.html", "card.md"
LOCK = ".nightly.lock"


class Lift(msgspec.Struct, frozen=True):
    """Additional margin per visit against held-out visits, with a 95 % interval; dates are inclusive."""

    estimate: float
    ci_low: float
    ci_high: float
    from_date: str
    to_date: str


class Report(msgspec.Struct, frozen=True):
    """What the night decided of a bundle, and why."""

    bundle: str
    verdict: str
    why: str
    lift: Lift | None = None
    metrics: dict[str, float] = {}
    rows: dict[str, int] = {}
    parent: str | None = None


def run(
    root: AnyPath, folder: AnyPath, plans: AnyPath | None = None, say: Callable[[str], None] = lambda _: None
) -> Report:
    """One night. `say` is told what begins. Raises InputError where there is nothing to learn from."""
    if not root.is_dir():
        raise InputError("there is no such folder", file=root, hint="give the lake with --lake")
    with _alone(folder):
        say("compacting the lake")
        compaction.compact(root)
        say("naming the customers of visits")
        compaction.name_customers(root)
        now, parent = publish.state(root), _parent(folder)
        name = now.version
        if bundle.latest(folder) is not None and name in {event.bundle for event in champions.events(folder)}:
            return Report(name, "keep", "no new rows since this bundle was made")
        if not _whole(folder / name):
            say("training")
            _write(folder, publish.train(root, now, plans, parent))
        champions.promote(folder, name)
        return read_report(folder / name)


def read_report(path: AnyPath) -> Report:
    """A bundle's report. Raises InputError."""
    try:
        return msgspec.json.decode((path / REPORT).read_bytes(), type=Report)
    except FolderError:
        raise
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=path / REPORT) from None


def _write(folder: AnyPath, trained: Trained) -> None:
    manifest = trained.manifest
    why = "the first bundle needs no gate" if manifest.parent is None else "it verifies, and there are new rows"
    report = Report(manifest.version, "promote", why, None, manifest.metrics, manifest.rows, manifest.parent)
    extra = {
        REPORT: msgspec.json.format(msgspec.json.encode(report)),
        PAGE: page(report).encode(),
        CARD: trained.card.encode(),
    }
    # what may be there is not whole; another night may be writing it too, on S3, and then writes the same
    bundle.save(folder / manifest.version, manifest, trained.knowledge, extra, over=True)


def page(report: Report) -> str:
    """The report as one HTML page without scripts."""
    lift = report.lift
    said = "not known yet" if lift is None else f"{lift.estimate:.3g} ({lift.ci_low:.3g} to {lift.ci_high:.3g}) a visit"
    facts: dict[str, Any] = {"Verdict": report.verdict, "Why": report.why, "Before it": report.parent or "none"}
    facts |= {"Lift": said} | {_words(name): f"{value:.4g}" for name, value in report.metrics.items()}
    facts |= {_words(name): f"{count:,}" for name, count in report.rows.items()}
    rows = "".join(f"<tr><th>{html.escape(str(k))}</th><td>{html.escape(str(v))}</td></tr>" for k, v in facts.items())
    title = html.escape(f"Bundle {report.bundle}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px system-ui;margin:2rem}th{text-align:left;padding-right:2rem}</style>"
        f"<h1>{title}</h1><table>{rows}</table></html>\n"
    )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _whole(path: AnyPath) -> bool:
    """Whether a killed night left a bundle that only has to be promoted."""
    try:
        bundle.load(path)
    except BundleError:
        return False
    return (path / REPORT).is_file()


def _parent(folder: AnyPath) -> str | None:
    champion = bundle.latest(folder)
    return champion.name if champion else None


@contextmanager
def _alone(folder: AnyPath) -> Iterator[None]:
    """Waits until no other night works in this folder; what a killed one left half-written is removed.

    On S3 nothing is left half-written, and two nights write the same under the same names.
    """
    if not isinstance(folder, Path):
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(".*-*.*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
