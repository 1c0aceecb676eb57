"""The calls of the manager's view of staff and devices: names, tablets and their pairing codes, the lock."""

from __future__ import annotations

import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models.board import iso
from models.config import Lock, Staff, Tablet
from models.web.bodies import read_json
from models.web.config_topic import ConfigTopic
from models.web.problems import Problem
from serving.board import LiveBoard
from serving.pairing import LASTS_SECONDS, Invitation, Pairing
from serving.signin import SignIn

MAX_NAME = 60
MAX_MINUTES = 240


class PostedName(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST staff`."""

    name: str


class PostedPairing(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST pairings`: what the tablet is called, and who works with it where that is one person."""

    tablet: str
    staff: str | None = None


class PostedLock(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `PUT lock`; 0 is never."""

    minutes: int


class ShownTablet(msgspec.Struct, frozen=True):
    """A paired tablet; times are ISO 8601, `seen` is null where it has not asked for anything lately."""

    id: str
    name: str
    staff: str | None
    paired: str
    expires: str
    seen: str | None

    @classmethod
    def of(cls, name: str, tablet: Tablet, seen_ms: int | None) -> ShownTablet:
        times = (iso(tablet.paired), iso(tablet.expires), None if seen_ms is None else iso(seen_ms))
        return cls(name, tablet.name, tablet.staff, *times)


class Devices:
    """One instance a process; its public methods are endpoints."""

    def __init__(self, sign_in: SignIn, board: LiveBoard, pairing: Pairing, config: ConfigTopic) -> None:
        self._sign_in, self._board, self._pairing, self._config = sign_in, board, pairing, config

    async def devices(self, request: Request) -> Response:
        """GET /v1/stores/{store}/devices: who works here, which tablets are paired, and when they lock."""
        store_id, now_ms = self._sign_in.managed(request), time.time() * 1000
        config, noted = self._config.of(store_id), await self._board.tablets_noted(store_id)
        listed = sorted(config.tablets.items(), key=lambda item: item[1].paired)
        tablets = [
            ShownTablet.of(name, one, noted.get(name))
            for name, one in listed
            if one.revoked is None and one.expires > now_ms
        ]
        staff = [{"name": name, "since": iso(one.since)} for name, one in sorted(config.staff.items())]
        return _json({"staff": staff, "tablets": tablets, "lock_minutes": config.lock.minutes})

    async def add_staff(self, request: Request) -> Response:
        """POST /v1/stores/{store}/staff: 201; a name that is there already stays as it is."""
        store_id = self._sign_in.managed(request)
        name = _name((await read_json(request, PostedName)).name, "name")
        if name not in self._config.of(store_id).staff:
            await self._config.put(store_id, "staff", name, Staff(int(time.time() * 1000)))
        return _json({"name": name}, 201)

    async def remove_staff(self, request: Request) -> Response:
        """DELETE /v1/stores/{store}/staff/{name}: 204; tablets that were paired for the name stay paired."""
        store_id, name = self._sign_in.managed(request), str(request.path_params["name"])
        if name in self._config.of(store_id).staff:
            await self._config.put(store_id, "staff", name, None)
        return Response(status_code=204)

    async def invite(self, request: Request) -> Response:
        """POST /v1/stores/{store}/pairings: 201 with a code that pairs one tablet within ten minutes."""
        store_id = self._sign_in.managed(request)
        posted = await read_json(request, PostedPairing)
        if posted.staff is not None and posted.staff not in self._config.of(store_id).staff:
            raise Problem(422, f"{posted.staff[:80]!r} is not on the list of staff", "staff")
        now_ms = int(time.time() * 1000)
        await self._forget(store_id, now_ms)
        expires = now_ms + LASTS_SECONDS * 1000
        invitation = Invitation(store_id, _name(posted.tablet, "tablet"), posted.staff, expires)
        return _json({"code": await self._pairing.invite(invitation, now_ms), "expires": iso(expires)}, 201)

    async def _forget(self, store_id: str, now_ms: int) -> None:
        """Tablets whose tokens are over by themselves, revoked or not, need no row any more."""
        tablets = self._config.of(store_id).tablets.items()
        for name in [name for name, one in tablets if one.expires <= now_ms]:
            await self._config.put(store_id, "tablet", name, None)

    async def revoke(self, request: Request) -> Response:
        """DELETE /v1/stores/{store}/tablets/{tablet}: 204; from now on its token gets 401, and its stream has ended."""
        store_id, name = self._sign_in.managed(request), str(request.path_params["tablet"])
        tablet = self._config.of(store_id).tablets.get(name)
        if tablet is None:
            raise Problem(404, f"there is no tablet {name[:80]!r} in this store", "tablet")
        if tablet.revoked is None:
            revoked = msgspec.structs.replace(tablet, revoked=int(time.time() * 1000))
            await self._config.put(store_id, "tablet", name, revoked)
        return Response(status_code=204)

    async def set_lock(self, request: Request) -> Response:
        """PUT /v1/stores/{store}/lock: after how many minutes without a touch tablets lock, from their next start."""
        store_id, posted = self._sign_in.managed(request), await read_json(request, PostedLock)
        if not 0 <= posted.minutes <= MAX_MINUTES:
            raise Problem(422, f"not between 0 (never) and {MAX_MINUTES} minutes", "minutes")
        await self._config.put(store_id, "lock", "lock", Lock(posted.minutes))
        return _json({"minutes": posted.minutes})


def _name(text: str, field: str) -> str:
    """Raises Problem 422."""
    name = " ".join(text.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise Problem(422, f"a name has 1 to {MAX_NAME} characters", field)
    return name


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
