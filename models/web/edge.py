"""The outermost layer of an HTTP process: headers that protect its pages, and a count of every answer."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.web.metrics import WebMetrics

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Edge:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: WebMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._finish(scope, message, time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, sent)

    def _finish(self, scope: Scope, message: Message, seconds: float) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        # pages may be kept if they are asked for again each time; answers may not be kept at all
        headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith("/v1/") else "no-cache")
        call = getattr(scope.get("endpoint"), "__name__", "other")
        self._metrics.requests.labels(call, _method(scope), message["status"]).inc()
        self._metrics.seconds.labels(call).observe(seconds)


def _method(scope: Scope) -> str:
    """Anyone can invent methods; what is counted must stay few."""
    return scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "PUT", "DELETE") else "other"
