"""How two processes of pytest share the tests: `make test` runs them.

Whole systems are two pieces of work that are begun first, one in each process: those of five processes that have their
times to keep, and those of one server and a browser, which mostly wait. What only computes comes after, a file at a
time, where there is room.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

PAGES = ("tests/browser/", "tests/serving/")
WORKERS = (
    *("tests/contract/", "tests/parts/"),
    *(f"tests/aislewise/test_{name}.py" for name in ("checks", "demo", "operate", "stack")),
    "tests/models/test_topics.py",
)
SYSTEMS = (*WORKERS, *PAGES)


class Sharing(LoadScopeScheduling):
    """The files of WORKERS are one piece of work, those of PAGES another, each other file is one."""

    def _split_scope(self, nodeid: str) -> str:
        pieces = {"workers": WORKERS, "pages": PAGES}
        return next((name for name, files in pieces.items() if nodeid.startswith(files)), nodeid.partition("::")[0])


def turn(nodeid: str) -> int:
    """Pieces are begun in this order: the longest first."""
    return 0 if nodeid.startswith(WORKERS) else 1 if nodeid.startswith(PAGES) else 2
