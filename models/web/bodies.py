"""JSON bodies: read within a limit, decoded strictly, and what is wrong with one said by field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from models.web.problems import Problem

T = TypeVar("T", bound=msgspec.Struct)

JSON = "application/json"
MAX_BODY = 4 * 2**20
MAX_DRAIN = 16 * MAX_BODY
"""A sender gets its 413 only when it has sent everything: this much more is read and dropped for it."""
_LENIENT = msgspec.json.Decoder(float_hook=float)
_NAMED = re.compile(r"(?:missing required|contains unknown) field `(?P<field>[^`]+)`")
_PATH = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")


async def read_json(request: Request, kind: type[T]) -> T:
    """Raises Problem: 415 for another media type, 413, 400 for what is not JSON, 422 for another shape."""
    media_type(request, (JSON,))
    given = parse_json(await read(request))
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise Problem(422, _PATH.sub("", str(error)), _field(str(error))) from None


def media_type(request: Request, allowed: Iterable[str]) -> str:
    """Raises Problem 415. A form of another site cannot send JSON's, which guards the cookie."""
    if request.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise Problem(415, "compressed bodies are not taken", "Content-Encoding")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in allowed:
        raise Problem(415, f"the media type is {media[:80] or 'missing'}, not {' or '.join(allowed)}", "Content-Type")
    return media


def parse_json(body: bytes) -> Any:
    """Raises Problem 400; NaN and Infinity are no JSON."""
    try:
        return decode_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, f"the body is not JSON: {error}") from None


def decode_json(text: bytes) -> Any:
    """Raises msgspec.DecodeError, UnicodeDecodeError and RecursionError."""
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:
        # 1e999 is JSON: the field that has it is refused, not the whole
        return _LENIENT.decode(text)


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
    found = _NAMED.search(message) or _PATH.search(message)
    return found["field"] or None if found else None
