"""The catalogue as the topic tells it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Catalog, Offer, Pause, Product, Row, Stock, key_of, record_of
from models.errors import RecordError

NAMES = st.sampled_from(["a", "b", "c/d"])
PRODUCTS = st.builds(
    Product, sku=NAMES, name=NAMES, department=NAMES, category=NAMES, price=st.none() | st.floats(0, 9)
)
OFFERS = st.builds(
    Offer, offer_id=NAMES, kind=st.just("coupon"), discount=st.just(0.1), starts=st.just(0), ends=st.just(9), sku=NAMES
)
PAUSES = st.builds(Pause, store_id=st.just("S1"), offer_id=NAMES, since=st.integers(0, 9))
STOCK = st.builds(Stock, store_id=st.sampled_from(["S1", "S2"]), sku=NAMES, on_hand=st.integers(0, 9))


@given(st.lists(st.tuples(PRODUCTS | OFFERS | STOCK | PAUSES, st.booleans())))
def test_records_replayed_are_the_newest_row_of_each_key(history: list[tuple[Row, bool]]) -> None:
    told, kept = Catalog(), {}
    for row, stays in history:
        record = json.loads(json.dumps(record_of(key_of(row), row if stays else None)))
        told.apply(record)
        kept[key_of(row)] = row if stays else None
    wanted = Catalog(row for row in kept.values() if row is not None)
    assert told.products == wanted.products
    assert told.offers == wanted.offers
    for name in ("a", "b", "c/d"):
        assert told.on_hand("S1", name) == wanted.on_hand("S1", name)
        assert sorted(told.near(name, ())) == sorted(wanted.near(name, ()))
    assert told.on_offer("S1", 5) == wanted.on_offer("S1", 5)
    assert sorted(told.paused_in("S1")) == sorted(wanted.paused_in("S1"))


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"table": "prices", "row": None},
        {"table": "products", "row": {"sku": "P"}},
        {"table": "stock", "row": {"store_id": "S1", "sku": "P", "on_hand": "many"}},
        {"table": "offers", "row": {"offer_id": "o", "kind": "gift", "discount": 0.1, "starts": 0, "ends": 1}},
    ],
)
def test_a_record_that_cannot_be_read_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(RecordError):
        Catalog().apply(record)


def test_a_store_has_its_own_offers_and_stock() -> None:
    whole = Catalog([_product("P"), _offer("all", None), _offer("one", "S1"), Stock("S1", "P", 3), Stock("S2", "P", 4)])
    second = whole.for_store("S2")
    assert (set(second.offers), second.on_hand("S2", "P"), second.on_hand("S1", "P")) == ({"all"}, 4, None)


def test_categories_and_departments_are_found_whatever_their_case() -> None:
    shelf = Catalog([_product("P"), Product("Q", "Q", "Shoes", "Boots")])
    assert shelf.near("SHOES ", ["boots"]) == ["Q", "P"]
    assert shelf.near(None, ()) == []


def test_the_best_offer_is_the_clearance_then_the_deepest() -> None:
    shelf = Catalog([_product("P"), _offer("c1", None), _offer("c2", None, 0.4), _offer("x", None, 0.1, "clearance")])
    assert [one.offer_id for one in shelf.offers_for(shelf.products["P"], "S1", 5)] == ["x", "c2", "c1"]


def test_the_highest_priority_goes_first_whatever_the_discount() -> None:
    first = msgspec.structs.replace(_offer("c", None, 0.1), priority=1)
    shelf = Catalog([_product("P"), _offer("x", None, 0.9, "clearance"), first])
    assert [one.offer_id for one in shelf.offers_for(shelf.products["P"], "S1", 5)] == ["c", "x"]


def test_a_paused_offer_rests_in_its_store_alone_until_the_pause_is_gone() -> None:
    shelf = Catalog([_product("P"), _offer("o", None), Pause("S1", "o", 3)])
    goods = shelf.products["P"]
    assert (shelf.offers_for(goods, "S1", 5), shelf.on_offer("S1", 5)) == ([], [])
    assert [one.offer_id for one in shelf.offers_for(goods, "S2", 5)] == ["o"]
    assert (shelf.paused("S1", "o"), shelf.paused("S2", "o"), shelf.paused_in("S1")) == (3, None, ["o"])
    assert shelf.for_store("S1").on_offer("S1", 5) == []
    shelf.put(_offer("o", None, 0.4))
    assert shelf.on_offer("S1", 5) == []
    shelf.apply(record_of(key_of(Pause("S1", "o", 0)), None))
    assert shelf.on_offer("S1", 5) == ["P"]


def test_a_pause_holds_for_a_bundles_offer_too() -> None:
    of_bundle, told = Catalog([_product("P"), _offer("o", None)]), Catalog([Pause("S1", "o", 3)])
    assert (told.or_else(of_bundle).on_offer("S1", 5), told.or_else(of_bundle).on_offer("S2", 5)) == ([], ["P"])


def test_a_bundles_products_fill_in_until_some_were_imported() -> None:
    of_bundle, told = Catalog([_product("P"), _offer("old", None)]), Catalog([Stock("S1", "P", 0)])
    assert list(told.or_else(of_bundle).products) == ["P"]
    assert list(told.or_else(of_bundle).offers) == ["old"]
    told.put(_offer("new", None))
    assert list(told.or_else(of_bundle).offers) == ["new"]
    assert told.or_else(of_bundle).on_hand("S1", "P") == 0
    told.put(_product("Q"))
    assert list(told.or_else(of_bundle).products) == ["Q"]


def _product(sku: str) -> Product:
    return Product(sku, sku, "shoes", "socks")


def _offer(name: str, store: str | None, discount: float = 0.2, kind: Any = "coupon") -> Offer:
    return Offer(name, kind, discount, 0, 9, store_id=store, sku="P")
