"""What came of prompts: which outcomes hold after all that was taken back (DESIGN §4, `outcomes`)."""

from __future__ import annotations

import pyarrow as pa

POSITIVE = frozenset({"accepted", "sold"})
"""Kinds that say that the customer took it: what was sold was accepted, whether or not that was tapped too."""


def kinds(outcomes: pa.Table) -> dict[str, set[str]]:
    """Prompt id → the kinds of its outcomes that hold; `undone` takes back the one that it names, or all before it."""
    columns = outcomes.select(["outcome_id", "prompt_id", "kind", "undoes"]).to_pylist()
    undone = {(row["prompt_id"], row["undoes"]) for row in columns if row["kind"] == "undone"}
    found: dict[str, set[str]] = {}
    for row in columns:
        prompt = found.setdefault(row["prompt_id"], set())
        if row["kind"] == "undone" and not row["undoes"]:
            # that it was seen cannot be taken back
            prompt &= {"shown"}
        elif row["kind"] != "undone" and (row["prompt_id"], row["outcome_id"]) not in undone:
            prompt.add(row["kind"])
    return found
