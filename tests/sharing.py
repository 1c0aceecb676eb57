"""How two processes of pytest share the tests: `make test` runs them.

Whole systems, on Kafka and with a browser, are one's work, so that only one runs at a time; beside them the other does
what only computes, a file at a time. On two processors that is the time of the longer of the two.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

SYSTEMS = (
    *("tests/browser/", "tests/contract/", "tests/parts/", "tests/serving/"),
    *(f"tests/aislewise/test_{name}.py" for name in ("checks", "demo", "operate", "stack")),
    "tests/models/test_topics.py",
)


class Sharing(LoadScopeScheduling):
    """The files of `SYSTEMS` are one piece of work, each other file is one."""

    def _split_scope(self, nodeid: str) -> str:
        return "systems" if nodeid.startswith(SYSTEMS) else nodeid.partition("::")[0]
