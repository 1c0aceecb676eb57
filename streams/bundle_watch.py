"""The champion while the worker runs: a new bundle is taken when LATEST changes, a bad one is refused."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from prometheus_client import Counter

from models import bundle
from models.bundle import Bundle
from models.errors import AislewiseError

log = logging.getLogger("aislewise.bundle")
LOOK_SECONDS = 0.5
REFUSED = Counter("aislewise_bundles_refused", "Bundles that LATEST named and that did not verify.")
TAKEN = Counter("aislewise_bundles_taken", "Bundles that were put to use.")


class Champion:
    """`current` is the bundle in use, None before the first."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self.current: Bundle | None = None
        self._looked = float("-inf")
        self._tried: tuple[str, int] | None = None

    def look(self) -> None:
        """Cheap; looks at LATEST at most every LOOK_SECONDS."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            named = bundle.latest(self._folder)
            stamp = (str(named), (self._folder / bundle.LATEST).stat().st_mtime_ns) if named else None
        except OSError as error:
            log.warning("%s cannot be read: %s", self._folder / bundle.LATEST, error.strerror)
            return
        if named is None or stamp == self._tried:
            return
        self._tried = stamp
        self._take(named)

    def _take(self, named: Path) -> None:
        try:
            self.current = bundle.load(named)
        except (AislewiseError, OSError) as error:
            REFUSED.inc()
            kept = self.current.name if self.current else "no bundle"
            log.error("bundle %s is refused, %s stays: %s", named.name, kept, error)
            return
        TAKEN.inc()
        log.info("bundle %s is in use", named.name)
