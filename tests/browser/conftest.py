"""Chromium before a real `serve`, whose board the test fills through Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Browser, expect

from aislewise.stack import Stack
from tests.browser.page import PATIENCE_MS, Tablet, chromium_browser, tablet
from tests.parts.kafka import Cluster
from tests.parts.proxy import Proxy
from tests.parts.redis import RedisServer
from tests.serving.client import Outcomes, token
from tests.serving.conftest import beside, serving
from tests.serving.shelves import trained
from tests.serving.store import Filler

__all__ = ["beside", "serving", "trained"]


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with chromium_browser(chromium) as browser:
        yield browser


@pytest.fixture
def board(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with redis_server.client() as client:
        yield client


@pytest.fixture
def filler(board: redis.Redis) -> Filler:
    filler = Filler(board)
    filler.complete()
    return filler


@pytest.fixture
def outcomes(serving: Stack, kafka: Cluster) -> Iterator[Outcomes]:
    reader = Outcomes(kafka.bootstrap)
    yield reader
    reader.close()


@pytest.fixture
def network(serving: Stack) -> Iterator[Proxy]:
    """What lies between the tablet and `serve`."""
    with Proxy(serving.serving_url.removeprefix("http://")) as proxy:
        yield proxy


@pytest.fixture
def signed_in(browser: Browser, network: Proxy, filler: Filler) -> Iterator[Tablet]:
    """An associate's tablet behind `network`."""
    with tablet(browser, f"http://{network.address}", token()) as opened:
        yield opened
