"""The calls of the manager's view of privacy: what is kept for how long, who was erased, and who has opted out."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models import audit, folders, ids, keeping, salts
from models.audit import Act
from models.board import iso
from models.config import OptOut
from models.erasure import erase as erasing
from models.erasure import person
from models.erasure.erase import Places
from models.erasure.person import Kind, Person
from models.errors import InputError
from models.settings import Settings
from models.web.bodies import read_json
from models.web.config_topic import ConfigTopic
from models.web.problems import Problem
from serving.signin import SignIn

T = TypeVar("T")
MOST_ACTS = 100
LONGEST_DEVICE_ID = 128


class PostedPerson(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST erasures/check`: how the person is named outside, and by what."""

    kind: Kind
    id: str


class PostedErasure(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST erasures`; `confirm` is the id once more, as somebody has typed it."""

    kind: Kind
    id: str
    confirm: str


class PostedDevice(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST optouts`: the device as positions of it are sent."""

    device_id: str


class ShownOptOut(msgspec.Struct, frozen=True):
    """A device, by a pseudonym that only this list has."""

    id: str
    since: str


class ShownPrivacy(msgspec.Struct, frozen=True):
    """What a manager sees of it."""

    retention: Mapping[str, int]
    """Days by table and of the salts, 0 for ever."""
    oldest_salt: str | None
    """The first day on which a device can still be linked to anything."""
    opted_out: list[ShownOptOut]
    acts: list[Act]
    """What was removed, the newest first; no record names anybody."""


class Privacy:
    """One instance a process; its public methods are endpoints."""

    def __init__(self, settings: Settings, sign_in: SignIn, config: ConfigTopic) -> None:
        self._settings, self._sign_in, self._config = settings, sign_in, config
        self._root, self._salts = folders.at(settings.lake), folders.at(settings.salts)
        self._retention = keeping.parse(settings.retention)
        self._erasing = asyncio.Lock()

    async def privacy(self, request: Request) -> Response:
        """GET /v1/stores/{store}/privacy: retention, who has opted out, and what was removed."""
        store_id = self._sign_in.managed(request)
        opted_out = sorted(self._config.of(store_id).opted_out.items(), key=lambda item: item[1].since)
        acts, days = await asyncio.to_thread(lambda: (audit.read(self._root), salts.existing(self._salts, store_id)))
        shown = ShownPrivacy(
            self._retention,
            min(days).isoformat() if days else None,
            [ShownOptOut(name, iso(one.since)) for name, one in opted_out],
            [act for act in acts if act.store_id in (None, store_id)][:MOST_ACTS],
        )
        return _json(shown)

    async def look_for(self, request: Request) -> Response:
        """POST /v1/stores/{store}/erasures/check: what the lake has of somebody in this store; changes nothing."""
        store_id = self._sign_in.managed(request)
        posted = await read_json(request, PostedPerson)
        who = await asyncio.to_thread(self._person, store_id, posted.kind, posted.id)
        found = await _aside(lambda: erasing.find(self._root, who))
        return _json({"rows": found.rows, "days": len(who.days)})

    async def erase(self, request: Request) -> Response:
        """POST /v1/stores/{store}/erasures: as `aislewise erase --store`, and the record of it."""
        store_id = self._sign_in.managed(request)
        posted = await read_json(request, PostedErasure)
        if posted.confirm != posted.id:
            raise Problem(422, "is not the id that is to be erased", "confirm")
        who = await asyncio.to_thread(self._person, store_id, posted.kind, posted.id)
        async with self._erasing:
            places = await asyncio.to_thread(Places.of, self._settings)
            return _json(await _aside(lambda: erasing.erase(places, who, "manager", int(time.time() * 1000))))

    async def opt_out(self, request: Request) -> Response:
        """POST /v1/stores/{store}/optouts: 201; within a second the gateways refuse what is sent of the device."""
        store_id = self._sign_in.managed(request)
        device_id = (await read_json(request, PostedDevice)).device_id
        if not 0 < len(device_id) <= LONGEST_DEVICE_ID:
            raise Problem(422, f"not of 1 to {LONGEST_DEVICE_ID} characters", "device_id")
        name = ids.opted_out(store_id, device_id, self._settings.require_secret())
        known = self._config.of(store_id).opted_out.get(name)
        if known is None:
            known = OptOut(int(time.time() * 1000))
            await self._config.put(store_id, "optout", name, known)
        return _json(ShownOptOut(name, iso(known.since)), 201)

    async def opt_in(self, request: Request) -> Response:
        """DELETE /v1/stores/{store}/optouts/{device}: 204; `device` is the list's own id."""
        store_id, name = self._sign_in.managed(request), str(request.path_params["device"])
        if name in self._config.of(store_id).opted_out:
            await self._config.put(store_id, "optout", name, None)
        return Response(status_code=204)

    def _person(self, store_id: str, kind: Kind, said: str) -> Person:
        try:
            match kind:
                case "customer":
                    return person.of_customer(said, self._settings.require_secret(), store_id)
                case "device":
                    return person.of_device(said, self._salts, store_id)
                case _:
                    return person.of_visit(said, store_id)
        except InputError as error:
            raise Problem(422, error.reason, "id") from None


async def _aside(work: Callable[[], T]) -> T:
    """In a thread that does not keep the process from ending: what was begun is finished by the next who does it.

    Raises Problem 503 where the history cannot be read.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            found = work()
        except Exception as error:
            failed = Problem(503, f"the history cannot be read: {error}") if isinstance(error, InputError) else error
            loop.call_soon_threadsafe(_settle, lambda: done.set_exception(failed), done)
        else:
            loop.call_soon_threadsafe(_settle, lambda: done.set_result(found), done)

    threading.Thread(target=run, name="erasing", daemon=True).start()
    return await done


def _settle(settle: Callable[[], None], done: asyncio.Future[T]) -> None:
    if not done.done():
        settle()


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
