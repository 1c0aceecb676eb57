"""JSON bodies: read within a limit, decoded strictly, and what is wrong with one said by field."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from starlette.requests import Request

from models.web.problems import Problem

T = TypeVar("T", bound=msgspec.Struct)

MAX_BODY = 4 * 2**20
MAX_DRAIN = 16 * MAX_BODY
"""A sender gets its 413 only when it has sent everything: this much more is read and dropped for it."""
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")
_PATH = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")


async def read_json(request: Request, kind: type[T]) -> T:
    """Raises Problem: 415 for another media type, 413, 400 for what is not JSON, 422 for another shape."""
    require_json(request)
    body = await read(request)
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise Problem(422, _PATH.sub("", str(error)), _field(str(error))) from None


def require_json(request: Request) -> None:
    """Raises Problem 415. A form of another site cannot send this media type, which guards the cookie."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Problem(415, f"the media type is {media or 'missing'}, not application/json", "Content-Type")


async def read(request: Request) -> bytes:
    """The whole body. Raises Problem 413."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY:
            body += chunk
        elif size > MAX_DRAIN:
            break
    if size > MAX_BODY:
        raise Problem(413, f"the body is larger than {MAX_BODY} bytes")
    return bytes(body)


def _field(message: str) -> str | None:
    found = _MISSING.search(message) or _PATH.search(message)
    return found["field"] or None if found else None
