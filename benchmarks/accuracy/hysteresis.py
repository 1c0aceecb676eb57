"""Hysteresis: point in polygon, but another zone must hold for some seconds before it is believed."""

from __future__ import annotations

from benchmarks.accuracy.answers import Answers, Method, spend
from benchmarks.accuracy.case import Case
from benchmarks.accuracy.chart import Codes, Numbers

HOLD_S = 4.0


def answer(case: Case) -> Answers:
    answers = case.nothing()
    for track in case.tracks:
        zones = case.chart.at(track.x_m, track.y_m, track.floor)
        for given, codes in zip((answers.department, answers.display), zones, strict=True):
            given[track.span] = held(codes, track.t_s)
            spend(answers.live_s[track.device], given[track.span], track.t_s)
    return answers


def held(codes: Codes, t_s: Numbers) -> Codes:
    """A zone is challenged from the middle of the way to the first ping in another one."""
    kept = codes.copy()
    now = challenger = int(codes[0])
    since = float(t_s[0])
    for i, code in enumerate(codes.tolist()):
        if code == now:
            challenger = now
        elif code != challenger:
            challenger, since = code, float(t_s[i - 1] + t_s[i]) / 2
        if challenger != now and t_s[i] - since >= HOLD_S:
            now = challenger
        kept[i] = now
    return kept


METHOD = Method("hysteresis", True, answer)
