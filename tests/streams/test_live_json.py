"""The compiled JSON of live visits says what models.board.LiveVisit says."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.board import LiveVisit, iso
from streams import live_json
from streams.dwell.engine import Live
from tests.streams.toy import T0

NAMES = ("shoes", 'a "quoted" one', "Größe\n")
NUMBER = st.floats(-1e9, 1e9).map(lambda value: round(value, 3))
VISIT = st.tuples(
    NUMBER, NUMBER, st.integers(-32768, 32767), st.sampled_from((-1, 0, 1, 2)), st.sampled_from((-1, 0, 1, 2)),
    st.dictionaries(st.sampled_from((0, 1, 2)), st.floats(0, 1e6).map(lambda value: round(value, 3))),
)  # fmt: skip


def written(visits: list[tuple[float, float, int, int, int, dict[int, float]]]) -> list[LiveVisit]:
    x, y, floor, department, display, dwell = zip(*visits, strict=True)
    count, head = len(visits), live_json.as_bytes(b"0123456789abcdef" + iso(T0).encode())
    live = Live(
        np.zeros(count, np.uint64), np.ones(count, np.bool_), np.zeros(count, np.int64), np.zeros(count, np.int64),
        np.array(x), np.array(y), np.array(floor, np.int16), np.array(department, np.int32),
        np.array(display, np.int32), np.full(count, 1.25), np.cumsum([len(one) for one in dwell], dtype=np.int64),
        np.array([zone for one in dwell for zone in one], np.int32),
        np.array([s for one in dwell for s in one.values()], np.float64),
    )  # fmt: skip
    texts = live_json.write(live, np.tile(head, (count, 1)), live_json.zone_names(NAMES))
    return [msgspec.json.decode(text, type=LiveVisit) for text in texts]


@settings(deadline=None)
@given(st.lists(VISIT, min_size=1, max_size=5))
def test_each_visit_says_what_its_columns_say(
    visits: list[tuple[float, float, int, int, int, dict[int, float]]],
) -> None:
    for visit, (x, y, floor, department, display, dwell) in zip(written(visits), visits, strict=True):
        zones = [None if code < 0 else NAMES[code] for code in (department, display)]
        assert visit.visit_id == "0123456789abcdef"
        assert visit.since == iso(T0)
        assert (visit.x_m, visit.y_m, visit.floor, visit.sigma_m) == (x, y, floor, 1.25)
        assert [visit.department, visit.display] == zones
        assert visit.dwell == {NAMES[zone]: seconds for zone, seconds in dwell.items()}


def test_what_is_no_number_or_too_far_still_is_json() -> None:
    (visit,) = written([(-1e300, 1e300, 0, -1, -1, {})])
    assert (visit.x_m, visit.y_m) == (-1e12, 1e12)
