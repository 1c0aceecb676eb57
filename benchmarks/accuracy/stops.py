"""What a library that detects stops is asked and what becomes of its answer: stops by trackintel and by MovingPandas.

In a stop somebody is where its middle is. Between stops a ping says the department, and nobody is at a display. The
stops are found with later pings: these methods are not causal.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np

from benchmarks.accuracy import polygon
from benchmarks.accuracy.answers import Answers, Method, spend
from benchmarks.accuracy.case import Case
from benchmarks.accuracy.kalman import known

SHORTEST_S = 10.0
ROOM_M, SIGMAS = 2.0, 2.0
"""Who stays within ROOM_M and SIGMAS standard deviations of the error has stopped."""
_EARTH_M = 6_371_000.0
_METRES = "EPSG:32631"
"""A frame in metres. MovingPandas wants to know one."""


class Stop(NamedTuple):
    """Seconds of the scenario, metres of the plan."""

    track: int
    start_s: float
    end_s: float
    x_m: float
    y_m: float


def answer(case: Case, stops: Iterator[Stop]) -> Answers:
    answers = polygon.answer(case)
    answers.live_s[:] = 0
    answers.display[:] = -1
    for stop in stops:
        _put(case, stop, answers)
    for track in case.tracks:
        spend(answers.live_s[track.device], answers.department[track.span], track.t_s)
    answers.smoothed_s = answers.live_s
    return answers


def reach_m(case: Case) -> float:
    """How far pings of one stop may lie from each other."""
    sigma_m = np.concatenate([known(track.sigma_m) for track in case.tracks])
    return ROOM_M + SIGMAS * float(np.median(sigma_m))


def _put(case: Case, stop: Stop, answers: Answers) -> None:
    track = case.tracks[stop.track]
    here = np.flatnonzero((track.t_s >= stop.start_s) & (track.t_s <= stop.end_s))
    if not len(here):
        return
    middle = np.array([stop.x_m]), np.array([stop.y_m]), track.floor[here[len(here) // 2]][None]
    department, display = case.chart.at(*middle)
    answers.department[track.first + here], answers.display[track.first + here] = department[0], display[0]
    if display[0] >= 0:
        answers.live_s[track.device, display[0]] += stop.end_s - stop.start_s


def _trackintel(case: Case) -> Answers:
    return answer(case, _staypoints(case))


def _staypoints(case: Case) -> Iterator[Stop]:
    """Its only distance is the haversine: the plan lies at the equator, where a degree is as long either way."""
    import geopandas as gpd
    import trackintel as ti  # its wheel has a package `benchmarks` too: ours comes first where the root is the folder

    metres = math.radians(1) * _EARTH_M
    columns = _columns(case)
    points = gpd.points_from_xy(columns["x_m"] / metres, columns["y_m"] / metres, crs="EPSG:4326")
    frame = gpd.GeoDataFrame(
        {"user_id": columns["track"], "tracked_at": columns["at"].tz_localize("UTC")}, geometry=points
    )
    fixes = ti.Positionfixes(frame)
    _, found = fixes.generate_staypoints(
        dist_threshold=reach_m(case), time_threshold=SHORTEST_S / 60, gap_threshold=5.0, include_last=True
    )
    for row in found.itertuples():
        middle = row.geom if hasattr(row, "geom") else row.geometry
        yield Stop(row.user_id, _s(row.started_at), _s(row.finished_at), middle.x * metres, middle.y * metres)


def _movingpandas(case: Case) -> Answers:
    return answer(case, _stop_segments(case))


def _stop_segments(case: Case) -> Iterator[Stop]:
    import geopandas as gpd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it asks for Stone Soup
        import movingpandas as mpd

    columns = _columns(case)
    points = gpd.points_from_xy(columns["x_m"], columns["y_m"], crs=_METRES)
    frame = gpd.GeoDataFrame({"track": columns["track"], "at": columns["at"]}, geometry=points)
    walks = mpd.TrajectoryCollection(frame, traj_id_col="track", t="at")
    detector = mpd.TrajectoryStopDetector(walks)
    stops = detector.get_stop_points(max_diameter=2 * reach_m(case), min_duration=timedelta(seconds=SHORTEST_S))
    for row in stops.itertuples():
        yield Stop(int(row.traj_id), _s(row.start_time), _s(row.end_time), row.geometry.x, row.geometry.y)


def _columns(case: Case) -> dict[str, Any]:
    """All pings, a visit after another."""
    import pandas as pd

    def joined(name: str) -> Any:
        return np.concatenate([getattr(track, name) for track in case.tracks])

    number = np.repeat(np.arange(len(case.tracks)), [len(track.rows) for track in case.tracks])
    at = pd.to_datetime(np.rint(joined("t_s") * 1000).astype(np.int64), unit="ms")
    return {"track": number, "at": at, "x_m": joined("x_m"), "y_m": joined("y_m")}


def _s(moment: Any) -> float:
    return float(moment.timestamp())


TRACKINTEL = Method("trackintel", False, _trackintel, "trackintel")
MOVINGPANDAS = Method("MovingPandas", False, _movingpandas, "movingpandas")
