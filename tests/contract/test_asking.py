"""A salesperson asks for recommendations now, between two moments: the board has them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulation.store import DEFAULT_TODAY_MS
from tests.contract import groceries
from tests.contract.plan import BOOTS, TENTS, small
from tests.contract.world import World
from tests.serving.client import bearer, until

pytestmark = pytest.mark.kafka
STORE, OTHER = "S1", "S2"


@pytest.fixture(scope="module")
def world(build: Callable[..., World]) -> World:
    world = build({STORE: small(STORE), OTHER: small(OTHER)}, holdout=0, max_age_seconds=1e10, max_ahead_seconds=1e10)
    kinds = (("boots", "Shoes"), ("tents", "Outdoor"))
    items = [groceries.Item(f"{kind} {number}", kind, home) for kind, home in kinds for number in range(3)]
    world.aislewise("catalog", "import", "--products", groceries.catalogue(world.folder / "p.csv", [items]))
    # without a bundle what is on offer is recommended
    offers = ["offer_id,kind,category,discount,starts,ends"]
    offers += [f"O-{kind},clearance,{kind},0.3,2020-01-01,2030-01-01" for kind, _ in kinds]
    (world.folder / "o.csv").write_text("\n".join(offers) + "\n")
    world.aislewise("catalog", "import", "--offers", world.folder / "o.csv")
    return world


def stand(world: World, at: tuple[float, float], begin: int, end: int, store: str = STORE) -> None:
    moved = [
        {"device_id": "shopper", "ts": DEFAULT_TODAY_MS + second * 1000, "x_m": at[0], "y_m": at[1], "sigma_m": 0.3}
        for second in range(begin, end, 2)
    ]
    world.send(store, moved)


def hints(world: World, store: str = STORE) -> set[str]:
    """The first word of what is recommended."""
    return {one["sku"].split()[0] for shopper in world.shoppers(store) for one in shopper["recommendations"]}


def ask(world: World, visit_id: str, store: str = STORE, body: Any = None, **headers: str) -> int:
    path = f"/v1/stores/{store}/shoppers/{visit_id}/recommendations"
    return world.tablet.post(path, json={} if body is None else body, headers=bearer(STORE) | headers).status_code


def test_what_is_asked_for_is_about_where_the_shopper_is_now(world: World) -> None:
    stand(world, BOOTS, 0, 16)
    until(lambda: world.shoppers(STORE))
    visit_id = world.shoppers(STORE)[0]["visit_id"]
    # the worker may read the catalogue after the moment
    until(lambda: ask(world, visit_id) == 202 and hints(world) == {"boots"})
    # so few seconds at tents are no moment yet
    stand(world, TENTS, 28, 32)
    until(lambda: world.shoppers(STORE)[0]["display"] == "tents")
    assert hints(world) == {"boots"}
    assert ask(world, visit_id) == 202
    until(lambda: "tents" in hints(world))


def test_what_cannot_be_asked_for_is_refused(world: World) -> None:
    assert ask(world, "0" * 16) == 404
    assert ask(world, "0" * 16, OTHER) == 403
    assert ask(world, "0" * 16, body={"sku": "x"}) == 422
    assert ask(world, "0" * 16, Authorization="Bearer none") == 401
