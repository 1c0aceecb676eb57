"""Each retraining better? The trial world's true value of four ways and of peers by night, as share of informed.

python -m benchmarks nights --seeds 20 --nights 60 [--way exploring] [--null] [--drift 40] [--svg FILE]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.nights.ledger import Book
from benchmarks.nights.ours import WAYS, Chain, Night, Way
from benchmarks.nights.peers import PEERS, Knowing, Peer
from simulation.trial.informed import Informed
from simulation.trial.nature import Indices
from simulation.trial.reaction import Prompts
from simulation.trial.world import Day, World

HISTORY_DAYS = 14
WORSE = 0.1
"""A promotion counts as truly worse from this share of the champion's value on."""
HOLDOUT = 0.1
COLUMNS = (
    *("first day", "last 5", "(sd over seeds)", "all days", "days below the first"),
    *("promoted", "truly worse", "rolled back"),
)
Result = dict[str, Any]
"""By policy: `value` and `informed` by day, and for our ways `promotions`, `worse`, `rollbacks`, `lifts`, `seconds`."""


def run(options: Sequence[str]) -> None:
    """Prints a table; writes the figures and a picture where asked to."""
    asked = _parser().parse_args(options)
    results = [
        seed_result(World(seed, asked.visits, asked.null, asked.drift), asked.nights, _ways(asked.way), print)
        for seed in range(asked.first, asked.first + asked.seeds)
    ]
    print(table(results), flush=True)
    if asked.json:
        Path(asked.json).write_text(json.dumps(results))
    if asked.svg:
        draw(results, Path(asked.svg))


def seed_result(
    world: World, nights: int, ways: Sequence[Way], say: Callable[[str], None] = lambda _: None
) -> dict[str, Result]:
    """One seed: peers, and each way in a lake of its own."""
    days = [world.day(number) for number in range(nights)]
    informed = _informed(world)
    best = [value(day, informed.live(day, _held_out(day))) for day in days]
    found: dict[str, Result] = {"informed": {"value": best}}
    for name in PEERS:
        peer = Peer(name, world)
        found[name] = {"value": [value(day, peer.live(day, _held_out(day))) for day in days]}
    for way in ways:
        with tempfile.TemporaryDirectory() as folder:
            found[way.name] = our_result(Chain(Path(folder), world, way, HOLDOUT), days)
        say(f"seed {world.seed} {way.name}: {_summary(found[way.name], best)}")
    return found


def our_result(chain: Chain, days: Sequence[Day]) -> Result:
    """Days and nights of one way."""
    chain.begin(HISTORY_DAYS)
    values, promotions, worse, rollbacks, lifts, last = list[float](), 0, 0, 0, list[list[float]](), None
    for day in days:
        if last is not None and last.promoted:
            promotions += 1
            worse += truly_worse(chain, day, last)
        values.append(value(day, chain.live(day)))
        last = chain.night()
        rollbacks += last is not None and last.rolled_back
        if last is not None and last.lift is not None:
            lifts.append([last.lift.estimate, last.lift.ci_low, last.lift.ci_high])
    seconds = {"decision_ms": 1000 * chain.deciding_s / chain.decisions, "nights": chain.nights_s}
    counts = {"promotions": promotions, "worse": worse, "rollbacks": rollbacks}
    return {"value": values, **counts, "lifts": lifts, "seconds": seconds}


def truly_worse(chain: Chain, day: Day, night: Night) -> bool:
    """Whether the promoted bundle earns less than the one before by more than WORSE, without exploration."""
    before, after = (chain.worth(day, one) for one in (night.before, night.after))
    return after < before - WORSE * abs(before)


def value(day: Day, chosen: Indices) -> float:
    """True additional margin per visit, as if nobody were held out."""
    return float(day.reaction.additional(Prompts.of(chosen, day.nature.coupon)).mean())


def table(results: Sequence[dict[str, Result]]) -> str:
    """A line a policy, in shares of informed: the first day, the last five and their spread over seeds, all days."""
    lines = ["  ".join([f"{'policy':17}", *COLUMNS])]
    for name in results[0]:
        shares = np.array([share(one, name) for one in results])
        end = shares[:, -5:].mean(axis=1)
        smooth = shares[:, 1:].mean(axis=0) if shares.shape[1] > 1 else shares[:, 0]
        below = int((smooth < shares[:, 0].mean()).sum())
        counts = [sum(one[name].get(key, 0) for one in results) for key in ("promotions", "worse", "rollbacks")]
        values = [f"{value:.2f}" for value in (shares[:, 0].mean(), end.mean(), end.std(), shares.mean())]
        cells = zip(COLUMNS, [*values, below, *counts], strict=True)
        lines.append("  ".join([f"{name:17}", *(f"{cell:>{len(title)}}" for title, cell in cells)]))
    return "\n".join(lines)


def share(result: dict[str, Result], name: str) -> list[float]:
    """True value by day as share of informed's mean; in a null world, where that is 0, the value itself."""
    typical = float(np.mean(result["informed"]["value"]))
    scale = typical if abs(typical) > 1e-6 else 1.0
    return [one / scale for one in result[name]["value"]]


def draw(results: Sequence[dict[str, Result]], path: Path) -> None:
    """Share of informed by night, mean and one standard deviation over seeds."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "nights"
    figure, axes = plt.subplots(figsize=(9, 5))
    for name in results[0]:
        shares = np.array([share(one, name) for one in results])
        middle, spread = shares.mean(axis=0), shares.std(axis=0)
        (line,) = axes.plot(middle, label=name, linewidth=2 if name in {way.name for way in WAYS} else 1)
        axes.fill_between(range(len(middle)), middle - spread, middle + spread, color=line.get_color(), alpha=0.12)
    axes.axhline(0, color="black", linewidth=0.5)
    axes.set(xlabel="night", ylabel="true additional margin, share of informed")
    axes.legend(fontsize="small", ncols=2)
    figure.savefig(path, metadata={"Date": None})


def _informed(world: World) -> Knowing:
    """With the receipts of the days before the first."""
    informed = Informed(world)
    for number in range(-HISTORY_DAYS, 0):
        day = world.day(number)
        informed.learn(day, day.play(Prompts.of(np.full(len(day.moments), -1), day.nature.coupon)))
    return Knowing(informed)


def _held_out(day: Day) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array(Book(day, HOLDOUT).held_out)


def _summary(result: Result, best: Sequence[float]) -> str:
    end = np.mean(result["value"][-5:]) / (np.mean(best[-5:]) or 1.0)
    seconds = result["seconds"]
    night = float(np.mean(seconds["nights"])) if seconds["nights"] else 0.0
    return f"{end:.2f} of informed at the end, {seconds['decision_ms']:.2f} ms a decision, {night:.1f} s a night"


def _ways(name: str | None) -> list[Way]:
    return [way for way in WAYS if name in (None, way.name)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks nights")
    for option, default in (("--first", 1), ("--seeds", 3), ("--nights", 10), ("--visits", 1000)):
        parser.add_argument(option, type=int, default=default)
    parser.add_argument("--drift", type=int)
    parser.add_argument("--null", action="store_true")
    parser.add_argument("--way", choices=["none", *(way.name for way in WAYS)])
    parser.add_argument("--json")
    parser.add_argument("--svg")
    return parser
