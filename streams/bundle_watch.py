"""The bundles while the worker runs: a new one is taken when LATEST or CANARY changes, a bad one is refused."""

from __future__ import annotations

import logging

from prometheus_client import Counter

from models import arms, bundle, folders
from models.arms import Arms
from models.bundle import Bundle
from models.errors import BundleError
from models.folders import AnyPath
from models.lookout import Lookout

log = logging.getLogger("aislewise.bundle")
LOOK_SECONDS = 0.5
REFUSED = Counter("aislewise_bundles_refused", "Bundles that LATEST named and that did not verify.")
TAKEN = Counter("aislewise_bundles_taken", "Bundles that were put to use.")


class Champion:
    """`arms` are the bundles in use, none before the first; they change in `look` only."""

    def __init__(self, folder: str | AnyPath) -> None:
        self._folder = folders.at(folder)
        self.arms = self._found = Arms()
        self._tried = ("", "")
        self._lookout = Lookout(self._read, LOOK_SECONDS)

    def look(self, at_once: bool = False) -> None:
        """Cheap: a bundle that was named since is loaded beside our work, unless it is to be `at_once`."""
        if at_once:
            self._read()
        else:
            self._lookout.ask()
        if self._found is self.arms:
            return
        before, self.arms = self.arms, self._found
        if self.arms.champion is not before.champion:
            TAKEN.inc()
            log.info("bundle %s is in use", _name(self.arms.champion))
        if self.arms.before is not before.before:
            log.info("bundle %s keeps a share of the visits", _name(self.arms.before))

    def _read(self) -> None:
        try:
            if (stamps := arms.stamps(self._folder)) == self._tried:
                return
            if (named := bundle.latest(self._folder)) is not None:
                found = self._found
                champion = found.champion if stamps[0] == self._tried[0] else self._loaded(named) or found.champion
                self._found = Arms(champion, self._before(champion))
            self._tried = stamps
        except FileNotFoundError:
            return  # none was made yet
        except OSError as error:  # it is away, and looked at again
            log.warning("%s cannot be read: %s", self._folder, error.strerror)

    def _before(self, champion: Bundle | None) -> Bundle | None:
        """The bundle that keeps a share, None where the champion in use is not compared with one."""
        pair = arms.canary(self._folder)
        if pair is None or champion is None or champion.name not in pair.champions:
            return None
        known = (one for one in (self._found.champion, self._found.before) if one is not None)
        return next((one for one in known if one.name == pair.before), None) or self._loaded(self._folder / pair.before)

    def _loaded(self, named: AnyPath) -> Bundle | None:
        try:
            return bundle.load(named)
        except BundleError as error:
            REFUSED.inc()
            log.error("bundle %s is refused, %s stays: %s", named.name, _name(self.arms.champion), error)
            return None


def _name(one: Bundle | None) -> str:
    return one.name if one else "no bundle"
