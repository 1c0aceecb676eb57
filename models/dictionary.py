"""docs/data.md, the data dictionary, from records.py: `python -m models.dictionary [FILE]` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from models.features import CANDIDATE, MOMENT
from models.records import OUTCOME_KINDS, TABLES, VECTOR, Table

COMMON: Mapping[str, str] = {
    "store_id": "The store.",
    "visit_id": "The visit: 16 hex, a hash of store, phone and first ping.",
    "device_id": "The phone as a pseudonym that lasts for a store's local day.",
    "customer_id": "The loyalty customer as a pseudonym; null where nobody named one.",
    "ts": "When it happened.",
    "sku": "The product.",
    "offer_id": "The offer that goes with it; null for none.",
    "zone_id": "The zone's id in the plan.",
    "first_ts": "The first ping's time.",
    "last_ts": "The last ping's time.",
    "holdout": "Whether the visit is held out: nobody prompts it, so that there is something to compare with.",
    "moment_id": "The moment: 16 hex, a hash of visit, zone and threshold.",
    "prompt_id": "The prompt: moment_id, a dash and the slot.",
}
"""What a column of this name means wherever OWN says nothing else."""
OWN: Mapping[str, Mapping[str, str]] = {
    "pings": {
        "ts": "By the phone's clock.",
        "x_m": "To the right in the plan's frame.",
        "y_m": "Upward in the plan's frame.",
        "floor": "0 where the sender names none.",
        "sigma_m": "Standard deviation of the error on each axis, as the sender says; null where it says nothing.",
        "partition": "Of the topic; with offset and row the order of arrival.",
        "offset": "Of the Kafka record that it came in.",
        "row": "In that record, from 0.",
    },
    "visits": {
        "customer_id": "From consenting check-ins, filled in at night; null from workers and `replay`.",
        "kind": "`shopper`, `staff` or `fixed` (a thing).",
        "kind_p": "The probability of that kind.",
        "group_id": "Common to visits that came together; null for who came alone.",
        "holdout": f"{COMMON['holdout']} Null from `replay`.",
        "pings": "Those that were neither late nor copies. Of a visit only the row with the most holds.",
    },
    "dwells": {
        "kind": "`department` or `display`.",
        "live_s": "As it was answered at once, and settled by 3 s of lateness.",
        "dwell_s": "Smoothed, with what came later; use this for analyses.",
        "lower_s": "Lower end of the 90 % interval on dwell_s.",
        "upper_s": "Upper end of it.",
        "first_ts": "First time in the zone.",
        "last_ts": "Last time in the zone.",
        "pings": "The visit's, as in `visits`. Of a visit only the rows with the most hold.",
        "plan_version": "8 hex of the SHA-256 of the plan that held.",
    },
    "moments": {
        "customer_id": "From the check-ins that had come by then.",
        "ts": "Of the ping with which the threshold was passed.",
        "zone_id": "The zone whose threshold was passed.",
        "kind": "`department` or `display`.",
        "live_s": "Live seconds in that zone by then.",
        "zones": "All zones of the visit so far.",
        "zone_live_s": "Live seconds in each of them, in the same order.",
        "features": f"The moment's vector: {', '.join(MOMENT)}; NaN is unknown.",
        "shopper_p": "Probability that it is a shopper, not staff or a thing.",
    },
    "checkins": {"consent": "Whether the customer agreed; false takes an earlier yes of this phone back."},
    "purchases": {
        "receipt_id": "The receipt within its store; its lines are rows.",
        "visit_id": "Where the till knew it; else attribution finds it (docs/decisions/018).",
        "ts": "When it was paid.",
        "till": "The checkout's id in the plan.",
        "quantity": "Pieces; below 0 for a return.",
        "amount": "Paid for the whole line.",
        "discount": "Taken off, for the whole line.",
    },
    "products": {
        "name": "As a customer reads it.",
        "department": "Name of the department that sells it.",
        "category": "Finer than the department; displays show categories.",
        "price": "Of a piece, without offers.",
        "cost": "Of a piece; null counts as .7 of the price.",
    },
    "offers": {
        "store_id": "Where it holds; null is everywhere.",
        "kind": "`clearance` (for every buyer) or `coupon` (for the prompted visit only).",
        "sku": "The product, or null where a category is meant.",
        "category": "All products of it.",
        "discount": "Taken off the price.",
        "starts": "From then on.",
        "ends": "Until then.",
        "budget": "What all discounts of it may cost together; null is no limit.",
        "priority": "Of several offers on a product the highest goes first; null is 0.",
    },
    "stock": {"on_hand": "Pieces in the store.", "ts": "When they were counted."},
    "prompts": {
        "ts": "Of the moment.",
        "expires": "ts + 120 s.",
        "sku": "The product that was drawn; null is silence.",
        "slot": "Place in the moment's slate, from 0.",
        "propensity": "With which the row's choice was drawn, given the earlier slots.",
        "policy": "`offers` without a bundle, else what ranked.",
        "bundle": "The bundle that decided.",
        "holdout": "Whether the visit is held out: the decision is logged and nobody sees it.",
        "shown": "Whether it went to the board. That somebody saw it, the outcome `shown` says.",
        "candidates": "At most 50 skus that reached the decision, and an empty one for silence.",
        "candidate_propensities": "Of each of them; they sum to 1.",
        "features": "The moment's vector.",
        "candidate_features": f"Row by row in the order of candidates: {', '.join(CANDIDATE)}; NaN is unknown.",
    },
    "outcomes": {
        "outcome_id": "The sender's Idempotency-Key.",
        "kind": f"{', '.join(f'`{kind}`' for kind in (*OUTCOME_KINDS, 'ignored'))}.",
        "undoes": "The outcome_id that `undone` takes back; null is all of the prompt.",
        "reason": "Why it was declined.",
        "staff": "The salesperson as a pseudonym.",
    },
}
_UNITS = {"_m": "m", "_s": "s", "_p": "share"}
_MONEY = ("amount", "price", "cost", "budget")
_SHARES = ("propensity", "candidate_propensities")


def document() -> str:
    """The page."""
    return "\n".join([_HEAD, *(_section(table) for table in TABLES.values())])


_HEAD = """# The data

Every table of the lake, column by column: `LAKE/<table>/date=YYYY-MM-DD/*.parquet`, and `products`, `offers` and
`stock` as single files in its root. Times are UTC, lengths are metres in the plan's frame, money is in the store's
currency. Tables only ever gain columns. Some rows are written again when late pings continue a visit;
`models.visits.holding` gives those that hold. What came of a prompt is defined in `training/labels.py`.

Generated from models/records.py by `python -m models.dictionary`.
"""


def _section(table: Table) -> str:
    rows = "\n".join(_rows(table))
    way = "file in the lake's root" if table.travels == "file" else f"topic `{table.name}` ({table.travels})"
    head = "| column | type | unit | null | meaning |\n| --- | --- | --- | --- | --- |"
    return f"## {table.name}\n\n{table.about} {way[0].upper()}{way[1:]}.\n\n{head}\n{rows}\n"


def _rows(table: Table) -> Iterator[str]:
    for field in table.schema:
        null = "yes" if field.nullable else ""
        cells = (f"`{field.name}`", _kind(field.type), unit(table.name, field), null, meaning(table.name, field.name))
        yield f"| {' | '.join(cells)} |"


def meaning(table: str, column: str) -> str:
    """Raises KeyError for a column that nobody has described."""
    return OWN.get(table, {}).get(column) or COMMON[column]


def unit(table: str, field: pa.Field) -> str:
    """Empty where there is none."""
    if pa.types.is_timestamp(field.type):
        return "UTC"
    if field.name in _MONEY or (table, field.name) == ("purchases", "discount"):
        return "money"
    if field.name in _SHARES or (table, field.name) == ("offers", "discount"):
        return "share"
    return next((word for ending, word in _UNITS.items() if field.name.endswith(ending)), "")


def _kind(kind: pa.DataType) -> str:
    if kind == VECTOR:
        return "list of float"
    if pa.types.is_list(kind):
        return f"list of {kind.value_type}"
    if pa.types.is_dictionary(kind):
        return f"{kind.value_type}"
    return "timestamp (ms)" if pa.types.is_timestamp(kind) else str(kind)


def main() -> None:
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/data.md").write_text(document())


if __name__ == "__main__":
    main()
