"""The pictures of a night's report: estimates with their 95 % intervals as inline SVG, without scripts."""

from __future__ import annotations

import html
from collections.abc import Sequence

from models.report import Comparison, Interval, Lift

WIDTH, ROW, LEFT = 640, 34, 200


def of(lift: Lift | None, comparison: Comparison | None) -> str:
    """One picture for what is known; empty where nothing is."""
    found = ""
    if comparison:
        names = ("Challenger", "Champion", "Difference")
        parts = (comparison.challenger, comparison.champion, comparison.difference)
        found += intervals("Additional margin a seen prompt", list(zip(names, parts, strict=True)))
    if lift:
        whole = Interval(lift.estimate, lift.ci_low, lift.ci_high)
        found += intervals("Additional margin a visit", [(f"{lift.from_date} to {lift.to_date}", whole)])
    return found


def intervals(title: str, rows: Sequence[tuple[str, Interval]]) -> str:
    """A line for each interval with a dot at its estimate, and a line at 0."""
    low = min(0.0, *(one.ci_low for _, one in rows))
    high = max(0.0, *(one.ci_high for _, one in rows))
    scale = (WIDTH - LEFT - 20) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return LEFT + (value - low) * scale

    height = ROW * (len(rows) + 1)
    drawn = f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{ROW}" y2="{height}" stroke="#999" stroke-dasharray="3"/>'
    for number, (name, one) in enumerate(rows):
        y = ROW * (number + 1.5)
        drawn += (
            f'<text x="0" y="{y + 5}">{html.escape(name)}</text>'
            f'<line x1="{x(one.ci_low):.1f}" x2="{x(one.ci_high):.1f}" y1="{y}" y2="{y}" stroke="#1f77b4"/>'
            f'<circle cx="{x(one.estimate):.1f}" cy="{y}" r="5" fill="#1f77b4">'
            f"<title>{one.estimate:.4g} ({one.ci_low:.4g} to {one.ci_high:.4g})</title></circle>"
        )
    head = f"<figure><figcaption>{html.escape(title)}</figcaption>"
    return f'{head}<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">{drawn}</svg></figure>'
