"""Point in polygon: each ping is where it says that it is."""

from __future__ import annotations

from benchmarks.accuracy.answers import Answers, Method, spend
from benchmarks.accuracy.case import Case, Track
from benchmarks.accuracy.chart import Numbers


def answer(case: Case) -> Answers:
    answers = case.nothing()
    for track in case.tracks:
        put(case, track, track.x_m, track.y_m, answers)
    return answers


def put(case: Case, track: Track, x_m: Numbers, y_m: Numbers, answers: Answers) -> None:
    """Answers with the zones at these points, and spends a visit's seconds there."""
    department, display = case.chart.at(x_m, y_m, track.floor)
    answers.department[track.span], answers.display[track.span] = department, display
    spend(answers.live_s[track.device], department, track.t_s)
    spend(answers.live_s[track.device], display, track.t_s)


METHOD = Method("point in polygon", True, answer)
