"""How two processes of pytest share the tests: `make test` runs them.

Whole systems are pieces of work that are begun first, one in each process: those of five processes that have their
times to keep, and those of one server and a browser, which mostly wait; then the one that everything happens to. What
only computes comes after, a file at a time, where there is room.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

PAGES = ("tests/browser/", "tests/serving/")
CHAOS = ("tests/chaos/",)
WORKERS = (
    *("tests/contract/", "tests/parts/"),
    *(f"tests/aislewise/test_{name}.py" for name in ("checks", "demo", "operate", "stack")),
    "tests/models/test_topics.py",
)
SYSTEMS = (*WORKERS, *PAGES, *CHAOS)


PIECES = {"workers": WORKERS, "pages": PAGES, "chaos": CHAOS}
"""In the order in which they are begun: the longest first."""


class Sharing(LoadScopeScheduling):
    """The files of a piece are one piece of work, each other file is one."""

    def _split_scope(self, nodeid: str) -> str:
        return next((name for name, files in PIECES.items() if nodeid.startswith(files)), nodeid.partition("::")[0])


def turn(nodeid: str) -> int:
    """When it is begun, beside others."""
    return next((place for place, files in enumerate(PIECES.values()) if nodeid.startswith(files)), len(PIECES))
