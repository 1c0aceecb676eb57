"""How good a location system is: its period, the parts of its error, what it says of it, and what it loses.

The error of a position has three parts that sum to `sigma_m`² on each axis: white (new with every ping), correlated in
time, and fixed by place. Indoors Wi-Fi errs by 2 to 3 m in the median (Bahl, Padmanabhan 2000, "RADAR"), and successive
samples of a signal's strength are correlated by up to .9 (Youssef, Agrawala 2005, "The Horus WLAN location
determination system"). How the error divides into parts, and all rates, are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from models.errors import InputError

Reported = Literal["true", "wrong", "constant", "missing"]
"""What a ping says of its standard deviation: the true one; the true one times a factor that the phone has for good;
`sigma_m` for every ping; or nothing (null)."""

Kind = Literal["mild", "white", "usual", "harsh"]


@dataclass(frozen=True)
class Sensor:
    """Seconds, metres, rates an hour (`_h`); shares are of pings unless said otherwise. The same at any period."""

    period_s: float = 2.0
    jitter_s: float = 0.2
    """A ping comes at most this much before or after its time."""
    sigma_m: float = 1.0
    """Standard deviation of the error on each axis: the median over phones and pings, root mean square over places."""
    phone_spread: float = 0.25
    ping_spread: float = 0.25
    """Standard deviations of the logarithm of sigma from phone to phone, and from ping to ping."""
    correlated: float = 1.0
    placed: float = 0.0
    """Shares of the error's variance that are correlated in time and fixed by place; the rest is white."""
    correlation_s: float = 9.0
    """After this time the correlation of the part correlated in time has fallen to 1/e."""
    place_m: float = 4.0
    """Correlation length of the part fixed by place and of `area_spread`: after it the correlation is exp(-1/2)."""
    outlier_share: float = 0.0
    outlier_scale: float = 4.0
    """An outlier's error is drawn anew with this many sigmas; the sigma that is reported does not know of it."""
    near_factor: float = 1.0
    near_m: float = 1.5
    """At walls and racks sigma is `near_factor` times that in the open; the excess falls to 1/e in `near_m`."""
    area_spread: float = 0.0
    """Standard deviation of the logarithm of sigma from area to area of the floor."""
    wrong_floor: float = 0.0
    """Share of the pings that name a neighbouring floor, in a store that has several."""
    reported: Reported = "true"
    wrong_spread: float = 0.4
    """Where `reported` is "wrong": standard deviation of the logarithm of a phone's factor."""
    gaps_h: float = 5.4
    gap_s: float = 12.0
    longest_gap_s: float = 60.0
    """Drop-outs: their mean length before the longest cuts it off. Pings in them are lost."""
    sleeps_h: float = 0.0
    sleep_s: float = 60.0
    """Sleeps and their mean length: the pings of a sleep are stored and arrive with its last one in a burst."""
    clock_spread_s: float = 0.0
    clock_jumps_h: float = 0.0
    clock_jump_s: float = 2.0
    """Standard deviation of the phones' clocks against the truth, jumps of a clock, and their standard deviation."""
    late_share: float = 0.003
    copy_share: float = 0.003

    def __post_init__(self) -> None:
        if self.period_s <= 0 or self.sigma_m <= 0 or self.correlation_s <= 0 or self.place_m <= 0:
            raise InputError("period, sigma, correlation time and length are above 0", field="sensor")
        if min(self.correlated, self.placed, self.white) < -1e-9:
            raise InputError("the shares of the error's variance are above 0 and sum to 1 at most", field="sensor")

    @property
    def white(self) -> float:
        """Share of the error's variance that is new with every ping."""
        return 1 - self.correlated - self.placed


_WHITE = Sensor(correlated=0.0)
_USUAL = Sensor(
    correlated=0.4,
    placed=0.35,
    correlation_s=20.0,
    outlier_share=0.02,
    near_factor=1.5,
    area_spread=0.2,
    gaps_h=6.0,
    gap_s=20.0,
    longest_gap_s=120.0,
)
_HARSH = replace(
    _USUAL,
    correlated=0.45,
    placed=0.45,
    correlation_s=40.0,
    phone_spread=0.4,
    ping_spread=0.4,
    outlier_share=0.05,
    outlier_scale=5.0,
    near_factor=2.0,
    area_spread=0.35,
    wrong_floor=0.01,
    reported="wrong",
    gaps_h=12.0,
    gap_s=40.0,
    longest_gap_s=240.0,
    sleeps_h=2.0,
    clock_spread_s=0.5,
    clock_jumps_h=0.5,
    late_share=0.01,
    copy_share=0.01,
)
PRESETS = {"mild": Sensor(), "white": _WHITE, "usual": _USUAL, "harsh": _HARSH}


def of(sigma_m: float, period_s: float = 2.0, kind: Kind = "usual", reported: Reported | None = None) -> Sensor:
    """A preset: "mild" is `Sensor()`, "white" has white errors only, "usual" all parts, "harsh" more and a wrong sigma.

    `sigma_m` in metres on each axis, outliers apart; `period_s` from 1 to 60 s. `reported` replaces the preset's.
    """
    preset = PRESETS[kind]
    jitter_s = min(preset.jitter_s, period_s / 4)
    return replace(preset, sigma_m=sigma_m, period_s=period_s, jitter_s=jitter_s, reported=reported or preset.reported)
