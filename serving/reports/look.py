"""The colours of a plot: those of the page's themes (serving/tablet/theme.css)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """`faint` is what may be overlooked, `bar` and `other` tell two kinds of things apart."""

    sheet: str
    ink: str
    faint: str
    bar: str
    other: str
    zone: str


THEMES: Mapping[str, Theme] = {
    "light": Theme("#ffffff", "#17211d", "#4c5953", "#1f5f4f", "#7a8f2b", "#e3eae5"),
    "dark": Theme("#1c2420", "#eef3f0", "#b3c0b9", "#7fd0b6", "#8fb8ff", "#24302a"),
    "contrast": Theme("#000000", "#ffffff", "#ffffff", "#7dffd4", "#ffe14d", "#141414"),
}


@dataclass(frozen=True)
class Look:
    """A theme, and the words of a language."""

    theme: Theme
    words: Mapping[str, str]

    @property
    def settings(self) -> dict[str, object]:
        """matplotlib's."""
        lines = dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), self.theme.faint)
        texts = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), self.theme.ink)
        grounds = dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), self.theme.sheet)
        # a price in a zone's name is no formula
        return {"font.size": 11, "text.parse_math": False, **lines, **texts, **grounds}
