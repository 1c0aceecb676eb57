"""Whether a store's data flow: how old its newest ping is, how many are in it, and how far the workers are behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models.board import iso
from models.errors import AwayError
from models.lag import Lag, measure
from models.settings import Settings
from serving.board import LiveBoard
from serving.events import Feeds
from serving.newest_ping import newest_ping
from serving.signin import SignIn

T = TypeVar("T")
log = logging.getLogger("aislewise.serving")


class DataHealth(msgspec.Struct, frozen=True):
    """What cannot be found out now is null: that a part is away is a finding, not an error."""

    visits: int | None
    """On the board."""
    newest_ping: str | None
    """By the phone's clock, ISO 8601; null also where none is among the last records of the store's partition."""
    workers: Lag | None
    """Worker → topic → records behind, of all stores."""
    streams: int
    """Tablets that listen to this process now."""


class Healths:
    """One instance a process; its public method is an endpoint."""

    def __init__(self, settings: Settings, sign_in: SignIn, board: LiveBoard, feeds: Feeds) -> None:
        self._kafka, self._sign_in, self._board, self._feeds = settings.kafka, sign_in, board, feeds

    async def health(self, request: Request) -> Response:
        """GET /v1/stores/{store}/health."""
        store_id = self._sign_in.managed(request)
        visits, newest, workers = await asyncio.gather(
            _known(self._board.count(store_id)),
            _known(newest_ping(self._kafka, store_id)),
            _known(asyncio.to_thread(measure, self._kafka)),
        )
        streams = self._feeds.listening(store_id)
        found = DataHealth(visits, None if newest is None else iso(newest), workers, streams)
        return Response(msgspec.json.encode(found), media_type="application/json")


async def _known(answer: Awaitable[T]) -> T | None:
    try:
        return await answer
    except AwayError as error:
        log.warning("the health of the data: %s", error)
        return None
