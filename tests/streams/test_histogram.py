"""A step of the histogram filter as a matrix: nobody is lost in it, and the way back is the same matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models import floorplan
from models.plans import StorePlans
from streams.dwell.arrays import AREA, HISTOGRAM, MODES, ROW, SIDE, Ground, new_work
from streams.dwell.backward import hear_back, step_back
from streams.dwell.engine import Engine
from streams.dwell.histogram import carry, hear, keep, load, look, step, tell
from streams.dwell.tiles import SIDES_M
from tests.streams.toy import SILENCE_S, plan_bytes, zone

STATES = MODES * AREA
INNER = np.zeros((MODES, SIDE, ROW), np.bool_)
INNER[:, :, 2 : SIDE + 2] = True
INNER = INNER.ravel()
FEATURES = [
    zone("hall", "department", (0, 0, 30, 20)),
    zone("one", "display", (4, 4, 7, 6)),
    zone("two", "display", (20, 12, 23, 15)),
    zone("shelf", "obstacle", (9, 8, 15, 9)),
]
METRE = SIDES_M.index(1.0)


class Filter:
    """A window of tiles of one metre over the plan, with its lower-left corner so far from the plan's."""

    def __init__(self, right: int, up: int) -> None:
        plans = StorePlans.always(floorplan.parse(plan_bytes(FEATURES)))
        self.ground: Ground = Engine(plans, SILENCE_S)._ground
        self.model, self.mosaic = self.ground.model[0], self.ground.mosaics[METRE]
        self.work = new_work()[0]
        self.histogram: Any = np.zeros(1, HISTOGRAM)[0]
        self.histogram["mosaic"] = METRE
        self.histogram["row"], self.histogram["column"] = SIDE + 3 + up, SIDE + 3 + right
        self.histogram["bias"]["variance"] = 1 - self.model["white"]
        look(self.work, self.histogram, self.mosaic, self.ground.planes)

    def matrix(self) -> NDArray[np.float64]:
        """Of a step, shape (to, from)."""
        columns = np.zeros((STATES, STATES))
        for state in np.flatnonzero(INNER):
            self.work["now"] = 0
            self.work["now"].reshape(-1)[state] = 1
            step(self.histogram, self.work, self.mosaic, self.model)
            columns[:, state] = self.work["now"].reshape(-1)
        return columns

    @property
    def middle(self) -> tuple[float, float]:
        """Of the window, in the plan's frame: this plan is not turned."""
        left, low = self.mosaic["left"], self.mosaic["low"]
        return left + self.histogram["column"] + SIDE / 2, low + self.histogram["row"] + SIDE / 2


@pytest.fixture(scope="module", params=[(1, 1), (6, 4), (16, 9)])
def found(request: pytest.FixtureRequest) -> tuple[Filter, NDArray[np.float64]]:
    one = Filter(*request.param)
    return one, one.matrix()


def test_nobody_is_lost_who_cannot_have_left_the_window(found: tuple[Filter, NDArray[np.float64]]) -> None:
    _, matrix = found
    central = np.zeros((MODES, SIDE, ROW), np.bool_)
    central[:, 2 : SIDE - 2, 4:SIDE] = True
    np.testing.assert_allclose(matrix.sum(axis=0)[central.ravel()], 1, atol=2e-5)
    assert (matrix.sum(axis=0) < 1 + 2e-5).all()
    assert (matrix >= 0).all()


def test_nobody_is_in_the_border(found: tuple[Filter, NDArray[np.float64]]) -> None:
    _, matrix = found
    assert not matrix[~INNER].any()


def test_the_way_back_is_the_way_there_turned_round(found: tuple[Filter, NDArray[np.float64]]) -> None:
    one, matrix = found
    later = np.random.default_rng(1).random(STATES).astype(np.float32)
    one.work["back"].reshape(-1)[:] = later
    step_back(one.work, one.mosaic)
    there = (matrix.T @ later)[INNER]
    np.testing.assert_allclose(one.work["back"].reshape(-1)[INNER], there, rtol=2e-4, atol=1e-6)


def test_a_fix_is_heard_back_as_it_was_heard(found: tuple[Filter, NDArray[np.float64]]) -> None:
    one, _ = found
    x, y = one.middle
    fix = (x + 1.3, y - 0.7, 2.25)
    tell(one.work["told"], one.histogram, one.mosaic, fix, one.model)
    before = np.where(INNER, np.random.default_rng(2).random(STATES), 0).astype(np.float32)
    one.work["now"].reshape(-1)[:] = before
    assert hear(one.histogram.copy(), one.work, one.mosaic, fix, one.model)
    one.work["back"][:] = 1
    hear_back(one.work, one.work["told"])
    likely = before * one.work["back"].reshape(-1)
    heard = one.work["now"].reshape(-1)[INNER]
    np.testing.assert_allclose(heard, (likely / likely.sum())[INNER], rtol=1e-3, atol=1e-8)


def test_a_fix_is_likeliest_where_it_is(found: tuple[Filter, NDArray[np.float64]]) -> None:
    one, _ = found
    x, y = one.middle
    tell(one.work["told"], one.histogram, one.mosaic, (x + 1.5, y - 0.5, 1.0), one.model)
    told = one.work["told"]
    assert told["fits_x"][0].argmax() == 2 + SIDE // 2 + 1
    assert told["fits_y"][0].argmax() == SIDE // 2 - 1


def test_what_is_kept_is_what_was_worked_on_but_for_a_part_in_two_hundred_of_its_root() -> None:
    one = Filter(4, 4)
    before = np.where(INNER, np.random.default_rng(3).random(STATES), 0).astype(np.float32)
    one.work["now"].reshape(-1)[:] = before
    keep(one.histogram, one.work)
    one.work["now"][:] = 0
    load(one.histogram, one.work)
    after = one.work["now"].reshape(-1)
    scale = float(before.max() / after.max())
    np.testing.assert_allclose(np.sqrt(after * scale), np.sqrt(before), atol=1 / 400)


def test_a_belief_goes_on_in_a_window_that_lies_elsewhere() -> None:
    one = Filter(4, 4)
    x, y = one.middle
    tiles = (one.ground.mosaics, one.ground.planes)
    row, column = int(one.histogram["row"]), int(one.histogram["column"])

    def heard(ts: int, up: int, right: int) -> NDArray[np.float32]:
        at = (METRE, row + up, column + right)
        carry(one.histogram, one.work, at, ts, (x, y, 1.0), tiles, one.model, False)
        return np.asarray(one.work["now"]).reshape(MODES, SIDE, ROW).copy()

    one.histogram["mosaic"] = -1  # nothing is known yet
    before = heard(0, 0, 0)
    after = heard(0, 1, -2)
    both = before[:, 1:, 2:8], after[:, : SIDE - 1, 4:10]
    assert np.corrcoef(both[0].ravel(), both[1].ravel())[0, 1] > 0.95
