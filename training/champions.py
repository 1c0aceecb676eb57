"""Which bundle is the champion: the file LATEST names it, CHAMPIONS keeps the order in which bundles came and went.

LATEST is replaced first and CHAMPIONS after it: a kill in between, or a LATEST written by hand, reads as a promotion.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec

from models import bundle, folders
from models.bundle import LATEST
from models.errors import BundleError, InputError
from models.folders import AnyPath

CHAMPIONS = "CHAMPIONS"


class Event(msgspec.Struct, frozen=True):
    """A line of CHAMPIONS: a bundle was promoted, or the champion rolled back to it."""

    bundle: str
    rollback: bool = False


def events(folder: AnyPath) -> list[Event]:
    """All that happened, oldest first, up to what LATEST says now."""
    path = folder / CHAMPIONS
    try:
        listed = msgspec.json.Decoder(Event).decode_lines(path.read_bytes()) if path.is_file() else []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is no list of champions: {error}", file=path, hint="without it, LATEST stays") from None
    now = bundle.latest(folder)
    if now is not None and (not listed or listed[-1].bundle != now.name):
        listed.append(Event(now.name))
    return list(listed)


def reigned(folder: AnyPath) -> list[str]:
    """The champions that a rollback can go back to, oldest first; the last is the one of now."""
    stack: list[str] = []
    for event in events(folder):
        if event.rollback:
            stack.pop()
        else:
            stack.append(event.bundle)
    return stack


def states(folder: AnyPath) -> dict[str, str]:
    """Of every bundle that has been champion: `champion`, `rolled back`, or `succeeded` by a later one."""
    stack: list[str] = []
    found: dict[str, str] = {}
    for event in events(folder):
        if event.rollback:
            found[stack.pop()] = "rolled back"
        else:
            stack.append(event.bundle)
        found |= dict.fromkeys(stack, "succeeded") | {stack[-1]: "champion"}
    return found


def promote(folder: AnyPath, name: str) -> None:
    """Makes a bundle that verifies the champion; nothing changes where it is already. Raises BundleError."""
    if PurePosixPath(name).name != name or not (folder / name / bundle.MANIFEST).is_file():
        raise BundleError(f"no bundle {name} in {folder}", "aislewise bundles lists them")
    bundle.load(folder / name)
    if reigned(folder)[-1:] != [name]:
        _record(folder, Event(name))
    elif bundle.latest(folder) is None:
        _name(folder, name)


def rollback(folder: AnyPath) -> str:
    """Puts back the champion before this one and returns its name. Raises InputError where there is none."""
    stack = reigned(folder)
    if len(stack) < 2:
        raise InputError("there is no champion before this one", file=folder / LATEST)
    bundle.load(folder / stack[-2])
    _record(folder, Event(stack[-2], rollback=True))
    return stack[-2]


def _record(folder: AnyPath, event: Event) -> None:
    listed = [*events(folder), event]
    _name(folder, event.bundle)
    folders.write(folder / CHAMPIONS, msgspec.json.Encoder().encode_lines(listed))


def _name(folder: AnyPath, name: str) -> None:
    folders.write(folder / LATEST, f"{name}\n".encode())
