"""The calls on bundles: which there are and why, and the champion by hand, as `aislewise rollback` and `promote` do it.

A bundle is of all stores that share the folder, so what a manager changes holds for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models import arms, bundle, champions, folders, shelf
from models.errors import BundleError, FolderError, InputError
from models.folders import AnyPath
from models.report import Verdict
from models.settings import Settings
from models.shelf import Listed
from models.web.bodies import read_json
from models.web.problems import Problem
from serving.signin import SignIn

T = TypeVar("T")


class Fall(msgspec.Struct):
    """The body of a rollback: the champion that shall go, so that the same call twice does not go back twice."""

    bundle: str


class Rise(msgspec.Struct):
    """The body of a promotion; `before` keeps a share of the visits, where that is named."""

    bundle: str
    before: str | None = None


class BundleCalls:
    """One instance a process; every method but the constructor is an endpoint. Changes are made one after the other."""

    def __init__(self, settings: Settings, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._folder, self._share = folders.at(settings.bundles), settings.canary
        self._changing = asyncio.Lock()

    async def bundles(self, request: Request) -> Response:
        """GET /v1/bundles: all there are, newest data first, and who is champion."""
        self._sign_in.manager(request)
        return await self._told()

    async def rollback(self, request: Request) -> Response:
        """POST /v1/bundles/rollback: puts back the champion before this one."""
        self._sign_in.manager(request)
        body = await read_json(request, Fall)
        async with self._changing:
            await _within(lambda: _roll_back(self._folder, body.bundle))
        return await self._told()

    async def promote(self, request: Request) -> Response:
        """POST /v1/bundles/promote: makes a bundle that verifies the champion."""
        self._sign_in.manager(request)
        body = await read_json(request, Rise)
        async with self._changing:
            await _within(lambda: _raise_up(self._folder, body))
        return await self._told()

    async def _told(self) -> Response:
        found = await _within(lambda: told(self._folder, self._share))
        return Response(msgspec.json.encode(found), media_type="application/json")


async def _within(work: Callable[[], T]) -> T:
    """In a thread. Raises Problem: 422 where it cannot be done, 503 where the folder is away."""
    try:
        return await asyncio.to_thread(work)
    except FolderError:
        raise
    except (BundleError, InputError) as error:
        raise Problem(422, error.message, "bundle") from None
    except OSError as error:
        raise Problem(503, f"the bundles cannot be read or written: {error.strerror or error}") from None


def _roll_back(folder: AnyPath, champion: str) -> None:
    """Raises Problem 409 where somebody, or the night, has changed the champion meanwhile."""
    now = bundle.latest(folder)
    if now is None or now.name != champion:
        raise Problem(409, f"{champion[:80]} is not the champion any more: {now.name if now else 'none'} is", "bundle")
    champions.rollback(folder)


def _raise_up(folder: AnyPath, asked: Rise) -> None:
    if asked.before is not None:
        champions.refuse_unknown(folder, asked.before)
    champions.promote(folder, asked.bundle, asked.before)


def told(folder: AnyPath, share: float) -> dict[str, Any]:
    """Everything of a folder that a manager sees. Raises InputError and FolderError."""
    now, canary, reigned = bundle.latest(folder), arms.canary(folder), champions.reigned(folder)
    listed = [_shown(one, _judged(folder / one.version)) for one in reversed(shelf.listed(folder))]
    return {
        "champion": now.name if now else None,
        "back_to": reigned[-2] if len(reigned) > 1 else None,
        "canary": {"before": canary.before, "champions": canary.champions, "share": share} if canary else None,
        "bundles": listed,
    }


def _shown(one: Listed, judged: Verdict | None) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("version", "state", "trained_from", "trained_to", "parent")},
        "metrics": one.metrics,
        "problem": one.problem,
        "state_why": one.why,
        "judged": judged,
    }


def _judged(path: AnyPath) -> Verdict | None:
    """None for a bundle that was made by hand, and for a report that is none."""
    try:
        return msgspec.json.decode((path / "report.json").read_bytes(), type=Verdict)
    except FolderError:
        raise
    except (OSError, msgspec.DecodeError):
        return None
