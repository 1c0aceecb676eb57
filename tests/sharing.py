"""How two processes of pytest share the tests: `make test` runs them.

Whole systems take longest, and mostly wait. The contracts between processes are one piece of work, all other tests with
Kafka or a browser another, so that two systems at most run at a time, each on a Kafka of its own; what only computes
comes beside and after them, a file at a time.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

CONTRACTS = ("tests/contract/",)
SYSTEMS = (
    *CONTRACTS,
    *("tests/browser/", "tests/parts/", "tests/serving/"),
    *(f"tests/aislewise/test_{name}.py" for name in ("checks", "demo", "operate", "stack")),
    "tests/models/test_topics.py",
)


class Sharing(LoadScopeScheduling):
    """The contracts are one piece of work, the other files of `SYSTEMS` one, each other file is one."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(CONTRACTS):
            return "contracts"
        return "systems" if nodeid.startswith(SYSTEMS) else nodeid.partition("::")[0]
