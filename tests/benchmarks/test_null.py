"""A small sample of the null benchmark: nothing is claimed where prompts change nothing."""

from __future__ import annotations

from benchmarks import null


def test_hardly_anything_is_claimed_where_prompts_change_nothing() -> None:
    found = list(null.seconds(range(3)))
    assert any(one.promoted for one in found)
    assert not any(one.promoted and (one.better or one.lifted) for one in found)
