"""What `python -m benchmarks offpolicy` prints: coverage on synthetic logs, lift, luck, and the Open Bandit data."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.offpolicy import luck, openbandit, synthetic, visits
from training import lift, offpolicy

SEEDS, LOTTERIES = 1000, 24


def run() -> None:
    """All four; the Open Bandit data is left out where it is not there."""
    coverage()
    lifts()
    lucky()
    if not openbandit.DATA.is_dir():
        print(f"no Open Bandit data at {openbandit.DATA}")
        return
    for policy in reversed(openbandit.POLICIES):
        for campaign in openbandit.CAMPAIGNS:
            found = openbandit.errors(policy, campaign).items()
            said = "  ".join(f"{name} {error:.3f} ({held:.2f})" for name, (error, held) in found)
            print(f"Open Bandit, {policy} of {campaign}: relative error (coverage)  {said}", flush=True)


def coverage() -> None:
    """By estimator and number of visits: share of intervals that hold the truth, and their mean width."""
    for count in (100, synthetic.VISITS):
        found: dict[str, list[tuple[bool, float]]] = {}
        for seed in range(SEEDS):
            log = synthetic.draw(seed, count)
            for name, estimator in openbandit.ESTIMATORS.items():
                one = offpolicy.interval(estimator(log.logged), log.logged.visit, spent=3 if name == "adjusted" else 1)
                found.setdefault(name, []).append((one.low <= log.truth <= one.high, one.high - one.low))
        for name, each in found.items():
            held, width = np.mean(each, axis=0)
            print(f"synthetic, {count} visits: {name:10} covers {held:.3f}, width {width:.4f}", flush=True)


def lifts() -> None:
    """Coverage, and how often a lift would be claimed, without and with one."""
    for count in (300, visits.VISITS):
        for effect in (0.0, 1.0):
            found = [lift.estimate(visits.draw(seed, effect=effect, visits=count)) for seed in range(SEEDS)]
            known = [one for one in found if one]
            held = np.mean([one.low <= effect <= one.high for one in known])
            claimed = np.mean([one.low > 0 for one in known])
            print(f"lift, {count} visits, effect {effect}: covers {held:.3f}, claimed {claimed:.3f}", flush=True)


def lucky() -> None:
    """What a bundle seems worth by prompts that it has learned from, and by those of other folds."""
    with tempfile.TemporaryDirectory() as folder:
        found = [luck.estimates(Path(folder) / f"{seed}", seed, visits=400) for seed in range(LOTTERIES)]
    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / LOTTERIES**0.5
    said = "  ".join(
        f"{name} {mean:.2f} ±{error:.2f}"
        for name, mean, error in zip(("learned from", "cross-fitted"), means, errors, strict=True)
    )
    print(f"luck, {LOTTERIES} logs of 400 prompts, truth {luck.TRUTH:.2f}: {said}", flush=True)
