"""What training reads of a lake: products in the order of their skus, and receipts as arrays (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models import lake
from models.errors import InputError
from models.folders import AnyPath
from models.recommender.knowledge import Goods, Indices, Numbers, Offers

DAY_MS = 86_400_000
MOST_MONEY = 1e9
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Receipts:
    """R receipts in the order of their first lines, and their L lines of known products, one a product."""

    store: NDArray[Any]
    ts_ms: Indices
    customer: NDArray[Any]
    visit: NDArray[Any]
    till: NDArray[Any]
    line_receipt: Indices
    line_item: Indices
    line_quantity: Numbers
    line_amount: Numbers
    """What was paid for the line; NaN where the till did not say."""

    def __len__(self) -> int:
        return len(self.ts_ms)

    @property
    def newest_ms(self) -> int:
        """The data's today; 0 for none."""
        return int(self.ts_ms.max(initial=0))

    def only(self, rows: NDArray[np.bool_]) -> Receipts:
        """The receipts where `rows` (shape (R,)) is true."""
        new = np.cumsum(rows) - 1
        kept = rows[self.line_receipt]
        heads = {name: getattr(self, name)[rows] for name in ("store", "ts_ms", "customer", "visit", "till")}
        lines = {name: getattr(self, name)[kept] for name in ("line_item", "line_quantity", "line_amount")}
        return Receipts(**heads, **lines, line_receipt=new[self.line_receipt[kept]])


def decay(ts_ms: Indices, newest_ms: int, half_life_days: float) -> Numbers:
    """What counts of what happened at these times: 1 now, half of it a half-life ago."""
    return np.asarray(0.5 ** ((newest_ms - ts_ms) / (half_life_days * DAY_MS)))


def goods(root: AnyPath) -> Goods:
    """The products, sorted by sku, the last row of a sku holds. Raises InputError where there are none."""
    table = lake.read(root, "products")
    if not len(table):
        raise InputError("no products", file=root, hint="aislewise catalog import --products FILE")
    rows = {row["sku"]: row for row in table.to_pylist()}
    # "" stands for silence
    ordered = [rows[sku] for sku in sorted(rows.keys() - {""})]
    if not ordered:
        raise InputError("no products with a sku", file=root)
    texts = {name: _texts(ordered, name) for name in ("sku", "name", "department", "category")}
    return Goods(**texts, price=_money(ordered, "price"), cost=_money(ordered, "cost"))


def offers(root: AnyPath) -> Offers:
    """Every dated offer, in the order of their ids. Raises InputError for a kind or a discount that is none."""
    table = lake.read(root, "offers")
    rows = {row["offer_id"]: row for row in table.cast(_with_ms(table.schema)).to_pylist()}
    ordered = [rows[name] for name in sorted(rows)]
    for row in ordered:
        if row["kind"] not in ("clearance", "coupon"):
            raise InputError(f"{row['offer_id']}: neither clearance nor coupon", file=root / "offers", field="kind")
        if not 0 <= row["discount"] <= 1:
            raise InputError(f"{row['offer_id']}: not between 0 and 1", file=root / "offers", field="discount")
    columns: dict[str, Any] = {
        name: _texts(ordered, name) for name in ("offer_id", "kind", "store_id", "sku", "category")
    }
    columns |= {name: np.array([row[name] for row in ordered], np.int64) for name in ("starts", "ends")}
    return Offers(**columns, discount=_numbers(ordered, "discount"), budget=_numbers(ordered, "budget"))


def receipts(root: AnyPath, skus: Sequence[str]) -> Receipts:
    """The receipts of the lake; without returns and lines of products not in `skus`. Raises InputError."""
    if not lake.exists(root, "purchases"):
        raise InputError("no purchases", file=root, hint="training needs the tables purchases and products")
    parts = [_lines(table, skus) for table in lake.batches(root, "purchases")]
    table = pa.concat_tables(parts).combine_chunks()
    joined = pc.binary_join_element_wise(table.column("store_id"), table.column("receipt_id"), _SEPARATOR)
    encoded = joined.combine_chunks().dictionary_encode()
    code = _array(encoded.indices).astype(np.int64)
    _, first = np.unique(code, return_index=True)
    head = table.take(pa.array(first))
    item = _array(table.column("item")).astype(np.int64)
    known = item >= 0
    line, same = np.unique(code[known] * len(skus) + item[known], return_inverse=True)
    weights = (_array(table.column(name))[known].astype(float) for name in ("quantity", "amount"))
    quantity, amount = (np.asarray(np.bincount(same, each, len(line)), float) for each in weights)
    texts = {name: _objects(head.column(f"{name}_id")) for name in ("store", "customer", "visit")}
    return Receipts(
        **texts,
        till=_objects(head.column("till")),
        ts_ms=_array(head.column("ts").cast(pa.int64())),
        line_receipt=line // len(skus),
        line_item=line % len(skus),
        line_quantity=quantity,
        line_amount=amount,
    )


def _lines(table: pa.Table, skus: Sequence[str]) -> pa.Table:
    """The columns that matter, with the product's row, −1 for unknown ones."""
    table = table.filter(pc.greater(table.column("quantity"), 0))
    item = pc.fill_null(pc.index_in(table.column("sku"), value_set=pa.array(skus, pa.string())), -1)
    names = ["store_id", "receipt_id", "ts", "customer_id", "visit_id", "till", "quantity", "amount"]
    return table.select(names).append_column("item", item)


def _with_ms(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(f.name, pa.int64()) if pa.types.is_timestamp(f.type) else f for f in schema])


def _texts(rows: Sequence[dict[str, Any]], name: str) -> NDArray[np.str_]:
    return np.array([row[name] or "" for row in rows], np.str_)


def _numbers(rows: Sequence[dict[str, Any]], name: str) -> Numbers:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], float)


def _money(rows: Sequence[dict[str, Any]], name: str) -> Numbers:
    """What cannot be asked for a piece counts as unknown."""
    given = _numbers(rows, name)
    return np.where((given >= 0) & (given <= MOST_MONEY), given, np.nan)


def _array(column: Any) -> NDArray[Any]:
    return np.asarray(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())


def _objects(column: pa.ChunkedArray) -> NDArray[Any]:
    """Texts and None."""
    found = np.empty(len(column), object)
    found[:] = column.to_pylist()
    return found
