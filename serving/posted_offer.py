"""The body that makes or changes an offer, and what is wrong with it, by field."""

from __future__ import annotations

import re
import secrets

import msgspec

from models.catalog import Offer
from models.catalog_checks import checked, offer_fault
from models.times import milliseconds
from models.web.problems import Problem
from serving.catalogue import Catalogue

OFFER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
MAX_TEXT = 200


class PostedOffer(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST offers` and `PUT offers/{id}`: an offer of the store in the path."""

    kind: str
    discount: float
    starts: int | str
    ends: int | str
    sku: str | None = None
    category: str | None = None
    budget: float | None = None
    priority: int = 0
    offer_id: str | None = None
    """Of a new one, so that the same call again makes no second; the server names it otherwise."""


def offer(posted: PostedOffer, store_id: str, offer_id: str | None, catalogue: Catalogue) -> Offer:
    """The row. Raises Problem 422 that names the field."""
    starts, ends = _time("starts", posted.starts), _time("ends", posted.ends)
    row = {
        "offer_id": _id(offer_id or posted.offer_id or f"offer-{secrets.token_hex(4)}"),
        "store_id": store_id,
        "kind": posted.kind,
        "sku": posted.sku or None,
        "category": posted.category or None,
        "discount": posted.discount,
        "starts": starts,
        "ends": ends,
        "budget": posted.budget,
        "priority": posted.priority,
    }
    for field, value in row.items():
        _check(field, value)
    if fault := offer_fault(row):
        raise Problem(422, fault[1], fault[0])
    made = msgspec.convert(row, Offer)
    _refuse_unknown(made, catalogue)
    return made


def _refuse_unknown(made: Offer, catalogue: Catalogue) -> None:
    """An offer on nothing would never be live, and nobody would know why."""
    products, sku, category = catalogue.products(), made.sku, made.category
    if sku is not None and sku not in products.products:
        raise Problem(422, f"there is no product {sku[:80]!r}", "sku")
    if category is not None and not products.of_category(category):
        raise Problem(422, f"there is no product of the category {category[:80]!r}", "category")


def _check(field: str, value: object) -> None:
    if value is None:
        return
    try:
        checked(field, value)
    except ValueError as error:
        raise Problem(422, f"{str(value)[:80]!r}: {error}", field) from None


def _time(field: str, value: int | str) -> int:
    try:
        return milliseconds(value)
    except (ValueError, OverflowError) as error:
        raise Problem(422, f"{str(value)[:80]!r}: {error}", field) from None


def _id(text: str) -> str:
    if not OFFER_ID.fullmatch(text):
        raise Problem(422, "an id has 1 to 64 letters, digits, . _ -", "offer_id")
    return text
