"""The night: compact, remove what may not be kept, name customers, look at the canary, train, judge, promote or keep.

Twice is as good as once, and a kill does no harm.

A bundle's name is a function of the data, so a night without new rows finds its bundle judged already and leaves
everything as it is, a rollback included.
"""

from __future__ import annotations

import fcntl
import html
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from models import arms, bundle, champions, lake, retention, retrain
from models.champions import Look
from models.erasure import erase
from models.errors import BundleError, FolderError, InputError
from models.folders import AnyPath
from models.report import Comparison, Lift, Verdict
from models.retention import Keeping
from training import canary, compaction, comparison, plots, publish
from training.policies import USUAL, Habits
from training.publish import Trained

REPORT, PAGE, CARD = "report.json", "report.html", "card.md"
LOCK = ".nightly.lock"


class Report(msgspec.Struct, frozen=True):
    """What the night decided of a bundle, and why."""

    bundle: str
    verdict: str
    why: str
    lift: Lift | None = None
    metrics: dict[str, float] = {}
    rows: dict[str, int] = {}
    parent: str | None = None
    comparison: Comparison | None = None
    canary: Look | None = None
    removed: dict[str, int] = {}
    """Rows by table, and salts, that were older than their retention."""
    erased: dict[str, int] = {}
    """Rows by table of who was erased that came since, and bundles that had to forget somebody."""


def run(
    root: AnyPath,
    folder: AnyPath,
    plans: AnyPath | None = None,
    say: Callable[[str], None] = lambda _: None,
    habits: Habits = USUAL,
    keeping: Keeping | None = None,
) -> Report:
    """One night. `say` is told what begins. Raises InputError where there is nothing to learn from."""
    if not root.is_dir():
        raise InputError("there is no such folder", file=root, hint="give the lake with --lake")
    with _alone(folder):
        tidied = _tidy(root, folder, keeping, say)
        report = _learn(root, folder, plans, say, habits, tidied)
        return msgspec.structs.replace(report, **tidied)


def _tidy(
    root: AnyPath, folder: AnyPath, keeping: Keeping | None, say: Callable[[str], None]
) -> dict[str, dict[str, int]]:
    """What has gone, as fields of the report."""
    now_ms = int(time.time() * 1000)
    with lake.changing(root):
        say("compacting the lake")
        compaction.compact(root)
        say("removing what may not be kept")
        swept = erase.sweep(root, now_ms)
        old = retention.apply(root, keeping, now_ms) if keeping else None
        say("naming the customers of visits")
        compaction.name_customers(root)
    forgetful = retrain.forget(folder)
    removed = {**old.rows, **({"salts": old.salts} if old.salts else {})} if old else {}
    erased = {**(swept.rows if swept else {}), **({"bundles": forgetful} if forgetful else {})}
    return {"removed": removed, "erased": erased}


def _learn(
    root: AnyPath,
    folder: AnyPath,
    plans: AnyPath | None,
    say: Callable[[str], None],
    habits: Habits,
    tidied: dict[str, dict[str, int]],
) -> Report:
    now = publish.state(root)
    champions.settle(folder)
    say("looking at the canary")
    watched = _watch(root, folder, now.version, plans)
    name, parent = now.version, _parent(folder)
    if bundle.latest(folder) is not None and name in {event.bundle for event in champions.events(folder)}:
        return Report(name, "keep", "no new rows since this bundle was made", canary=watched)
    if not _whole(folder / name):
        say("training")
        trained = publish.train(root, now, plans, parent)
        say("judging")
        _write(folder, trained, _judged(root, folder, trained, plans, habits, watched), watched, tidied)
    elif (before := read_report(folder / name)).verdict != "promote":
        why = f"no new rows since this bundle was judged: {before.why}"
        return Report(name, "keep", why, canary=watched)
    report = read_report(folder / name)
    if report.verdict == "promote":
        # what made room on trust was no measure, and nothing to go back to
        compared = habits.canary > 0 and report.comparison is not None
        champions.promote(folder, name, _control(folder, parent) if compared else None)
    return report


def _watch(root: AnyPath, folder: AnyPath, data: str, plans: AnyPath | None) -> Look | None:
    """What the canary says tonight, which may end it; None where there is none."""
    if (event := champions.ended(folder, data)) is not None:
        return event.look
    pair = arms.canary(folder)
    if pair is None:
        return None
    found = canary.look(root, pair, data, plans)
    if found.verdict == "roll back":
        try:
            champions.end(folder, found)
        except FolderError:
            raise
        except BundleError as error:
            lost = f"the bundle before cannot be used any more ({error.message}), else rolled back: {found.why}"
            found = msgspec.structs.replace(found, verdict="stays", why=lost)
    if found.verdict == "stays":
        champions.end(folder, found)
    return found


def _control(folder: AnyPath, parent: str | None) -> str | None:
    """The bundle that keeps its share: where a canary goes on, the one before all that has been promoted in it."""
    pair = arms.canary(folder)
    return pair.before if pair else parent


def _judged(
    root: AnyPath, folder: AnyPath, trained: Trained, plans: AnyPath | None, habits: Habits, watched: Look | None
) -> Verdict:
    """The first bundle needs no gate, and one whose champion does not load has nothing to be compared with."""
    if watched is not None and watched.verdict == "roll back":
        return Verdict("keep", f"the canary was rolled back, and no other follows on the same night: {watched.why}")
    parent = trained.manifest.parent
    if parent is None:
        return Verdict("promote", "the first bundle needs no gate")
    if not lake.exists(root, "prompts"):
        return Verdict("promote", "it verifies and there are new rows; no prompt was seen yet")
    try:
        champion = bundle.load(folder / parent)
    except FolderError:
        raise
    except BundleError as error:
        return Verdict("promote", f"the champion cannot be used any more: {error.message}")
    return comparison.compare(root, trained.bundle, champion, trained.lessons, plans, habits)


def read_report(path: AnyPath) -> Report:
    """A bundle's report. Raises InputError."""
    try:
        return msgspec.json.decode((path / REPORT).read_bytes(), type=Report)
    except FolderError:
        raise
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=path / REPORT) from None


def _write(
    folder: AnyPath, trained: Trained, said: Verdict, watched: Look | None, tidied: dict[str, dict[str, int]]
) -> None:
    manifest = trained.manifest
    figures = (said.lift, manifest.metrics, manifest.rows, manifest.parent, said.comparison, watched)
    report = msgspec.structs.replace(Report(manifest.version, said.verdict, said.why, *figures), **tidied)
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
    if report.canary is not None:
        facts["Canary"] = f"{report.canary.verdict}: {report.canary.why}"
    for what, counts in (("Older than its retention", report.removed), ("Of who was erased", report.erased)):
        if counts:
            facts[what] = counted(counts)
    facts |= {"Lift": said} | {_words(name): f"{value:.4g}" for name, value in report.metrics.items()}
    facts |= {_words(name): f"{count:,}" for name, count in report.rows.items()}
    picture = plots.of(report.lift, report.comparison)
    rows = "".join(f"<tr><th>{html.escape(str(k))}</th><td>{html.escape(str(v))}</td></tr>" for k, v in facts.items())
    title = html.escape(f"Bundle {report.bundle}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px system-ui;margin:2rem}th{text-align:left;padding-right:2rem}</style>"
        f"<h1>{title}</h1><table>{rows}</table>{picture}</html>\n"
    )


def counted(counts: dict[str, int]) -> str:
    """`1,200 pings, 3 salts`"""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


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
