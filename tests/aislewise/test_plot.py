"""`aislewise replay --plot`: a picture of one visit beside the truth of a simulated day."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from aislewise import plot
from models import floorplan
from models.plans import StorePlans
from streams.replay.arrivals import arrivals
from streams.replay.closely import Dwell, Track, Tracks, Visit, tracks_of
from tests.aislewise.command import run
from tests.aislewise.test_replay import ALL, BOOKS, BOOTS, parquet
from tests.streams.toy import T0, plan_bytes

PNG = b"\x89PNG\r\n\x1a\n"
PLAN = floorplan.parse(plan_bytes())


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated day, and in `out` its replay with a picture."""
    folder = tmp_path_factory.mktemp("day")
    simulated = run("simulate", "--out", "day", "--shoppers", 5, "--minutes", 20, "--departments", 4, cwd=folder)
    assert simulated[0] == 0, simulated
    replay(folder, "visit.svg", "--truth", "day")
    return folder


def replay(folder: Path, picture: str, *options: str) -> bytes:
    inputs = ("--plan", "day/plan.geojson", "--pings", "day/pings.parquet", "--out", "out")
    code, _, said = run("replay", *inputs, "--plot", picture, *options, cwd=folder)
    assert code == 0, said
    return (folder / picture).read_bytes()


def texts(svg: bytes) -> set[str]:
    return set(re.findall(r"<text[^>]*>([^<]+)</text>", svg.decode()))


def test_the_visit_with_the_most_pings_in_zones_is_drawn_beside_the_truth(day: Path) -> None:
    drawn = texts((day / "visit.svg").read_bytes())
    inside = set(pq.read_table(day / "out" / "dwells.parquet").column("visit_id").to_pylist())
    visits = [row for row in pq.read_table(day / "out" / "visits.parquet").to_pylist() if row["visit_id"] in inside]
    most = max(visits, key=lambda row: row["pings"])
    assert any(most["visit_id"] in text and most["device_id"] in text for text in drawn)
    assert {"pings", "live", "smoothed", "true", "dwell, s, with 90 % intervals"} <= drawn
    departments = {zone.name for zone in floorplan.parse((day / "day/plan.geojson").read_bytes()).of_kind("department")}
    assert departments <= drawn


def test_a_device_is_chosen_and_the_same_visit_gives_the_same_bytes(day: Path) -> None:
    devices = pq.read_table(day / "out" / "visits.parquet").column("device_id").to_pylist()
    first, again = (replay(day, name, "--device", devices[-1]) for name in ("a.svg", "b.svg"))
    assert first == again
    assert any(devices[-1] in text for text in texts(first))
    assert "true" not in texts(first)
    assert replay(day, "visit.png", "--device", devices[-1]).startswith(PNG)


def test_tracks_are_the_answers_that_were_given_at_once(tmp_path: Path) -> None:
    pings = parquet(tmp_path / "p.parquet", [*ALL, *ALL[:9]])
    visit = Visit("v", "anna", T0, T0 + 118_000, 60, [])
    tracks = tracks_of(StorePlans.always(PLAN), 300.0, visit, arrivals(pings).pieces)
    assert (tracks.floor, len(tracks.raw.ts)) == (0, 61)
    assert tracks.smoothed.ts.tolist() == tracks.live.ts.tolist()
    # a smoothed place is told by tiles, here of two metres
    assert np.median(tracks.smoothed.sd_m) < 1
    assert tracks.live.ts.tolist() == [T0 + 2_000 * i for i in range(60)]
    for at, place in ((20, BOOTS), (59, BOOKS)):
        assert (tracks.live.x_m[at], tracks.live.y_m[at]) == pytest.approx(place, abs=1)
    assert 0 < tracks.live.sd_m.min() < np.median(tracks.live.sd_m) < 0.3


def test_tracks_and_bars_are_drawn(tmp_path: Path) -> None:
    track = Track(np.array([T0, T0 + 1]), np.array([1.0, 2.0]), np.array([1.0, 1.0]), np.array([0.5, 0.5]))
    visit = Visit("v", "anna", T0, T0 + 1, 2, [Dwell("department", "shoes", 5.0, 4.0, 6.0)])
    tracks = Tracks(0, track, track, track)
    plot.draw(tmp_path / "a.svg", PLAN, visit, tracks, None)
    plot.draw(tmp_path / "b.svg", PLAN, visit, tracks, {"boots": 3.0, "books": 2.0})
    alone, beside_truth = (texts((tmp_path / name).read_bytes()) for name in ("a.svg", "b.svg"))
    assert {"live", "smoothed"} <= alone
    assert "true" not in alone
    assert {"live", "smoothed", "true", "boots", "books", "shoes"} <= beside_truth
    assert plot.halo(track).area == pytest.approx(1 + np.pi / 4, abs=0.02)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--plot", "visit.pdf"), "'visit.pdf' ends with neither .svg nor .png"),
        (("--plot", "v.svg", "--device", "nobody"), "'nobody' has no visit"),
        (("--plot", "v.svg", "--truth", "day/none"), "truth.parquet: cannot be read"),
        (("--plot", "v.svg", "--pings", "-"), "standard input is read once"),
        (("--device", "nobody"), "field --device: is for --plot"),
        (("--truth", "day"), "field --truth: is for --plot"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(day: Path, options: tuple[str, ...], said: str) -> None:
    inputs = ("--plan", "day/plan.geojson", "--pings", "day/pings.parquet", "--out", "other")
    lines = run("replay", *inputs, *options, cwd=day)
    assert lines[0] == 2
    assert said in lines[2].splitlines()[-1]
    assert not (day / "v.svg").exists()
