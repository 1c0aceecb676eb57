"""Who may make which call: role × call × store, as the table of docs/security.md.

`python -m aislewise.access` writes it there. Whatever is below a store's path is its managers' unless it is named here;
the tests try every cell over HTTP.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from aislewise.openapi import calls

FILE = Path(__file__).parents[1] / "docs" / "security.md"
HEADING = "\n## Who may make which call\n"

SENDERS = frozenset(("pings", "purchases", "checkins"))
"""The gateway's calls, by the name of the method that answers; a sender has no others."""
ASSOCIATES = frozenset(
    (
        *("shoppers", "prompts", "plan", "lift", "outcome", "recommend_now", "heat", "find_customer", "picture"),
        *("session", "sign_in", "sign_out"),
    )
)
"""What is for associates as for managers."""
EVERYBODY = frozenset(("sign_in", "sign_out"))
"""What needs no token: to get a session, and to forget it."""
OF_NO_STORE = frozenset(("session", "sign_in", "sign_out", "bundles", "promote", "rollback"))
"""What is about no store: bundles are the chain's."""


class Caller(NamedTuple):
    """Who calls."""

    role: str | None
    """None has no token."""
    here: bool
    """Whether the token is for the store that the call is about."""

    def __str__(self) -> str:
        return f"{self.role}{'' if self.here else ', other store'}" if self.role else "nobody"


CALLERS = (
    Caller(None, False),
    *(Caller(role, here) for role in ("sender", "associate", "manager") for here in (True, False)),
)


def refusal(name: str, caller: Caller) -> int:
    """The status that a call refuses this caller with, 401 or 403; 0 where it does not."""
    if caller.role is None:
        return 0 if name in EVERYBODY else 401
    if name == "sign_out":
        return 0
    if caller.role not in _roles(name):
        return 403
    return 0 if caller.here or name in OF_NO_STORE else 403


def _roles(name: str) -> tuple[str, ...]:
    if name in SENDERS:
        return ("sender",)
    return ("associate", "manager") if name in ASSOCIATES else ("manager",)


def table() -> str:
    """In Markdown, a row a call."""
    head = ("call", *map(str, CALLERS))
    rows = [(f"`{method} {path}`", *(_cell(name, one) for one in CALLERS)) for method, path, name, _ in calls()]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ("---",) * len(head), *rows))


def _cell(name: str, caller: Caller) -> str:
    return str(refusal(name, caller) or "yes")


def with_table(text: str) -> str:
    """The page with the table in its section, in the place of the one that is there."""
    before, heading, after = text.partition(HEADING)
    return before + heading + re.sub(r"(?:^\|.*\n)+", lambda _: table(), after, count=1, flags=re.MULTILINE)


if __name__ == "__main__":
    FILE.write_text(with_table(FILE.read_text()))
