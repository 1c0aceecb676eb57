"""What an operator asks of an HTTP process: alive, ready, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from models.web.problems import Problem


class Part(Protocol):
    """What a process cannot work without."""

    async def why_away(self) -> str:
        """ "" when it is there."""


class Health:
    """Three endpoints that need no token."""

    def __init__(self, parts: Mapping[str, Part], registry: CollectorRegistry) -> None:
        self._parts, self._registry = parts, registry

    def route(self, app: Starlette) -> None:
        for path, endpoint in (("healthz", self.alive), ("readyz", self.ready), ("metrics", self.metrics)):
            app.add_route(f"/{path}", endpoint, ["GET"])

    async def alive(self, request: Request) -> Response:
        """GET /healthz: the process answers."""
        return Response(b'{"status":"ok"}', media_type="application/json")

    async def ready(self, request: Request) -> Response:
        """GET /readyz: 200 while all parts are there, else 503 that says which are not."""
        reasons = {name: await part.why_away() for name, part in self._parts.items()}
        away = [f"{name} is away: {reason}" for name, reason in reasons.items() if reason]
        if away:
            raise Problem(503, "; ".join(away))
        return Response(msgspec.json.encode({"status": "ready"}), media_type="application/json")

    async def metrics(self, request: Request) -> Response:
        """GET /metrics: Prometheus' text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
