"""Two nights in a row: the second bundle has learned from what was accepted and declined on the day between them."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.nights.favourites import Evening, Nights, Prompts, propensity, share
from models import bundle
from models.bundle import Bundle


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(tmp_path_factory.mktemp("nights"), seed=2)


@pytest.fixture(scope="module")
def declined(nights: Nights) -> Evening:
    """After a day on which nobody accepted what the first bundle prompts most."""
    return nights.second("declined", nights.favourites)


@pytest.fixture(scope="module")
def before(nights: Nights) -> Prompts:
    return nights.decided(nights.first)


@pytest.fixture(scope="module")
def after(nights: Nights, declined: Evening) -> Prompts:
    return nights.decided(declined)


def test_the_second_bundle_has_learned_from_the_first_days_answers(nights: Nights, declined: Evening) -> None:
    first, second = bundle.load(nights.first.bundle), bundle.load(declined.bundle)
    said = Counter(kind for _, kind in declined.answers)
    assert min(said["accepted"], said["declined"]) >= 20
    assert first.manifest.rows["prompts_seen"] == 0
    assert spread(second) < spread(first)
    assert second.manifest.parent == first.name
    assert second.manifest.rows["prompts_seen"] == sum(row["shown"] for row in nights.prompted)
    assert second.manifest.rows["prompts_accepted"] == said["accepted"]


def test_what_was_always_declined_is_prompted_less(nights: Nights, before: Prompts, after: Prompts) -> None:
    assert {row["policy"] for row in [*before, *after]} == {"uplift"}
    assert [row["moment_id"] for row in before] == [row["moment_id"] for row in after]
    assert share(before, nights.favourites) > 0.15
    assert share(after, nights.favourites) < 0.05
    for sku in nights.favourites:
        assert propensity(after, [sku]) < 0.2 * propensity(before, [sku]), sku


def test_it_is_the_answers_that_do_it(nights: Nights, after: Prompts) -> None:
    """The same prompts of the same day, answered by taste: the same products stay in use."""
    taste = nights.second("taste", ())
    assert {sku for sku, kind in taste.answers if kind == "accepted"} >= nights.favourites
    assert share(nights.decided(taste), nights.favourites) > share(after, nights.favourites) + 0.05


def test_other_products_take_the_place_and_shoppers_are_still_prompted(
    nights: Nights, before: Prompts, after: Prompts
) -> None:
    spoken = [sum(row["sku"] is not None for row in rows) for rows in (before, after)]
    assert spoken[1] > 0.9 * spoken[0]
    others = {row["sku"] for row in after} - nights.favourites - {None}
    assert share(after, others) > share(before, others) + 0.1


def test_the_same_day_gives_the_same_bundle(nights: Nights, declined: Evening) -> None:
    again = nights.second("again", nights.favourites)
    assert again.bundle.name == declined.bundle.name
    assert bundle.read_manifest(again.bundle) == bundle.read_manifest(declined.bundle)
    nights.nightly(again)
    assert bundle.read_manifest(again.bundle) == bundle.read_manifest(declined.bundle)


def spread(made: Bundle) -> float:
    """How little it knows of a prompt's effect on the average product."""
    return float(made.knowledge.uplift.common[0].std())
