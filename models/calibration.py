"""What a plan may carry for its store: values of the dwell engine's parameters, as `aislewise calibrate` measures them.

In the plan's GeoJSON: `"aislewise": {…, "calibration": {"sigma_m": 2.4, "walk_s": 18}}`.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.errors import PlanError

SHARES = ("white", "ways", "outlier_share", "floor_error", "display_p", "unsure")
SIZES = (
    *("stand_s", "walk_s", "speed_m_s", "speed_memory_s", "sway_m2_s", "sigma_m", "sigma_factor", "sigma_trust"),
    *("sigma_doubt", "seen", "seen_spread", "outlier_scale", "display_density", "department_density"),
    *("near_density", "far_density", "obstacle_density", "display_passage", "outside_passage", "obstacle_passage"),
    *("near_m", "switch_s", "floor_s", "flicker_s", "standing_error_s", "walking_error_s"),
    *("pace_m_s", "pace_spread_m", "straight_s"),
)
"""Names of parameters, in metres, seconds, or as a factor; shares are below 1. Other names are ignored."""
LEAST, MOST = 1e-6, 1e6
"""Beyond these the arithmetic would decide, not the store."""


def of_plan(given: object, file: object = None) -> Mapping[str, float]:
    """The known names of a plan's member `calibration`. Raises PlanError for a value that no store can have."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise PlanError("is not an object of names and numbers", file=file, field="aislewise.calibration")
    return {name: _value(name, given[name], file) for name in (*SIZES, *SHARES) if name in given}


def _value(name: str, value: object, file: object) -> float:
    field = f"aislewise.calibration.{name}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise PlanError(f"{value!r} is not a positive finite number", file=file, field=field)
    if name in SHARES and value >= 1:
        raise PlanError(f"{value!r} is a share, and not below 1", file=file, field=field)
    if not LEAST <= value <= MOST:
        raise PlanError(f"{value!r} is not between {LEAST:g} and {MOST:g}", file=file, field=field)
    return float(value)
