"""What the engine believes about people and positions, in physical units; the defaults need no tuning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Parameters:
    """How people move and how positions err. `aislewise calibrate` estimates some of them for a store."""

    stand_s: float = 30.0
    """How long somebody who stands stands on, on average: stops at shelves last seconds to minutes (Hui, Bradlow and
    Fader 2009 give means of tens of seconds)."""
    walk_s: float = 12.0
    """… and who walks or browses along, goes on: about ten metres of aisle."""
    speed_m_s: float = 1.0
    """Root mean square speed of who walks or browses among shelves; on open ground it is 1.34 (Weidmann 1993)."""
    speed_memory_s: float = 10.0
    """Their velocity is mostly another after this long."""
    pace_m_s: float = 0.9
    pace_spread_m: float = 0.6
    """Mean pace along an aisle, and how far on each axis somebody is off it after a second."""
    straight_s: float = 12.0
    """Until who walks takes a turn."""
    sway_m2_s: float = 0.02
    """How fast somebody who stands drifts, as a variance: half a metre in ten seconds."""
    sigma_m: float = 3.0
    """Standard deviation of a position on each axis where the sender does not say: a usual Wi-Fi fix."""
    sigma_trust: float = 0.45
    """How far a sender's own sigma is off, as a standard deviation of its logarithm …"""
    sigma_doubt: float = 0.7
    """… and how far `sigma_m` is, where the sender says nothing."""
    seen: float = 0.5
    """Of the variance of correlated errors, innovations show a quarter to all: taken to be so much …"""
    seen_spread: float = 0.3
    """… give or take, as a standard deviation of the logarithm of sigma."""
    unsure: float = 0.02
    """How often an answer is wrong for reasons that no probability here knows; widens the intervals on dwell."""
    standing_error_s: float = 120.0
    walking_error_s: float = 3.0
    """Errors are alike for about this long while somebody stands, and while they walk."""
    white: float = 0.5
    """So much of a fix's variance is new with each; the rest is carried on, for as long as the two above say."""
    outlier_share: float = 0.03
    outlier_scale: float = 4.0
    """Of so many fixes the error is so many times larger."""
    display_density: float = 1.0
    department_density: float = 0.08
    near_density: float = 0.05
    far_density: float = 0.02
    """How densely people stand at displays, elsewhere in departments and other zones, within `near_m` of a zone, and
    farther away, relative to each other."""
    obstacle_density: float = 0.003
    """… and inside shelves and walls: never, but drawings are not exact."""
    display_passage: float = 0.7
    outside_passage: float = 0.5
    obstacle_passage: float = 0.1
    """The same for who walks, relative to zones and what is near them: paths graze corners."""
    ways: float = 0.7
    """So much of the walking is along shortest ways from stop to stop, the rest is anywhere."""
    near_m: float = 2.0
    switch_s: float = 0.6
    """A change of the live department is taken to cost so much: it is made only where until the next fix, and so
    much longer, another department is expected to gain more."""
    display_p: float = 0.33
    """A display less probable than this is not published as fact."""
    floor_s: float = 300.0
    """How long somebody stays on a floor."""
    floor_error: float = 0.02
    """Share of fixes that name a wrong floor …"""
    flicker_s: float = 2.0
    """… and for how long they go on doing so."""
    sigma_factor: float = 1.0
    """A sender's own sigma is so many times too small."""

    def calibrated(self, measured: Mapping[str, float]) -> Parameters:
        """With the values that were measured in a store, by field; other names are ignored."""
        return replace(self, **{one.name: measured[one.name] for one in fields(self) if one.name in measured})

    def record(self) -> NDArray[np.void]:
        """As the kernel reads them: one record of float64."""
        names = [field.name for field in fields(self)]
        return np.array([tuple(getattr(self, name) for name in names)], np.dtype([(name, "f8") for name in names]))


DEFAULTS = Parameters()
