"""The champion while the worker runs: a new bundle is taken when LATEST changes, a bad one is refused."""

from __future__ import annotations

import logging

from prometheus_client import Counter

from models import bundle, folders
from models.bundle import Bundle
from models.errors import BundleError
from models.folders import AnyPath
from models.lookout import Lookout

log = logging.getLogger("aislewise.bundle")
LOOK_SECONDS = 0.5
REFUSED = Counter("aislewise_bundles_refused", "Bundles that LATEST named and that did not verify.")
TAKEN = Counter("aislewise_bundles_taken", "Bundles that were put to use.")


class Champion:
    """`current` is the bundle in use, None before the first; it changes in `look` only."""

    def __init__(self, folder: str | AnyPath) -> None:
        self._folder = folders.at(folder)
        self.current: Bundle | None = None
        self._found: Bundle | None = None
        self._tried = ""
        self._lookout = Lookout(self._read, LOOK_SECONDS)

    def look(self, at_once: bool = False) -> None:
        """Cheap: a bundle that was named since is loaded beside our work, unless it is to be `at_once`."""
        if at_once:
            self._read()
        else:
            self._lookout.ask()
        if self._found is not self.current:
            self.current = self._found
            TAKEN.inc()
            log.info("bundle %s is in use", self.current.name if self.current else "none")

    def _read(self) -> None:
        latest = self._folder / bundle.LATEST
        try:
            if (stamp := folders.stamp(latest)) == self._tried:
                return
            if (named := bundle.latest(self._folder)) is not None:
                self._take(named)
            self._tried = stamp
        except FileNotFoundError:
            return  # none was made yet
        except OSError as error:  # it is away, and looked at again
            log.warning("%s cannot be read: %s", latest, error.strerror)

    def _take(self, named: AnyPath) -> None:
        try:
            self._found = bundle.load(named)
        except BundleError as error:
            REFUSED.inc()
            kept = self.current.name if self.current else "no bundle"
            log.error("bundle %s is refused, %s stays: %s", named.name, kept, error)
