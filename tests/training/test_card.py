"""The model card says what is in the data, with intervals, and who gets less."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training import toy
from tests.training.test_attribution import line
from training import card, publish


def test_intervals_are_the_known_ones() -> None:
    assert card.share(10, 100).low == pytest.approx(0.0552, abs=1e-4)
    assert card.share(10, 100).high == pytest.approx(0.1744, abs=1e-4)
    assert str(card.share(0, 0)) == "not known"
    found = card.difference(np.array([1.0, 0, 1, 1]), np.array([0.0, 0, 1, 0]))
    assert found.value == pytest.approx(0.5)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 4 + 0.25 / 4), rel=1e-3)
    assert np.isnan(card.difference(np.array([1.0]), np.array([])).value)


def test_a_night_writes_one_from_its_data(tmp_path: Path) -> None:
    prompts = [toy.prompt(i, toy.sku(i % 2), store_id=f"S{i % 2}", holdout=i >= 200) for i in range(250)]
    outcomes = [toy.outcome(i, "shown") for i in range(150)] + [toy.outcome(i, "accepted") for i in range(0, 150, 2)]
    sold = [line(f"said {i}", 30, toy.sku(0), visit_id=f"v{i}", store_id="S0") for i in range(0, 150, 2)]
    root = toy.world(tmp_path, prompts=prompts, outcomes=outcomes, purchases=[*toy.purchases(), *sold])
    page = publish.train(root, publish.state(root)).card
    rows = {row.split(" | ")[0]: row.split(" | ")[1:] for row in page.splitlines() if row.startswith("| ")}
    assert rows["| all"][:2] == ["150", "50"]
    assert rows["| S0"][2] == "1.000 (0.951 to 1.000)"
    assert rows["| S1"][2] == "0.000 (0.000 to 0.049)"
    assert rows["| S0"][4].startswith("1.000")
    assert "Prompts are accepted less than elsewhere in store S1." in page
    assert "Little is known of 2 of 2 stores, with under 100 seen prompts: S0, S1." in page
    assert "No visit was held out" not in page
    assert page == publish.train(root, publish.state(root)).card


def test_without_prompts_it_says_that_little_is_known(tmp_path: Path) -> None:
    root = toy.world(tmp_path)
    page = publish.train(root, publish.state(root)).card
    assert "Only 0 prompts were seen" in page
    assert "No visit was held out" in page
