"""What an operator asks: alive, ready, and how much."""

from __future__ import annotations

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from models.errors import AwayError
from serving.board import LiveBoard
from serving.metrics import Metrics
from serving.outbox import Outbox
from serving.problems import Problem


class Health:
    """Three endpoints that need no token."""

    def __init__(self, board: LiveBoard, outbox: Outbox, metrics: Metrics) -> None:
        self._board, self._outbox, self._metrics = board, outbox, metrics

    async def alive(self, request: Request) -> Response:
        """GET /healthz: the process answers."""
        return Response(b'{"status":"ok"}', media_type="application/json")

    async def ready(self, request: Request) -> Response:
        """GET /readyz: 200 while all parts are there, else 503 that says which are not."""
        reasons = {"redis": await self._redis(), "kafka": self._outbox.away}
        away = [f"{name} is away: {reason}" for name, reason in reasons.items() if reason]
        if away:
            raise Problem(503, "; ".join(away))
        return Response(msgspec.json.encode({"status": "ready"}), media_type="application/json")

    async def metrics(self, request: Request) -> Response:
        """GET /metrics: Prometheus' text format."""
        return Response(self._metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    async def _redis(self) -> str:
        try:
            await self._board.ping()
        except AwayError as error:
            return str(error)
        return ""
