"""Customers who were erased and whose past a bundle may still hold: a file each in `.forget` of the folder of bundles.

The next night obeys: every bundle that has such a profile loses it, the champion too, and stays usable.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from io import BytesIO

import numpy as np

from models import bundle, folders
from models.bundle import MANIFEST
from models.erasure.names import Names
from models.errors import BundleError, FolderError
from models.folders import AnyPath

FOLDER = ".forget"
PROFILES = "profiles.npz"


def ask(folder: AnyPath, names: Names) -> bool:
    """Whether a bundle holds one of these customers; then the next night is asked."""
    wanted = {one.id for one in names.of("customer")}
    known = {one for path in (_all(folder) if wanted else ()) for one in _holds(path, wanted)}
    for customer in sorted(known):
        folders.create(folder / FOLDER / customer, b"")
    return bool(known)


def asked(folder: AnyPath) -> set[str]:
    """The customers whom the next night has to forget."""
    return {path.name for path in folders.glob(folder / FOLDER, "*")}


def forget(folder: AnyPath) -> int:
    """Obeys, and says how many bundles have changed; killed, it is done again. Raises FolderError."""
    customers, changed = asked(folder), 0
    for path in _all(folder) if customers else ():
        if _holds(path, customers):
            _strip(path, customers)
            changed += 1
    if changed and (champion := bundle.latest(folder)) is not None:
        # named again, so that workers load it again
        folders.write(folder / bundle.LATEST, f"{champion.name}\n".encode())
    folders.remove([folder / FOLDER / customer for customer in sorted(customers)])
    return changed


def _all(folder: AnyPath) -> list[AnyPath]:
    return [path.parent for path in folders.glob(folder, f"[!.]*/{PROFILES}")]


def _holds(path: AnyPath, customers: Collection[str]) -> set[str]:
    try:
        with np.load(BytesIO((path / PROFILES).read_bytes()), allow_pickle=False) as arrays:
            return set(customers).intersection(arrays["customer"].tolist())
    except FolderError:
        raise
    except (OSError, ValueError, KeyError):
        return set()


def _strip(path: AnyPath, customers: Collection[str]) -> None:
    """The bundle without their profiles; all else stays as it is."""
    try:
        known = bundle.load(path)
    except FolderError:
        raise
    except BundleError:
        # nobody can use it, but anybody could read it
        folders.remove([path / PROFILES])
        return
    parts = {*known.manifest.files, MANIFEST}
    extra = {one.name: one.read_bytes() for one in folders.glob(path, "[!.]*") if one.name not in parts}
    kept = known.knowledge.profiles.without(customers)
    bundle.save(path, known.manifest, replace(known.knowledge, profiles=kept), extra, over=True)
