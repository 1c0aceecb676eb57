"""Every refusal as an RFC 9457 problem: title, status, detail and, where known, field."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.errors import AwayError

RETRY_SECONDS = 1


class Problem(Exception):  # noqa: N818 - the RFC's own word
    """A request that is refused. `field` is the body's field, the header or the part of the path that is wrong."""

    def __init__(self, status: int, detail: str, field: str | None = None) -> None:
        self.status, self.detail, self.field = status, detail, field
        super().__init__(detail)


def response(status: int, detail: str, field: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as an answer; a 401 says how to sign in, a 503 when to come back."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if field:
        body["field"] = field
    extra = dict(headers or {})
    if status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if status == 503:
        extra["Retry-After"] = str(RETRY_SECONDS)
    return Response(msgspec.json.encode(body), status, extra, "application/problem+json")


async def on_problem(request: Request, error: Problem) -> Response:
    return response(error.status, error.detail, error.field)


async def on_away(request: Request, error: AwayError) -> Response:
    return response(503, str(error))


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """What the framework refuses by itself: 404, 405 and their like."""
    details = {404: f"there is nothing at {request.url.path}", 405: f"{request.method} is not possible here"}
    return response(error.status_code, details.get(error.status_code, error.detail), headers=error.headers)


async def on_bug(request: Request, error: Exception) -> Response:
    """Nothing of the error is shown; the log has it."""
    return response(500, "an error of ours; the log of this process says more")


HANDLERS: Mapping[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    Problem: on_problem,
    AwayError: on_away,
    HTTPException: on_http_exception,
    Exception: on_bug,
}
"""By the class of what was raised."""
