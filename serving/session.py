"""A browser's session: a token or a pairing code for a cookie, whose it is, and its end."""

from __future__ import annotations

import secrets
import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models.config import Tablet
from models.tokens import Bearer, issue
from models.web.bearer import header_token
from models.web.bodies import read_json
from models.web.config_topic import ConfigTopic
from models.web.problems import Problem
from serving.pairing import Invitation, Pairing
from serving.signin import SignIn, clear_cookie, set_cookie

TABLET_DAYS = 365
"""A paired tablet is paired again after a year."""


class Credentials(msgspec.Struct):
    """The body of `POST /v1/session`: one of the two."""

    token: str | None = None
    code: str | None = None


class Sessions:
    """One instance a process; its public methods are endpoints."""

    def __init__(self, secret: str, sign_in: SignIn, pairing: Pairing, config: ConfigTopic) -> None:
        self._secret, self._sign_in, self._pairing, self._config = secret, sign_in, pairing, config

    async def sign_in(self, request: Request) -> Response:
        """POST /v1/session: a token, in the body or as a bearer header, or a code, for a cookie no script can read."""
        token = header_token(request)
        if token is not None:
            return self._signed_in(request, token)
        given = await read_json(request, Credentials)
        if given.token is not None:
            return self._signed_in(request, given.token)
        if given.code is None:
            raise Problem(422, "a token or a pairing code is needed", "token")
        return await self._pair(request, given.code)

    async def session(self, request: Request) -> Response:
        """GET /v1/session: whose session this is."""
        return self._said(self._sign_in.bearer(request))

    async def sign_out(self, request: Request) -> Response:
        """DELETE /v1/session: the browser forgets the cookie."""
        answer = Response(status_code=204)
        clear_cookie(request, answer)
        return answer

    def _signed_in(self, request: Request, token: str) -> Response:
        answer = self._said(self._sign_in.verified(token))
        set_cookie(request, answer, token)
        return answer

    async def _pair(self, request: Request, code: str) -> Response:
        """A tablet of its own, as the code says; where Kafka does not take it, the code is good again."""
        now_ms = int(time.time() * 1000)
        invitation = await self._taken(code, request.client.host if request.client else "")
        tablet = Tablet(invitation.name, invitation.staff, now_ms, now_ms + TABLET_DAYS * 86_400_000)
        bearer = Bearer(invitation.store_id, "associate", invitation.staff, secrets.token_hex(8))
        try:
            await self._config.put(bearer.store, "tablet", bearer.tablet or "", tablet)
        except BaseException:
            await self._pairing.open(code, invitation, now_ms)
            raise
        answer = self._said(bearer)
        set_cookie(request, answer, issue(self._secret, bearer, now_ms / 1000, TABLET_DAYS), TABLET_DAYS * 86_400)
        return answer

    async def _taken(self, code: str, address: str) -> Invitation:
        """Raises Problem 401 for a code that is none, 429 after too many of them."""
        invitation, wait_s = await self._pairing.take(code, address)
        if wait_s:
            raise Problem(429, f"too many wrong codes: try again in {wait_s} s", "code")
        if invitation is None:
            raise Problem(401, "the code is wrong, used or older than ten minutes", "code")
        return invitation

    def _said(self, bearer: Bearer) -> Response:
        said: dict[str, object] = {"store": bearer.store, "role": bearer.role}
        if bearer.also:
            said["stores"] = bearer.stores
        if bearer.staff:
            said["staff"] = bearer.staff
        if bearer.tablet:
            config = self._config.of(bearer.store)
            said |= {"tablet": config.tablets[bearer.tablet].name, "lock_minutes": config.lock.minutes}
        return Response(msgspec.json.encode(said), media_type="application/json")
