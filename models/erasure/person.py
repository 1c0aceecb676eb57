"""Who is to be erased, from what a person says: the pseudonyms that a customer, a device or a visit has here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from models import ids, salts
from models.erasure.names import Name, Names
from models.errors import InputError
from models.folders import AnyPath

Kind = Literal["customer", "device", "visit"]
KINDS: tuple[Kind, ...] = ("customer", "device", "visit")
LONGEST = 128
NOBODY = Names()
PSEUDONYM = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Person:
    """`names` go on the list; `clear` is what was said, if it is no pseudonym: it is looked for, and kept nowhere."""

    kind: Kind
    store_id: str | None
    names: Names
    clear: Names = NOBODY
    days: Sequence[tuple[str, date]] = ()
    """Of a device, the stores and days that can still be linked to it."""


def of_customer(customer_id: str, secret: str, store_id: str | None = None) -> Person:
    """As a till or an app names the customer. Raises InputError."""
    pseudonym = Name("customer", ids.customer(customer_id, secret), store_id or "")
    return _person("customer", customer_id, store_id, [pseudonym], "customer")


def of_device(device_id: str, folder: AnyPath, store_id: str | None = None) -> Person:
    """As the phone is called where positions come from: a name for each salt that there still is. Raises InputError."""
    names, days = [], []
    for store in [store_id] if store_id else salts.stores(folder):
        for day, salt in sorted(salts.existing(folder, store).items()):
            names.append(Name("phone", ids.phone_text(ids.phone(device_id, salt)), store))
            days.append((store, day))
    return _person("device", device_id, store_id, names, "phone", days)


def of_visit(visit_id: str, store_id: str | None = None) -> Person:
    """The visit, and with it the phone whose visit it was, on its day. Raises InputError."""
    return _person("visit", visit_id, store_id, [Name("visit", visit_id, store_id or "")], "visit")


def _person(
    kind: Kind,
    said: str,
    store_id: str | None,
    names: Sequence[Name],
    as_said: str,
    days: Sequence[tuple[str, date]] = (),
) -> Person:
    if not 0 < len(said) <= LONGEST:
        raise InputError(f"not of 1 to {LONGEST} characters", field=kind)
    own = Names([Name(as_said, said, store_id or "")])
    # a lake of others may name people as they are, and an analyst has only the pseudonym
    if PSEUDONYM.fullmatch(said) or kind == "visit":
        return Person(kind, store_id, Names(names) | own, NOBODY, days)
    return Person(kind, store_id, Names(names), own, days)
