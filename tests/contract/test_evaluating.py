"""`aislewise evaluate` as somebody else uses it: lakes written with pyarrow, and a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.records import rows_to_table
from tests.aislewise.command import run as command
from tests.training import toy

CHANCE = np.array([0.1, 0.2, 0.3, 0.6])
JUDGED = np.array([0.0, 0.1, 0.2, 0.7])
MINUTE_MS = 60_000
Rows = list[dict[str, Any]]
Chances = Sequence[float]
"""Of the four products of a prompt, then of silence where it may be."""


def skus(number: int) -> list[str]:
    """A visit's second prompt is for other products, so that nothing is bought because of two prompts."""
    return [toy.sku(4 * (number % 2) + i) for i in range(4)]


class Log:
    """Visits with two prompts each, drawn evenly from four products and silence; a tenth of the visits is held out."""

    def __init__(self, visits: int = 800, seed: int = 1, effect: float = 1.0, **given: Any) -> None:
        rng = np.random.default_rng(seed)
        self.prompts: Rows = []
        self.outcomes: Rows = []
        self.purchases: Rows = []
        for number in range(2 * visits):
            visit, held_out = number // 2, (number // 2) % 10 == 0
            drawn = int(rng.integers(5))
            ts = toy.START_MS + visit * MINUTE_MS + number
            sku = skus(number)[drawn] if drawn < 4 else None
            row = toy.prompt(number, toy.sku(0), ts, visit_id=f"v{visit}", holdout=held_out)
            even = {"candidates": [*skus(number), ""], "candidate_propensities": [0.2] * 5, "candidate_features": None}
            row |= {"sku": sku, "propensity": 0.2, "shown": bool(sku) and not held_out, **even, **given}
            self.prompts.append(row)
            if sku and not held_out:
                self.outcomes.append(toy.outcome(number, "shown", ts))
            if sku and rng.random() < CHANCE[drawn] * (1 if not held_out else 1 - effect):
                self.purchases.append(bought(number, visit, sku, ts + 1000))

    def write(self, folder: Path) -> Path:
        self.folder = toy.write(
            folder, products=toy.products(), prompts=self.prompts, outcomes=self.outcomes, purchases=self.purchases
        )
        return self.folder


def bought(number: int, visit: object, sku: str, ts: int) -> dict[str, Any]:
    row = {"store_id": "S0", "receipt_id": f"R{number}", "ts": ts, "visit_id": f"v{visit}", "sku": sku}
    return {**row, "quantity": 1, "amount": 10.0}


def run(*words: object) -> tuple[int, bytes, str]:
    return command(*words, cwd=Path.cwd())


def actions(path: Path, prompts: Sequence[Mapping[str, Any]], chances: Chances) -> Path:
    each = ((row["prompt_id"], [*skus(int(row["moment_id"][1:])), None]) for row in prompts)
    rows = [(prompt, sku, p) for prompt, able in each for sku, p in zip(able, chances, strict=False)]
    names = ("prompt_id", "sku", "probability")
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)
    return path


def report(tmp_path: Path, log: Log, chances: Chances) -> dict[str, Any]:
    given = actions(tmp_path / "actions.parquet", log.prompts, chances)
    out = tmp_path / "report.json"
    code, _, err = run("evaluate", "--history", log.write(tmp_path / "lake"), "--actions", given, "--out", out)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out.read_text())
    return found


BETTER = JUDGED.tolist()


def test_the_value_of_given_actions_is_found(tmp_path: Path) -> None:
    found = report(tmp_path, Log(), BETTER)
    truth = float(CHANCE @ JUDGED)
    assert found["ci_low"] < truth < found["ci_high"]
    assert found["ci_high"] - found["ci_low"] < 0.15
    assert found["overlap"] == pytest.approx(1)
    assert 200 < found["ess"] < 1200
    assert (found["gate"], found["verdict"]) == ("pass", "promote")


def test_silence_sells_nothing_and_is_part_of_a_policy(tmp_path: Path) -> None:
    found = report(tmp_path, Log(), [0, 0, 0, 0.5, 0.5])
    assert found["ci_low"] < 0.5 * CHANCE[3] < found["ci_high"]


def test_a_worse_policy_keeps_the_old_one(tmp_path: Path) -> None:
    assert report(tmp_path, Log(), [1, 0, 0, 0])["verdict"] == "keep"


def test_lift_is_the_margin_that_held_out_visits_lack(tmp_path: Path) -> None:
    log = Log(visits=3000)
    found = report(tmp_path, log, BETTER)
    # two prompts a visit, from the first for a product on: the second adds its mean, four times in five
    spoken, mean = 1 - 0.2**2, float(CHANCE.mean())
    lines = (0.8 * (mean + 0.8 * mean) + 0.2 * 0.8 * mean) / spoken
    assert found["lift"]["ci_low"] < 4 * lines < found["lift"]["ci_high"]
    assert found["lift_purchases"]["ci_low"] < lines < found["lift_purchases"]["ci_high"]


def test_without_an_effect_lift_covers_nothing_and_without_held_out_visits_there_is_none(tmp_path: Path) -> None:
    found = report(tmp_path, Log(effect=0.0), BETTER)
    assert found["lift"]["ci_low"] < 0 < found["lift"]["ci_high"]
    log = Log()
    log.prompts = [row for row in log.prompts if not row["holdout"]]
    assert report(tmp_path, log, BETTER)["lift"] is None


def test_what_the_log_never_tried_is_refused(tmp_path: Path) -> None:
    log = Log()
    log.prompts = [row for row in log.prompts if row["sku"] not in (toy.sku(0), toy.sku(4))]
    for row in log.prompts:
        row |= {"candidates": row["candidates"][1:], "propensity": 0.25, "candidate_propensities": [0.25] * 4}
    found = report(tmp_path, log, [1, 0, 0, 0])
    assert (found["overlap"], found["gate"], found["verdict"]) == (0, "refuse", "refuse")
    assert "overlap" in found["why"]
    assert report(tmp_path, Log(visits=15), BETTER)["verdict"] == "refuse"


def test_what_nobody_saw_is_no_exposure(tmp_path: Path) -> None:
    """Neither a prompt without the outcome, nor one whose outcome was taken back, nor a purchase before the prompt."""
    log = Log(visits=800)
    whole = report(tmp_path, log, BETTER)
    extra = [{**row, "prompt_id": f"x{i}-0", "moment_id": f"x{i}"} for i, row in enumerate(log.prompts[:400])]
    log.prompts += extra
    log.purchases += [bought(10_000 + i, i, toy.sku(0), toy.START_MS - MINUTE_MS) for i in range(400)]
    assert report(tmp_path, log, BETTER)["value"] == pytest.approx(whole["value"])


def test_logs_from_elsewhere_have_only_the_propensity_of_what_was_drawn(tmp_path: Path) -> None:
    log = Log(candidate_propensities=None, features=None)
    log.prompts = [
        {**row, "propensity": 0.25, "candidates": row["candidates"][:4]} for row in log.prompts if row["sku"]
    ]
    found = report(tmp_path, log, BETTER)
    assert found["ci_low"] < float(CHANCE @ JUDGED) < found["ci_high"]
    assert found["overlap"] > 0.9


def test_only_prompts_outcomes_and_purchases_must_be_there(tmp_path: Path) -> None:
    log = Log()
    whole = report(tmp_path, log, BETTER)
    (tmp_path / "lake" / "products.parquet").unlink()
    code, out, _ = run(
        "evaluate", "--history", tmp_path / "lake", "--actions", tmp_path / "actions.parquet", "--out", "-"
    )
    assert code == 0
    assert json.loads(out)["value"] == pytest.approx(whole["value"])


def test_a_bundle_is_judged_and_twice_alike(tmp_path: Path) -> None:
    root = Log().write(tmp_path / "lake")
    toy.trained(root, tmp_path / "bundle")
    words = ("evaluate", "--history", root, "--policy", tmp_path / "bundle", "--out", "-")
    (code, first, err), (_, second, _) = run(*words), run(*words)
    assert code == 0, err
    assert first == second
    found = json.loads(first)
    assert 0 <= found["ci_low"] <= found["value"] <= found["ci_high"] <= 1
    assert found["overlap"] == pytest.approx(1)


def _sum(rows: Rows) -> Rows:
    return [{**row, "probability": 0.5} for row in rows]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_sum, "add up to"),
        (lambda rows: [*rows, {"prompt_id": "nobody", "sku": toy.sku(0), "probability": 1.0}], "nobody"),
        (lambda rows: [{**rows[0], "probability": 1.5}, *rows[1:]], "row 0, field probability"),
        (lambda rows: rows[:-16], "no probabilities for the prompt"),
        (lambda rows: [rows[0], *rows], "row 1, field sku"),
        (lambda rows: [{"sku": row["sku"], "probability": row["probability"]} for row in rows], "field prompt_id"),
    ],
)
def test_bad_actions_are_refused_in_one_line(tmp_path: Path, change: Callable[[Rows], Rows], said: str) -> None:
    log = Log(visits=10)
    log.outcomes = [toy.outcome(number, "shown") for number in range(20)]
    root = log.write(tmp_path / "lake")
    path = actions(tmp_path / "actions.parquet", log.prompts, BETTER)
    pq.write_table(pa.Table.from_pylist(change(pq.read_table(path).to_pylist())), path)
    code, _, err = run("evaluate", "--history", root, "--actions", path, "--out", "-")
    assert code == 2
    assert said in err
    assert str(path) in err
    assert err.count("\n") == 1


def test_a_prompt_that_cannot_have_been_drawn_is_refused(tmp_path: Path) -> None:
    log = Log(visits=5)
    log.prompts[3] |= {"propensity": 0.0}
    root = log.write(tmp_path / "lake")
    given = actions(tmp_path / "actions.parquet", log.prompts, BETTER)
    code, _, err = run("evaluate", "--history", root, "--actions", given, "--out", "-")
    assert code == 2
    assert "row 3, field propensity" in err
    code, _, err = run("evaluate", "--history", root, "--out", "-")
    assert (code, "either --policy or --actions" in err) == (2, True)
    assert rows_to_table("prompts", log.prompts).num_rows == 10
