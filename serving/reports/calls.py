"""The calls of reports: what there is, the figures in three formats, and the plot. A manager's, of their own store."""

from __future__ import annotations

import time
from collections.abc import Collection

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from models.plans import PlanFolder, StorePlans
from models.settings import Settings
from models.web.problems import Problem
from serving.reports import plots
from serving.reports.answer import FORMATS, Answer
from serving.reports.desk import Desk, Question
from serving.reports.look import THEMES
from serving.reports.period import Period
from serving.reports.report import LEAST, REPORTS, Report
from serving.reports.words import WORDS
from serving.signin import SignIn

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""What is in an SVG is styled inline, and loads nothing."""


class ReportCalls:
    """One instance a process; every method but the constructor is an endpoint."""

    def __init__(self, settings: Settings, sign_in: SignIn, plans: PlanFolder) -> None:
        self._sign_in = sign_in
        self._plans, self._delay_s = plans, settings.history_seconds
        self.desk = Desk(settings)

    async def reports(self, request: Request) -> Response:
        """GET /v1/stores/{store}/reports: the reports, what each says and its query."""
        plans, now_ms = self._plans_of(self._sign_in.managed(request)), int(time.time() * 1000)
        listed = [
            {"name": one.name, "says": one.says, "query": one.query, "keys": one.keys} for one in REPORTS.values()
        ]
        today = Period.parse(None, None, plans.at(now_ms).timezone, now_ms)
        clock = {"today": str(today.first), "timezone": today.timezone.key, "delay_s": self._delay_s}
        said = {**clock, "withheld_below": LEAST, "reports": listed}
        return Response(msgspec.json.encode(said), media_type="application/json")

    async def report(self, request: Request) -> Response:
        """GET /v1/stores/{store}/reports/{name}?from=&to=&format=json|csv|parquet: the figures."""
        kind = _one_of(FORMATS, request.query_params.get("format", "json"), "format")
        answer = await self._answer(request)
        media_type, made = FORMATS[kind]
        saved = {} if kind == "json" else {"Content-Disposition": f'attachment; filename="{answer.file_name}.{kind}"'}
        return Response(made(answer), headers=saved, media_type=media_type)

    async def report_plot(self, request: Request) -> Response:
        """GET /v1/stores/{store}/reports/{name}.svg?from=&to=&theme=&language=: the plot."""
        theme = _one_of(THEMES, request.query_params.get("theme", "light"), "theme")
        language = _one_of(WORDS, request.query_params.get("language", "en"), "language")
        answer = await self._answer(request)
        drawn = await self.desk.work(lambda: plots.svg(answer, theme, language))
        return Response(drawn, headers={"Content-Security-Policy": PICTURE_POLICY}, media_type="image/svg+xml")

    async def _answer(self, request: Request) -> Answer:
        store_id = self._sign_in.managed(request)
        report, plans = _report(request), self._plans_of(store_id)
        now_ms = int(time.time() * 1000)
        asked = request.query_params
        period = Period.parse(asked.get("from"), asked.get("to"), plans.at(now_ms).timezone, now_ms)
        return await self.desk.answer(Question(report, store_id, period), plans)

    def _plans_of(self, store_id: str) -> StorePlans:
        plans = self._plans.stores.get(store_id)
        if plans is None:
            raise Problem(404, f"there is no plan of store {store_id}, which says when its days begin", "store")
        return plans


def _report(request: Request) -> Report:
    name = str(request.path_params["name"])
    if name not in REPORTS:
        raise Problem(404, f"{name[:80]!r} is none of {', '.join(REPORTS)}", "name")
    return REPORTS[name]


def _one_of(known: Collection[str], given: str, field: str) -> str:
    if given not in known:
        raise Problem(422, f"{given[:80]!r} is none of {', '.join(known)}", field)
    return given
