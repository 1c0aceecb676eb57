"""Reports as pictures: SVG, in the colours of the page's themes and the words of its languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

from serving.reports import heatmap
from serving.reports.answer import Answer
from serving.reports.look import THEMES, Look
from serving.reports.report import LEAST
from serving.reports.words import WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ZONES = 16
FEW = f"<{LEAST}"
ROW_INCHES, WIDTH_INCHES = 0.3, 5.5
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Plot:
    """How a report is drawn; `height` is in inches, of so many rows."""

    draw: Callable[[Axes, Rows, Look], None]
    height: Callable[[int], float] = lambda rows: 2.7


def svg(answer: Answer, theme: str, language: str) -> bytes:
    """The same answer gives the same bytes."""
    import matplotlib
    from matplotlib.figure import Figure

    look, rows = Look(THEMES[theme], WORDS[language]), answer.table.to_pylist()
    plot = PLOTS.get(answer.report.name)
    with matplotlib.rc_context({**look.settings, "svg.hashsalt": answer.file_name, "svg.fonttype": "none"}):
        if plot is None:
            figure = heatmap.figure(answer.plan, rows, look)
        else:
            figure = Figure(figsize=(WIDTH_INCHES, plot.height(len(rows))), layout="constrained")
            axes = figure.subplots()
            axes.spines[["top", "right"]].set_visible(False)
            (plot.draw if rows else _nothing)(axes, rows, look)
        file = BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()


def _nothing(axes: Axes, rows: Rows, look: Look) -> None:
    axes.text(0.5, 0.5, look.words["nothing"], ha="center", va="center", transform=axes.transAxes)
    axes.set_axis_off()


def _visitors(axes: Axes, rows: Rows, look: Look) -> None:
    """By hour; of several days, by day."""
    days = [(day, list(found)) for day, found in groupby(rows, key=lambda row: row["date"])]
    if len(days) == 1:
        bars = axes.bar([row["hour"] for row in rows], [row["visits"] or 0 for row in rows], color=look.theme.bar)
        axes.bar_label(bars, [FEW if row["visits"] is None else "" for row in rows])
        axes.set_xticks(range(0, 24, 2))
        axes.set_xlim(-0.6, 23.6)
        axes.set_xlabel(look.words["hour"])
    else:
        heights = [sum(row["visits"] or 0 for row in found) for _, found in days]
        axes.bar(range(len(days)), heights, color=look.theme.bar)
        _days(axes, [day for day, _ in days])
    axes.locator_params("y", integer=True)
    axes.set_ylabel(look.words["visits"])


def _dwell(axes: Axes, rows: Rows, look: Look) -> None:
    """The zones where visits stay longest, departments above displays."""
    known = sorted((row for row in rows if row["mean_s"] is not None), key=lambda row: -row["mean_s"])[:MOST_ZONES]
    known.sort(key=lambda row: row["kind"])
    for at, row in enumerate(known):
        colour = look.theme.bar if row["kind"] == "department" else look.theme.other
        axes.barh(at, row["mean_s"], color=colour, height=0.6)
        axes.plot([row["ci_low_s"], row["ci_high_s"]], [at, at], color=look.theme.ink, linewidth=1.6)
    axes.set_yticks(range(len(known)), [row["name"] for row in known])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel(look.words["seconds"])


def _conversion(axes: Axes, rows: Rows, look: Look) -> None:
    for at, row in enumerate(rows):
        if row["share"] is not None:
            _interval(axes, at, row["share"], row["ci_low"], row["ci_high"], look)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set_ylim(bottom=0)
    _days(axes, [row["date"] for row in rows])
    axes.set_title(look.words["conversion"], fontsize="medium")


def _funnel(axes: Axes, rows: Rows, look: Look) -> None:
    steps = [row for row in rows if row["step"] != "held_out"]
    counts = [row["prompts"] or 0 for row in steps]
    colours = [look.theme.other if row["step"] == "declined" else look.theme.bar for row in steps]
    labels = [FEW if row["prompts"] is None else str(row["prompts"]) for row in steps]
    axes.bar_label(axes.barh(range(len(steps)), counts, color=colours, height=0.7), labels, padding=4)
    axes.set_yticks(range(len(steps)), [look.words[row["step"]] for row in steps])
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlabel(look.words["prompts"])


def _lift(axes: Axes, rows: Rows, look: Look) -> None:
    for at, row in enumerate(rows):
        _interval(axes, at, row["estimate"], row["ci_low"], row["ci_high"], look)
    axes.axhline(0, color=look.theme.faint, linewidth=1, linestyle="--")
    _days(axes, [row["to_date"] for row in rows])
    axes.set_title(look.words["lift"], fontsize="medium")


def _interval(axes: Axes, at: int, middle: float, low: float, high: float, look: Look) -> None:
    axes.plot([at, at], [low, high], color=look.theme.bar, linewidth=3, solid_capstyle="round")
    axes.plot([at], [middle], "o", color=look.theme.ink, markersize=7)


def _days(axes: Axes, days: Sequence[object]) -> None:
    """At most ten of the days have their names."""
    every = range(0, len(days), max(1, -(-len(days) // 10)))
    axes.set_xticks(list(every), [str(days[at])[5:] for at in every])
    axes.set_xlim(-0.6, len(days) - 0.4)


PLOTS: Mapping[str, Plot] = {
    "visitors": Plot(_visitors),
    "dwell": Plot(_dwell, lambda rows: 1.0 + ROW_INCHES * max(2, min(rows, MOST_ZONES))),
    "conversion": Plot(_conversion),
    "funnel": Plot(_funnel),
    "lift": Plot(_lift),
}
"""By the report's name; heat is drawn over the plan."""
