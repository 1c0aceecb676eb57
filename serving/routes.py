"""Every call of `serve`: method, path, and what answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from serving.api import Api
from serving.bundles import BundleCalls
from serving.customers import Customers
from serving.data_health import Healths
from serving.devices import Devices
from serving.offers import Offers
from serving.pictures import Pictures
from serving.plans import Plans
from serving.privacy import Privacy
from serving.reports.calls import ReportCalls
from serving.reports.lately import LatelyCalls
from serving.reports.quality import QualityCalls
from serving.requests import Requests
from serving.senders import Senders
from serving.session import Sessions

Endpoint = Callable[[Request], Awaitable[Response]]
STORE = "/v1/stores/{store}"


class Calls(NamedTuple):
    """Whose methods answer."""

    api: Api
    sessions: Sessions
    requests: Requests
    plans: Plans
    offers: Offers
    devices: Devices
    health: Healths
    reports: ReportCalls
    lately: LatelyCalls
    customers: Customers
    pictures: Pictures
    bundles: BundleCalls
    senders: Senders
    privacy: Privacy
    quality: QualityCalls


def route(app: FastAPI, calls: Calls) -> None:
    """Plain routes: a request's way through FastAPI's own costs as much as the answer."""
    for method, path, endpoint in table(calls):
        app.add_route(path, endpoint, [method])


def table(calls: Calls) -> Iterator[tuple[str, str, Endpoint]]:
    """In the order in which they are tried: of two paths that fit, the first answers."""
    yield from _of_everybody(calls.api, calls.sessions)
    yield "POST", f"{STORE}/shoppers/{{visit}}/recommendations", calls.requests.recommend_now
    yield "GET", f"{STORE}/heat", calls.lately.heat
    yield "POST", f"{STORE}/customers", calls.customers.find_customer
    yield "GET", f"{STORE}/pictures/{{sku:path}}", calls.pictures.picture
    yield from _of_plans(calls.plans)
    yield from _of_offers(calls.offers)
    yield "GET", f"{STORE}/health", calls.health.health
    yield "GET", f"{STORE}/quality", calls.quality.quality
    yield from _of_devices(calls.devices)
    yield "GET", f"{STORE}/senders", calls.senders.senders
    yield "PUT", f"{STORE}/senders/{{sender}}", calls.senders.set_sender
    yield from _of_privacy(calls.privacy)
    yield "GET", f"{STORE}/reports", calls.reports.reports
    yield "GET", f"{STORE}/reports/{{name}}.svg", calls.reports.report_plot
    yield "GET", f"{STORE}/reports/{{name}}", calls.reports.report
    yield "GET", "/v1/bundles", calls.bundles.bundles
    yield "POST", "/v1/bundles/rollback", calls.bundles.rollback
    yield "POST", "/v1/bundles/promote", calls.bundles.promote


def _of_everybody(api: Api, sessions: Sessions) -> Iterator[tuple[str, str, Endpoint]]:
    yield "GET", f"{STORE}/shoppers", api.shoppers
    yield "GET", f"{STORE}/prompts", api.prompts
    yield "GET", f"{STORE}/plan", api.plan
    yield "GET", f"{STORE}/lift", api.lift
    yield "POST", "/v1/prompts/{prompt_id}/outcome", api.outcome
    yield "GET", "/v1/session", sessions.session
    yield "POST", "/v1/session", sessions.sign_in
    yield "DELETE", "/v1/session", sessions.sign_out


def _of_plans(plans: Plans) -> Iterator[tuple[str, str, Endpoint]]:
    yield "GET", f"{STORE}/plans", plans.plan_versions
    yield "POST", f"{STORE}/plans", plans.save_plan
    yield "POST", f"{STORE}/plans/check", plans.check_plan
    yield "POST", f"{STORE}/plans/import", plans.import_plan
    yield "GET", f"{STORE}/plans/{{version}}", plans.plan_version
    yield "DELETE", f"{STORE}/plans/{{date}}", plans.take_back_plan


def _of_offers(offers: Offers) -> Iterator[tuple[str, str, Endpoint]]:
    yield "GET", f"{STORE}/offers", offers.offers
    yield "POST", f"{STORE}/offers", offers.add_offer
    yield "PUT", f"{STORE}/offers/{{offer}}", offers.change_offer
    yield "DELETE", f"{STORE}/offers/{{offer}}", offers.remove_offer
    yield "POST", f"{STORE}/offers/{{offer}}/pause", offers.pause_offer
    yield "POST", f"{STORE}/offers/{{offer}}/resume", offers.resume_offer
    yield "GET", f"{STORE}/reach", offers.reach


def _of_devices(devices: Devices) -> Iterator[tuple[str, str, Endpoint]]:
    yield "GET", f"{STORE}/devices", devices.devices
    yield "POST", f"{STORE}/staff", devices.add_staff
    yield "DELETE", f"{STORE}/staff/{{name:path}}", devices.remove_staff
    yield "POST", f"{STORE}/pairings", devices.invite
    yield "DELETE", f"{STORE}/tablets/{{tablet}}", devices.revoke
    yield "PUT", f"{STORE}/lock", devices.set_lock


def _of_privacy(privacy: Privacy) -> Iterator[tuple[str, str, Endpoint]]:
    yield "GET", f"{STORE}/privacy", privacy.privacy
    yield "POST", f"{STORE}/erasures/check", privacy.look_for
    yield "POST", f"{STORE}/erasures", privacy.erase
    yield "POST", f"{STORE}/optouts", privacy.opt_out
    yield "DELETE", f"{STORE}/optouts/{{device}}", privacy.opt_in
