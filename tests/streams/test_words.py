"""What a prompt's record says beside the row of the table."""

from __future__ import annotations

import numpy as np

from models.catalog import Catalog, Offer, Product, Stock
from models.recommender.decide import decide
from models.recommender.situation import Past, Situation
from streams.words import words

SHOP = Catalog(
    [
        Product("a", "Alpine boot", "Shoes", "boots", 89.0, 40.0),
        Offer("o", "clearance", 0.3, 0, 10, sku="a"),
        Stock("S1", "a", 4),
    ]
)
NAMES = ("category", "price", "discount", "offer", "on_hand", "value")


def asked(number: int) -> Situation:
    return Situation(f"{number:016x}", "v", "S1", 1, "display", "boots", features=np.zeros(8, np.float32))


def test_a_prompt_says_what_a_tablet_shows() -> None:
    (decision,) = decide(asked(1), None, SHOP, Past(), slots=1, explore=0.0, prompts_per_visit=5)
    said = words(decision)
    assert {name: said[name] for name in NAMES[:-1]} == {
        "category": "boots",
        "price": 89.0,
        "discount": 0.3,
        "offer": "clearance",
        "on_hand": 4,
    }
    assert (said["zone_id"], said["name"]) == ("boots", "Alpine boot")
    assert said["value"] > 0


def test_silence_says_nothing() -> None:
    (decision,) = decide(asked(1), None, Catalog(), Past(), slots=1, explore=0.0, prompts_per_visit=5)
    assert {words(decision)[name] for name in NAMES} == {None}
