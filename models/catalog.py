"""What a store sells, offers and has on hand, as known now: from the topic `catalog`, a bundle or the lake.

A record of the topic is `{"table": "products|offers|stock|pauses", "key": …, "row": {…}}`; one whose `row` is null
deletes. `key` is that of the Kafka record: `products/<sku>`, `offers/<offer_id>`, `stock/<store>/<sku>` or
`pauses/<store>/<offer_id>`. Times are ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec
import pyarrow as pa

from models.errors import RecordError

TABLES = ("products", "offers", "stock")


class Product(msgspec.Struct, frozen=True):
    """A row of `products`; price and cost in the store's currency, None where unknown."""

    sku: str
    name: str
    department: str
    category: str
    price: float | None = None
    cost: float | None = None


class Offer(msgspec.Struct, frozen=True):
    """A row of `offers`: on one product or one category, in one store or, without a store, in all."""

    offer_id: str
    kind: Literal["clearance", "coupon"]
    discount: float
    starts: int
    ends: int
    store_id: str | None = None
    sku: str | None = None
    category: str | None = None
    budget: float | None = None
    priority: int | None = None
    """Of several offers on a product the highest goes first; none is 0."""

    def live(self, store_id: str, ts_ms: int) -> bool:
        """Whether it holds in this store at this time; `ends` itself is over, and so is an offer without budget.

        No decision spends of the budget: then one visit's prompt would suppress another's (DESIGN §4).
        """
        spent = self.budget is not None and self.budget <= 0
        return self.store_id in (None, store_id) and self.starts <= ts_ms < self.ends and not spent


class Stock(msgspec.Struct, frozen=True):
    """A row of `stock`."""

    store_id: str
    sku: str
    on_hand: int
    ts: int = 0


class Pause(msgspec.Struct, frozen=True):
    """An offer that rests in one store. A row of its own: an import of offers, or another store, does not end it."""

    store_id: str
    offer_id: str
    since: int


Row = Product | Offer | Stock | Pause
_ROWS: Mapping[str, type[Product] | type[Offer] | type[Stock] | type[Pause]] = {
    "products": Product,
    "offers": Offer,
    "stock": Stock,
    "pauses": Pause,
}


def fold(name: str) -> str:
    """Departments and categories are compared without case and outer spaces."""
    return name.strip().casefold()


def key_of(row: Row) -> str:
    """The Kafka key of a row's record. A store id holds no slash, so the parts can be told apart."""
    if isinstance(row, Product):
        return f"products/{row.sku}"
    if isinstance(row, Offer):
        return f"offers/{row.offer_id}"
    if isinstance(row, Pause):
        return f"pauses/{row.store_id}/{row.offer_id}"
    return f"stock/{row.store_id}/{row.sku}"


def record_of(key: str, row: Row | None) -> dict[str, Any]:
    """The value of a record: a row that holds from now on, or None for one that is gone."""
    return {"table": key.partition("/")[0], "key": key, "row": None if row is None else msgspec.to_builtins(row)}


def rows_of(table: pa.Table, name: str) -> Iterator[Row]:
    """The rows of a table `products`, `offers` or `stock` as values."""
    for column in ("starts", "ends", "ts"):
        if column in table.column_names:
            at = table.schema.get_field_index(column)
            table = table.set_column(at, column, table.column(column).cast(pa.int64()))
    for row in table.to_pylist():
        yield msgspec.convert(row, _ROWS[name])


class Catalog:
    """Products, offers, stock and pauses. Changed only by `apply` and `put`; lookups cost what they return."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.products: dict[str, Product] = {}
        self.offers: dict[str, Offer] = {}
        self._stock: dict[tuple[str, str], int] = {}
        self._pauses: dict[tuple[str, str], int] = {}
        self._departments: dict[str, dict[str, None]] = {}
        self._categories: dict[str, dict[str, None]] = {}
        self._offers_of: dict[tuple[str, str], dict[str, Offer]] = {}
        self._joined: tuple[Catalog, Catalog] | None = None
        for row in rows:
            self.put(row)

    @classmethod
    def from_tables(cls, tables: Mapping[str, pa.Table]) -> Catalog:
        """From the lake's `products`, `offers` and `stock`, any of which may be absent."""
        return cls(row for name, table in tables.items() for row in rows_of(table, name))

    def apply(self, record: Mapping[str, Any]) -> None:
        """A record of the topic `catalog`. Raises RecordError, and then nothing has changed."""
        table, row = str(record.get("table")), record.get("row")
        if table not in _ROWS:
            raise RecordError(f"a catalog record of table {table!r}")
        if row is None:
            return self.drop(str(record.get("key", "")))
        try:
            self.put(msgspec.convert(row, _ROWS[table]))
        except msgspec.ValidationError as error:
            raise RecordError(f"a catalog record of {table}: {error}") from None

    def put(self, row: Row) -> None:
        """Adds a row or replaces the one of the same key."""
        self.drop(key_of(row))
        if isinstance(row, Stock):
            self._stock[row.store_id, row.sku] = row.on_hand
            return
        if isinstance(row, Pause):
            self._pauses[row.store_id, row.offer_id] = row.since
            return
        self._joined = None
        if isinstance(row, Offer):
            self.offers[row.offer_id] = row
            self._offers_of.setdefault(_target(row), {})[row.offer_id] = row
        else:
            self.products[row.sku] = row
            self._departments.setdefault(fold(row.department), {})[row.sku] = None
            self._categories.setdefault(fold(row.category), {})[row.sku] = None

    def drop(self, key: str) -> None:
        """Removes the row of a key; one that is not there is none."""
        table, _, rest = key.partition("/")
        if table in ("stock", "pauses"):
            store, _, name = rest.partition("/")
            (self._stock if table == "stock" else self._pauses).pop((store, name), None)
            return
        self._joined = None
        if table == "offers" and (offer := self.offers.pop(rest, None)):
            self._offers_of[_target(offer)].pop(rest)
        elif table == "products" and (product := self.products.pop(rest, None)):
            self._departments[fold(product.department)].pop(rest)
            self._categories[fold(product.category)].pop(rest)

    def for_store(self, store_id: str) -> Catalog:
        """Every product, and the offers, stock and pauses that count in one store."""
        kept = Catalog(self.products.values())
        for offer in self.offers.values():
            if offer.store_id in (None, store_id):
                kept.put(offer)
        kept._stock = {key: on_hand for key, on_hand in self._stock.items() if key[0] == store_id}
        kept._pauses = {key: since for key, since in self._pauses.items() if key[0] == store_id}
        return kept

    def or_else(self, other: Catalog) -> Catalog:
        """This one, or with the products (and offers) of `other` while none are known here; the rest is this one's."""
        if self.products:
            return self
        if self._joined is None or self._joined[0] is not other:
            self._joined = other, Catalog([*other.products.values(), *(self.offers or other.offers).values()])
        self._joined[1]._stock, self._joined[1]._pauses = self._stock, self._pauses
        return self._joined[1]

    def on_hand(self, store_id: str, sku: str) -> int | None:
        """Pieces in stock; None is unknown."""
        return self._stock.get((store_id, sku))

    def paused(self, store_id: str, offer_id: str) -> int | None:
        """Since when the offer rests in this store, ms; None while it does not."""
        return self._pauses.get((store_id, offer_id))

    def paused_in(self, store_id: str) -> list[str]:
        """The offers that rest in this store."""
        return [offer_id for store, offer_id in self._pauses if store == store_id]

    def live(self, offer: Offer, store_id: str, ts_ms: int) -> bool:
        """Whether it may be pointed out in this store at this time: it holds, and does not rest."""
        return offer.live(store_id, ts_ms) and (store_id, offer.offer_id) not in self._pauses

    def of_category(self, category: str) -> list[str]:
        """The products of a category."""
        return list(self._categories.get(fold(category), {}))

    def near(self, department: str | None, categories: Iterable[str]) -> list[str]:
        """The products of these categories, then the others of the department."""
        found: dict[str, None] = {}
        for category in categories:
            found |= self._categories.get(fold(category), {})
        return list(found | (self._departments.get(fold(department), {}) if department else {}))

    def offers_for(self, product: Product, store_id: str, ts_ms: int) -> list[Offer]:
        """Live offers on a product, best first: by priority, a clearance before a coupon, then by discount."""
        targets = (("sku", product.sku), ("category", fold(product.category)))
        offers = [offer for at in targets for offer in self._offers_of.get(at, {}).values()]
        live = (offer for offer in offers if self.live(offer, store_id, ts_ms))
        return sorted(live, key=_precedence)

    def on_offer(self, store_id: str, ts_ms: int) -> list[str]:
        """The products with a live offer, in the order of their skus."""
        live = [offer for offer in self.offers.values() if self.live(offer, store_id, ts_ms)]
        skus = {offer.sku for offer in live if offer.sku}
        for offer in live:
            skus |= set(self.of_category(offer.category)) if offer.category and not offer.sku else set()
        return sorted(skus & self.products.keys())


def _precedence(offer: Offer) -> tuple[int, bool, float, str]:
    return -(offer.priority or 0), offer.kind != "clearance", -offer.discount, offer.offer_id


def _target(offer: Offer) -> tuple[str, str]:
    return ("sku", offer.sku) if offer.sku else ("category", fold(offer.category or ""))
