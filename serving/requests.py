"""The call that asks the prompt worker for recommendations now."""

from __future__ import annotations

import secrets
import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models.requests import TOPIC, Asked
from models.web.bodies import read_json
from models.web.outbox import Outbox
from models.web.problems import Problem
from serving.board import LiveBoard
from serving.signin import SignIn


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An empty object: a body of JSON is what another site's form cannot send."""


class Requests:
    """One instance a process."""

    def __init__(self, sign_in: SignIn, board: LiveBoard, outbox: Outbox) -> None:
        self._sign_in, self._board, self._outbox = sign_in, board, outbox

    async def recommend_now(self, request: Request) -> Response:
        """POST /v1/stores/{store}/shoppers/{visit}/recommendations: 202 once Kafka has it; the board has the answer."""
        store_id, visit_id = self._sign_in.store(request), str(request.path_params["visit"])
        await read_json(request, Nothing)
        visit = await self._board.visit(store_id, visit_id)
        if visit is None:
            raise Problem(404, "no such visit is in the store now", "visit_id")
        now_ms = int(time.time() * 1000)
        zone = visit.display or visit.department
        asked = Asked(secrets.token_hex(8), store_id, visit_id, now_ms, visit.dwell, zone)
        await self._outbox.send(TOPIC, store_id, msgspec.json.encode(asked))
        answer = {"request_id": asked.request_id}
        return Response(msgspec.json.encode(answer), 202, media_type="application/json")
