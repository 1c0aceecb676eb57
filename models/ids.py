"""Ids and draws that are functions of the data (DESIGN §4, "Ids"): the same input gives the same id anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

_SEPARATOR = "\x1f"


def digest(*parts: object, size: int = 8, key: bytes = b"") -> bytes:
    """BLAKE2b over the parts as text, separated so that ("ab", "c") and ("a", "bc") differ."""
    return blake2b(_SEPARATOR.join(map(str, parts)).encode(), digest_size=size, key=key[:64]).digest()


def visit_id(store_id: str, device_id: str, first_ts_ms: int) -> str:
    """16 hex characters; `first_ts_ms` is the `ts` of the visit's first ping to arrive."""
    return digest(store_id, device_id, first_ts_ms).hex()


def group_id(first_visit: str) -> str:
    """16 hex characters, of the visits that were one group; `first_visit` is the id of the one that began first."""
    return digest("group", first_visit).hex()


def moment_id(visit: str, zone_id: str, threshold_s: int) -> str:
    """16 hex characters."""
    return digest(visit, zone_id, threshold_s).hex()


def moment_ids(visits: Iterable[str], zone_ids: Iterable[str], thresholds_s: Iterable[int]) -> list[str]:
    """`moment_id` of each: half the time of as many calls."""
    texts = (f"{v}{_SEPARATOR}{z}{_SEPARATOR}{t}" for v, z, t in zip(visits, zone_ids, thresholds_s, strict=True))
    return [blake2b(text.encode(), digest_size=8).hexdigest() for text in texts]


def prompt_id(moment: str, slot: int) -> str:
    return f"{moment}-{slot}"


def phone(device_id: str, salt: bytes) -> int:
    """A phone's pseudonym: 64 bits keyed by the store's salt of the local day."""
    return int.from_bytes(digest(device_id, key=salt), "big")


def phone_text(number: int) -> str:
    """A pseudonym where it is text: 16 lower-case hex characters."""
    return f"{number:016x}"


def customer(customer_id: str, secret: str) -> str:
    """A loyalty customer's pseudonym, the same every day: 16 hex characters."""
    return digest("customer", customer_id, key=_key(secret)).hex()


def staff(store_id: str, name: str, secret: str) -> str:
    """A salesperson's pseudonym, in a store the same every day: 16 hex characters."""
    return digest("staff", store_id, name, key=_key(secret)).hex()


def opted_out(store_id: str, device_id: str, secret: str) -> str:
    """A device that is not to be followed, in a store the same every day: 16 hex characters."""
    return digest("opted out", store_id, device_id, key=_key(secret)).hex()


def uniform(secret: str, *parts: object) -> float:
    """A number in [0, 1) that is a keyed function of the parts."""
    return int.from_bytes(digest(*parts, key=_key(secret)), "big") / 2**64


def held_out(secret: str, share: float, *parts: object) -> bool:
    """Whether these parts (store, phone and local date; or a request's id) belong to the held-out share."""
    return uniform(secret, "holdout", *parts) < share


@lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32).digest()
