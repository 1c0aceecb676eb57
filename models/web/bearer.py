"""The bearer token of a request: found in its header, verified, and of a role that the call is for."""

from __future__ import annotations

from collections.abc import Collection

from starlette.requests import Request

from models.errors import TokenError
from models.tokens import Bearer, verify
from models.web.problems import Problem

HEADER = "Authorization"


def header_token(request: Request) -> str | None:
    """The token of an Authorization header, None without one. Raises Problem 401 for another scheme."""
    header = request.headers.get(HEADER)
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(401, "the header is not `Bearer <token>`", HEADER)
    return token.strip()


def verified(secret: str, token: str | None, roles: Collection[str]) -> Bearer:
    """Whose token this is. Raises Problem 401 where it does not hold, 403 for another role."""
    if not token:
        raise Problem(401, "a bearer token is needed", HEADER)
    try:
        bearer = verify(secret, token)
    except TokenError as error:
        raise Problem(401, str(error), HEADER) from None
    if bearer.role not in roles:
        raise Problem(403, f"a token of role {bearer.role} is not for this call, but of {' or '.join(roles)}")
    return bearer
