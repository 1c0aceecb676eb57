"""Bearer tokens: a store or several, a role and perhaps a name, signed (HS256, RFC 7519) with a key of the secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, get_args

import jwt

from models.errors import TokenError

Role = Literal["sender", "associate", "manager"]
ROLES: tuple[str, ...] = get_args(Role)
_ALGORITHM = "HS256"


@dataclass(frozen=True)
class Bearer:
    """Who a request comes from."""

    store: str
    role: str
    staff: str | None = None
    """What colleagues call who holds it; outcomes carry it, and other tablets show it."""
    tablet: str | None = None
    """The token's id (`jti`) where it is that of a paired tablet: it holds until the tablet is revoked."""
    issued_s: int = field(default=0, compare=False)
    also: tuple[str, ...] = ()
    """Of a manager, further stores."""

    @property
    def stores(self) -> tuple[str, ...]:
        return (self.store, *self.also)


def issue(secret: str, bearer: Bearer, now_s: float, valid_days: float) -> str:
    claims: dict[str, str | int | list[str]] = {
        "store": bearer.store,
        "role": bearer.role,
        "iat": int(now_s),
        "exp": int(now_s + valid_days * 86_400),
    }
    if bearer.also:
        claims["also"] = list(bearer.also)
    if bearer.staff is not None:
        claims["staff"] = bearer.staff
    if bearer.tablet is not None:
        claims["jti"] = bearer.tablet
    return jwt.encode(claims, _key(secret), _ALGORITHM)


def verify(secret: str, token: str) -> Bearer:
    """Raises TokenError: forged, expired, or not a token at all."""
    try:
        claims = jwt.decode(token, _key(secret), [_ALGORITHM], options={"require": ["exp", "store", "role"]})
    except jwt.InvalidTokenError as error:
        raise TokenError(f"the token does not hold: {error}") from None
    if claims["role"] not in ROLES or not isinstance(claims["store"], str):
        raise TokenError("the token names no known role")
    staff = claims.get("staff")
    if staff is not None and not isinstance(staff, str):
        raise TokenError("the token's name is no text")
    also = claims.get("also", [])
    if not isinstance(also, list) or not all(isinstance(one, str) for one in also):
        raise TokenError("the token's further stores are no texts")
    if also and claims["role"] != "manager":
        raise TokenError("the token is of several stores, and of no manager")
    return Bearer(claims["store"], claims["role"], staff, claims.get("jti"), int(claims.get("iat", 0)), tuple(also))


def key_id(token: str) -> str:
    """By what a token is known that is not to be shown: 16 hex characters."""
    return blake2b(token.encode(), digest_size=8, person=b"aislewise-key-id").hexdigest()


def _key(secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32, person=b"aislewise-token").digest()
