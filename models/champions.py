"""Which bundle is the champion: the file LATEST names it, CHAMPIONS keeps the order in which bundles came and went.

LATEST is replaced first and CHAMPIONS after it: a kill in between, or a LATEST written by hand, reads as a promotion.
CANARY, which `models.arms` reads, is written before LATEST where a comparison begins or ends it, and removed last; it
says what a kill in between was about to do.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal

import msgspec

from models import arms, bundle, folders
from models.arms import CANARY, Canary
from models.bundle import LATEST
from models.errors import BundleError, InputError
from models.folders import AnyPath

CHAMPIONS = "CHAMPIONS"
Verdict = Literal["goes on", "roll back", "stays"]


class Look(msgspec.Struct, frozen=True):
    """What the visits of both arms say: additional margin a visit of the new bundle, with its confidence sequence."""

    before: str
    champions: tuple[str, ...]
    verdict: Verdict
    why: str
    visits: int
    visits_before: int
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    data: str = ""
    """The version of the data that it was taken from."""


class Event(msgspec.Struct, frozen=True):
    """A line of CHAMPIONS: a bundle was promoted, or the champion rolled back to it, or it stays after a comparison.

    `look` is the comparison that decided, None where a person did.
    """

    bundle: str
    rollback: bool = False
    look: Look | None = None

    @property
    def promotion(self) -> bool:
        return not self.rollback and self.look is None


class _File(Canary, frozen=True):
    """The whole of CANARY; with a look, it is about to end."""

    look: Look | None = None


def events(folder: AnyPath) -> list[Event]:
    """All that happened, oldest first, up to what LATEST says now."""
    listed, now = _written(folder), bundle.latest(folder)
    if now is not None and (not listed or listed[-1].bundle != now.name):
        look = _falling(folder, listed[-1].bundle, now.name) if listed else None
        listed.append(Event(now.name, rollback=look is not None, look=look))
    return listed


def reigned(folder: AnyPath) -> list[str]:
    """The champions that a rollback can go back to, oldest first; the last is the one of now."""
    return _replayed(events(folder))[0]


def states(folder: AnyPath) -> dict[str, tuple[str, str]]:
    """Of every bundle that has been champion: `champion`, `rolled back`, or `succeeded` by a later one; and why."""
    stack, fallen = _replayed(events(folder))
    found = {name: ("rolled back", why) for name, why in fallen.items() if name not in stack}
    found |= dict.fromkeys(stack, ("succeeded", ""))
    return found | ({stack[-1]: ("champion", "")} if stack else {})


def ended(folder: AnyPath, data: str) -> Event | None:
    """The end of a comparison that this version of the data brought about."""
    return next((one for one in reversed(events(folder)) if one.look and one.look.data == data), None)


def promote(folder: AnyPath, name: str, before: str | None = None) -> None:
    """Makes a bundle that verifies the champion; nothing changes where it is already. Raises BundleError.

    Where a bundle `before` is named it keeps its share of the visits; else a comparison that goes on ends.
    """
    refuse_unknown(folder, name)
    if reigned(folder)[-1:] == [name]:
        if bundle.latest(folder) is None:
            _name(folder, name)
        return
    if before is None:
        folders.remove([folder / CANARY])
    else:
        goes_on = arms.canary(folder)
        since = goes_on.champions if goes_on and goes_on.before == before else ()
        _compare(folder, _File(before, (*(one for one in since if one != name), name)))
    _record(folder, Event(name))


def refuse_unknown(folder: AnyPath, name: str) -> None:
    """Raises BundleError where a folder has no bundle of a name, or one that does not verify."""
    if PurePosixPath(name).name != name or not (folder / name / bundle.MANIFEST).is_file():
        raise BundleError(f"no bundle {name} in {folder}", "aislewise bundles lists them")
    bundle.load(folder / name)


def rollback(folder: AnyPath) -> str:
    """Puts back the champion before this one and returns its name. Raises InputError where there is none."""
    stack = reigned(folder)
    if len(stack) < 2:
        raise InputError("there is no champion before this one", file=folder / LATEST)
    bundle.load(folder / stack[-2])
    folders.remove([folder / CANARY])
    _record(folder, Event(stack[-2], rollback=True))
    return stack[-2]


def end(folder: AnyPath, look: Look) -> None:
    """Ends the comparison that goes on: rolls back to the bundle before, which has to verify, or lets the new one stay.

    Raises BundleError.
    """
    back = look.verdict == "roll back"
    if back:
        bundle.load(folder / look.before)
        _compare(folder, _File(look.before, look.champions, look))
    _record(folder, Event(look.before if back else reigned(folder)[-1], back, look))
    folders.remove([folder / CANARY])


def settle(folder: AnyPath) -> None:
    """Finishes what a kill has left half-done."""
    listed = events(folder)
    if listed != _written(folder):
        _list(folder, listed)
    over = bool(listed) and listed[-1].look is not None
    if (folder / CANARY).is_file() and (over or arms.canary(folder) is None):
        folders.remove([folder / CANARY])


def _replayed(listed: list[Event]) -> tuple[list[str], dict[str, str]]:
    """The champions up to now as a stack, and those that were rolled back, with the reason."""
    stack, fallen = list[str](), dict[str, str]()
    for event in listed:
        if event.promotion:
            stack.append(event.bundle)
        while event.rollback and len(stack) > 1:
            fallen[stack.pop()] = event.look.why if event.look else ""
            if stack[-1] == event.bundle:
                break
    return stack, fallen


def _falling(folder: AnyPath, champion: str, now: str) -> Look | None:
    """The comparison that was about to put `now` in the place of a champion."""
    file = _file(folder)
    return file.look if file and champion in file.champions and now == file.before else None


def _file(folder: AnyPath) -> _File | None:
    try:
        return msgspec.json.decode((folder / CANARY).read_bytes(), type=_File)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _written(folder: AnyPath) -> list[Event]:
    path = folder / CHAMPIONS
    try:
        return list(msgspec.json.Decoder(Event).decode_lines(path.read_bytes())) if path.is_file() else []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is no list of champions: {error}", file=path, hint="without it, LATEST stays") from None


def _record(folder: AnyPath, event: Event) -> None:
    listed = [*events(folder), event]
    if event.promotion or event.rollback:
        _name(folder, event.bundle)
    _list(folder, listed)


def _list(folder: AnyPath, listed: list[Event]) -> None:
    folders.write(folder / CHAMPIONS, msgspec.json.Encoder().encode_lines(listed))


def _compare(folder: AnyPath, file: _File) -> None:
    folders.write(folder / CANARY, msgspec.json.encode(file))


def _name(folder: AnyPath, name: str) -> None:
    folders.write(folder / LATEST, f"{name}\n".encode())
