"""Who a request comes from: a bearer header, or the cookie that a browser got for its token."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from models.config import StoreConfig
from models.keys import STORE_ID
from models.tokens import Bearer
from models.web.bearer import HEADER, header_token, verified
from models.web.problems import Problem

COOKIE = "aislewise_session"
READERS = ("associate", "manager")
COOKIE_SECONDS = 30 * 86_400
"""The token inside may end sooner; then the cookie is worth nothing."""
YOUNG_SECONDS = 10
"""So long after a tablet was paired another process may not have heard of it."""


class SignIn:
    """Checks tokens with the secret, and those of paired tablets with what `config` says. Raises Problem 401 or 403.

    `config` raises AwayError while the topic was not read: nobody knows then who was revoked.
    """

    def __init__(self, secret: str, config: Callable[[str], StoreConfig]) -> None:
        self._secret, self._config = secret, config

    def bearer(self, request: Request) -> Bearer:
        """Associate or manager. A bearer header wins over the cookie."""
        return self.verified(header_token(request) or self._cookie(request))

    def verified(self, token: str | None) -> Bearer:
        """Whose token this is, once it is known to be for the calls of this process."""
        bearer = verified(self._secret, token, READERS)
        if bearer.tablet is not None and not self.paired(bearer):
            raise Problem(401, "the tablet was revoked: pair it again", HEADER)
        return bearer

    def paired(self, bearer: Bearer) -> bool:
        """Whether the tablet that a token was made for may go on. Raises Problem 503 where that is not known yet."""
        tablet = self._config(bearer.store).tablets.get(bearer.tablet or "")
        if tablet is None and time.time() < bearer.issued_s + YOUNG_SECONDS:
            raise Problem(503, "the tablet was paired a moment ago: repeat the same request")
        return tablet is not None and tablet.revoked is None

    def store(self, request: Request) -> str:
        """The store in the path, once the request may see it."""
        bearer, store_id = self.bearer(request), str(request.path_params["store"])
        if not STORE_ID.fullmatch(store_id):
            raise Problem(422, f"{store_id[:80]!r} is no store id", "store")
        self.may_see(bearer, store_id)
        return store_id

    def managed(self, request: Request) -> str:
        """The store in the path, once the request may change it: a manager's."""
        store_id = self.store(request)
        self.manager(request)
        return store_id

    def manager(self, request: Request) -> Bearer:
        """A manager, of whatever store."""
        bearer = self.bearer(request)
        if bearer.role != "manager":
            raise Problem(403, f"a token of role {bearer.role} is not for this call, but of manager")
        return bearer

    @staticmethod
    def may_see(bearer: Bearer, store_id: str) -> None:
        if store_id not in bearer.stores:
            raise Problem(403, f"the token is for store {', '.join(bearer.stores)}")

    @staticmethod
    def _cookie(request: Request) -> str | None:
        """The cookie's token; one that another site's page makes a browser send along is refused."""
        token = request.cookies.get(COOKIE)
        if token and request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Problem(403, "the request comes from another site", "Sec-Fetch-Site")
        return token


def set_cookie(request: Request, response: Response, token: str, seconds: int = COOKIE_SECONDS) -> None:
    """For this site's own pages only, and for no script."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, seconds, secure=secure, httponly=True, samesite="strict")


def clear_cookie(request: Request, response: Response) -> None:
    secure = request.url.scheme == "https"
    response.delete_cookie(COOKIE, secure=secure, httponly=True, samesite="strict")
