"""The night looks at what the visits of both bundles brought, and rolls back what loses."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from models import arms, bundle, champions, ids, shelf
from models.arms import Arms, Canary
from models.bundle import Bundle
from tests.contract.test_evaluating import Log, bought
from tests.training import toy
from tests.training.killed import TOUCHES
from tests.training.nights import after_kills
from training import canary, nightly

Rows = list[dict[str, Any]]
SHARE = 0.2
VISITS = 1500


def day(begins: int, before: str, after: str, chances: Mapping[str, float], held: float = 0.0) -> tuple[Rows, Rows]:
    """Prompts and purchases of visits, of which a share is decided by the bundle before; `chances` are of buying."""
    prompts, sold = [], []
    for number in range(begins, begins + VISITS):
        ts, phone = toy.START_MS + toy.DAY_MS + number * 1000, f"p{number}"
        name = before if ids.uniform("", "arm", phone) < SHARE else after
        given = {"visit_id": f"w{number}", "bundle": name, "holdout": ids.uniform("", "held", phone) < held}
        prompts.append(toy.prompt(number, toy.sku(number % 4), ts, **given))
        if ids.uniform("", "buys", phone) < chances[name]:
            row = bought(100_000 + number, 0, toy.sku(number % 4), ts + 1000)
            sold.append({**row, "visit_id": f"w{number}"})
    return prompts, sold


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Log, str, str]:
    """A folder after two nights; the second bundle was promoted by the gate, and the first keeps a share."""
    folder, log = tmp_path_factory.mktemp("promoted"), Log(visits=800)
    first = nightly.run(log.write(folder / "lake"), folder / "bundles")
    log.outcomes.append(toy.outcome(1, "accepted", toy.START_MS))
    second = nightly.run(log.write(folder / "lake"), folder / "bundles")
    return folder, log, first.bundle, second.bundle


def lived(tmp_path: Path, promoted: tuple[Path, Log, str, str], chances: tuple[float, float]) -> tuple[Path, Path]:
    """The lake after another day, and the bundles; chances of buying are those with the bundle before and the new."""
    folder, log, before, after = promoted
    shutil.copytree(folder / "bundles", tmp_path / "bundles")
    prompts, sold = day(50_000, before, after, {before: chances[0], after: chances[1]})
    root = toy.write(
        tmp_path / "lake",
        products=toy.products(),
        prompts=[*log.prompts, *prompts],
        outcomes=log.outcomes,
        purchases=[*log.purchases, *sold],
    )
    return root, tmp_path / "bundles"


def test_the_bundle_before_keeps_a_share_once_the_gate_has_compared(promoted: tuple[Path, Log, str, str]) -> None:
    folder, _, before, after = promoted
    assert bundle.latest(folder / "bundles") == folder / "bundles" / after
    assert arms.canary(folder / "bundles") == Canary(before, (after,))


def test_without_visits_of_both_nothing_changes(promoted: tuple[Path, Log, str, str]) -> None:
    folder, _, _, after = promoted
    state = {path: path.read_bytes() for path in (folder / "bundles").rglob("*") if path.is_file()}
    report = nightly.run(folder / "lake", folder / "bundles")
    assert (report.verdict, report.bundle) == ("keep", after)
    assert report.canary
    assert (report.canary.verdict, report.canary.visits) == ("goes on", 0)
    assert {path: path.read_bytes() for path in (folder / "bundles").rglob("*") if path.is_file()} == state


def test_a_loss_is_rolled_back_and_stays_so(tmp_path: Path, promoted: tuple[Path, Log, str, str]) -> None:
    _, _, before, after = promoted
    root, folder = lived(tmp_path, promoted, (0.5, 0.1))
    report = nightly.run(root, folder)
    assert bundle.latest(folder) == folder / before
    assert report.verdict == "keep"
    assert report.canary
    assert report.canary.verdict == "roll back"
    assert report.canary.ci_high is not None
    assert report.canary.ci_high < 0
    written = json.loads((folder / report.bundle / "report.json").read_text())
    assert written["canary"]["why"] == report.canary.why
    assert "roll back" in (folder / report.bundle / "report.html").read_text()
    states = {one.version: (one.state, one.why) for one in shelf.listed(folder)}
    assert states[after] == ("rolled back", report.canary.why)
    assert (states[before][0], states[report.bundle][0]) == ("champion", "kept out")
    state = {path: path.read_bytes() for path in [*folder.rglob("*"), *root.rglob("*")] if path.is_file()}
    again = nightly.run(root, folder)
    assert (again.verdict, again.canary) == ("keep", report.canary)
    assert {path: path.read_bytes() for path in [*folder.rglob("*"), *root.rglob("*")] if path.is_file()} == state


def test_a_gain_stays_and_the_next_one_is_compared_with_it(
    tmp_path: Path, promoted: tuple[Path, Log, str, str]
) -> None:
    _, _, _, after = promoted
    root, folder = lived(tmp_path, promoted, (0.1, 0.5))
    report = nightly.run(root, folder)
    assert report.canary
    assert report.canary.verdict == "stays"
    assert report.canary.why.startswith("better")
    goes_on = arms.canary(folder)
    if report.verdict == "promote":
        assert goes_on == Canary(after, (report.bundle,))
    else:
        assert (goes_on, bundle.latest(folder)) == (None, folder / after)


def test_while_it_goes_on_a_newer_bundle_joins_the_new_ones(
    tmp_path: Path, promoted: tuple[Path, Log, str, str]
) -> None:
    _, _, before, after = promoted
    root, folder = lived(tmp_path, promoted, (0.3, 0.3))
    report = nightly.run(root, folder)
    assert report.canary
    assert report.canary.verdict == "goes on"
    assert report.canary.visits + report.canary.visits_before == pytest.approx(VISITS, abs=3)
    assert report.verdict == "promote"
    assert arms.canary(folder) == Canary(before, (after, report.bundle))


def test_a_bundle_before_that_is_damaged_is_not_rolled_back_to(
    tmp_path: Path, promoted: tuple[Path, Log, str, str]
) -> None:
    _, _, before, after = promoted
    root, folder = lived(tmp_path, promoted, (0.5, 0.1))
    (folder / before / "taste.npz").write_bytes(b"half")
    report = nightly.run(root, folder)
    assert report.canary
    assert (report.canary.verdict, "cannot be used" in report.canary.why) == ("stays", True)
    assert champions.reigned(folder)[:2] == [before, after]


def test_only_visits_after_both_were_in_use_count_and_held_out_ones_do_not(tmp_path: Path) -> None:
    old, sold = day(0, "a", "a", {"a": 0.9})
    new, more = day(50_000, "a", "b", {"a": 0.5, "b": 0.5}, held=0.1)
    silent = [{**row, "sku": None} if number % 3 == 0 else row for number, row in enumerate(new)]
    root = toy.write(tmp_path, products=toy.products(), prompts=[*old, *silent], purchases=[*sold, *more])
    found = canary.look(root, Canary("a", ("b",)))
    held = sum(row["holdout"] for row in new)
    assert found.visits + found.visits_before == pytest.approx(VISITS - held, abs=5)
    assert found.verdict == "goes on"
    # half of what the new bundle's visits bought is taken away: a quarter of them buys less, 4 of margin a purchase
    worse = [row for row in more if int(row["visit_id"][1:]) % 2]
    new_ones = {row["visit_id"] for row in new if row["bundle"] == "b"}
    less = [*sold, *(row for row in more if row not in worse or row["visit_id"] not in new_ones)]
    root = toy.write(tmp_path / "less", products=toy.products(), prompts=[*old, *silent], purchases=less)
    again = canary.look(root, Canary("a", ("b",)))
    assert again.verdict == "roll back"
    assert found.estimate is not None
    assert again.estimate == pytest.approx(found.estimate - 4.0 * 0.25, abs=0.1)


def test_killed_anywhere_a_rollback_comes_to_the_same(tmp_path: Path, promoted: tuple[Path, Log, str, str]) -> None:
    root, folder = lived(tmp_path / "given", promoted, (0.5, 0.1))
    shutil.copytree(root, tmp_path / "lake")
    shutil.copytree(folder, tmp_path / "bundles")
    touched: list[str] = []

    def heard(event: str, given: tuple[object, ...]) -> None:
        if event in TOUCHES and str(given[0]).startswith((f"{tmp_path}/lake", f"{tmp_path}/bundles")):
            touched.append(f"{event} {Path(str(given[0])).name}")

    sys.addaudithook(heard)
    wanted = nightly.run(tmp_path / "lake", tmp_path / "bundles")
    # from the first change of CANARY, by those of LATEST and CHAMPIONS, to its end
    begin = next(number for number, name in enumerate(touched, 1) if "open .CANARY" in name)
    gone = touched.index("os.remove CANARY") + 1
    events = champions.events(tmp_path / "bundles")
    assert events[-1].rollback

    def places(touch: int) -> tuple[Path, Path]:
        for name in ("lake", "bundles"):
            shutil.copytree(tmp_path / "given" / name, tmp_path / f"{name}-{touch}", dirs_exist_ok=True)
        return tmp_path / f"lake-{touch}", tmp_path / f"bundles-{touch}"

    champions_then = set()
    for lake_folder, bundles in after_kills(places, [*range(begin, gone, 3), gone + 1]):
        champion = bundle.latest(bundles)
        assert champion is not None
        champions_then.add((champion.name, (bundles / "CANARY").exists()))
        report = nightly.run(lake_folder, bundles)
        assert (report.verdict, report.bundle) == ("keep", wanted.bundle)
        assert champions.events(bundles) == events
        assert not (bundles / "CANARY").exists()
        assert nightly.read_report(bundles / wanted.bundle) == nightly.read_report(tmp_path / "bundles" / wanted.bundle)
    assert len(champions_then) == 3


def test_arms_are_drawn_by_phone_in_the_set_share_and_alike_for_ever() -> None:
    one, two = (Bundle(name, None, None) for name in ("new", "old"))  # type: ignore[arg-type]
    phones = [f"{number:016x}" for number in range(4000)]

    def drawn(pair: Arms, share: float, store: str = "S1") -> list[str]:
        return [found.name if (found := pair.of(share, "secret", store, phone)) else "" for phone in phones]

    pair = drawn(Arms(one, two), 0.2)
    assert pair == drawn(Arms(one, two), 0.2)
    assert pair.count("old") / len(phones) == pytest.approx(0.2, abs=0.02)
    # more of a share takes none away, and a newer champion moves nobody
    assert all(
        after == "old" for before, after in zip(pair, drawn(Arms(one, two), 0.4), strict=True) if before == "old"
    )
    assert [name == "old" for name in drawn(Arms(two, two), 0.2)] == [True] * len(phones)
    assert drawn(Arms(one, two), 0.2, "S2") != pair
    assert set(drawn(Arms(one), 0.2)) == {"new"}
    assert set(drawn(Arms(one, two), 0.0)) == {"new"}
    held = [ids.held_out("secret", 0.2, "S1", phone) for phone in phones]
    both = sum(out and name == "old" for out, name in zip(held, pair, strict=True)) / len(phones)
    assert both == pytest.approx(0.04, abs=0.01)
