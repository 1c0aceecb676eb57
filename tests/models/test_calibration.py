"""What a plan carries for its store: known names are checked, all others are ignored."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from models import calibration, floorplan
from models.errors import PlanError
from streams.dwell.parameters import Parameters
from tests.streams.toy import plan_bytes


def calibrated(member: Any) -> dict[str, float]:
    return dict(floorplan.parse(plan_bytes(calibration=member), "S1.geojson").calibration)


def test_known_names_are_taken_and_others_ignored() -> None:
    given = {"sigma_m": 2.4, "walk_s": 18, "floor_error": 0.01, "correlated": "much", "comment": None, "__class__": 1}
    assert calibrated(given) == {"sigma_m": 2.4, "walk_s": 18.0, "floor_error": 0.01}
    assert calibrated({}) == calibrated(None) == {}


@pytest.mark.parametrize("value", [0, -1, -0.0, "2", True, None, [2], {}, 10**400, 1e-9])
def test_a_value_that_no_store_can_have_is_refused(value: object) -> None:
    with pytest.raises(PlanError, match=r"S1\.geojson, field aislewise\.calibration\.sigma_m: "):
        calibrated({"sigma_m": value})


def test_infinity_by_way_of_a_large_number_is_refused() -> None:
    text = plan_bytes(calibration={"sigma_m": 12345.0}).replace(b"12345.0", b"1e999")
    with pytest.raises(PlanError, match="inf is not a positive finite number"):
        floorplan.parse(text)


def test_a_share_is_below_one() -> None:
    with pytest.raises(PlanError, match="share"):
        calibrated({"outlier_share": 1})


@pytest.mark.parametrize("member", [[], "sigma_m", 3, True])
def test_a_member_that_is_no_object_is_refused(member: object) -> None:
    with pytest.raises(PlanError, match=r"aislewise\.calibration: "):
        calibrated(member)


def test_the_names_are_the_parameters_of_the_engine() -> None:
    names = [*calibration.SIZES, *calibration.SHARES]
    assert len(set(names)) == len(names)
    assert set(names) == {field.name for field in fields(Parameters)}


def test_the_calibration_is_part_of_the_plans_version() -> None:
    plain, other = (floorplan.parse(plan_bytes(**more)) for more in ({}, {"calibration": {"sigma_m": 2.0}}))
    assert plain.version != other.version
    assert json.loads(json.dumps(other.features))["aislewise"]["calibration"] == {"sigma_m": 2.0}
