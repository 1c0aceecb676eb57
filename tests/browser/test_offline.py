"""Without a network: the page opens, says how old it is, takes answers, and sends each once when it is back."""

from __future__ import annotations

import json
import mimetypes
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import serving
from models import lake
from serving.offline import worker
from tests.browser.page import PATIENCE_MS, Tablet
from tests.parts import processes
from tests.parts.kafka import Cluster
from tests.parts.proxy import Proxy
from tests.parts.redis import RedisServer
from tests.serving.client import Outcomes, until
from tests.serving.store import Filler

pytestmark = pytest.mark.browser

TABLET = Path(str(serving.__file__)).with_name("tablet")
ACTIONS, OFFLINE_MINUTES = 30, 5
_CONTROLLED = """() => new Promise((done) => {
  const look = () => (navigator.serviceWorker.controller ? done() : setTimeout(look, 20));
  look();
})"""
_KEPT = """async () => {
  const [name] = (await caches.keys()).filter((one) => one.startsWith("aislewise-page-"));
  const cache = await caches.open(name);
  return (await cache.keys()).map((request) => new URL(request.url).pathname);
}"""


_VERSIONS = "caches.keys().then(names => names.filter(one => one.startsWith('aislewise-page-')))"
_STYLE = "fetch('/tablet/card.css').then(answer => answer.text())"
_BECOMES = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  const state = new Promise((done) => (registration.onupdatefound = () => {
    registration.installing.onstatechange = ({ target }) => done(target.state);
  }));
  await registration.update();
  return state;
}"""


class Files(BaseHTTPRequestHandler):
    """The tablet's files as `serve` has them, and a service worker's script that may be of another version."""

    folder: Path
    script: str

    def do_GET(self) -> None:
        path = self.folder / {"/": "index.html"}.get(self.path, self.path.removeprefix("/tablet/"))
        data = self.script.encode() if self.path == "/worker.js" else path.read_bytes() if path.is_file() else b""
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", mimetypes.guess_type(self.path)[0] or "text/html")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def files(folder: Path) -> Iterator[Any]:
    """A server of a folder; `url` is where, and `script` can be changed."""

    class Served(Files):
        url = ""

    Served.folder, Served.script = folder, worker(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        Served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Served
        server.shutdown()
        thread.join()


def controlled(tablet: Tablet) -> None:
    """Waits until the page can do without a network."""
    tablet.page.evaluate(_CONTROLLED)
    # what was asked before the service worker was there is asked again
    tablet.page.reload()
    tablet.wait_connection("live")


@contextmanager
def bad_gateway(port: int) -> Iterator[None]:
    """What stands before a server that is away: 502 to everything."""
    with ThreadingHTTPServer(("127.0.0.1", port), BadGateway) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


class BadGateway(BaseHTTPRequestHandler):
    """Knows nothing."""

    def do_GET(self) -> None:
        self.send_error(502)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def history(tmp_path: Path, kafka: Cluster, redis_session: RedisServer) -> Iterator[Path]:
    """The lake of a history worker that reads what `serve` writes to Kafka."""
    values = processes.settings(tmp_path, kafka.bootstrap, redis_session.url)
    with processes.stack(values, tmp_path, ("worker history",)):
        yield tmp_path / "lake"


def of(prompt_id: str, root: Path) -> list[dict[str, Any]]:
    """The lake's outcomes of a prompt, in the order in which they were said."""
    found = [row for row in lake.read(root, "outcomes").to_pylist() if row["prompt_id"] == prompt_id]
    return sorted(found, key=lambda row: row["ts"])


def rows(outcomes: Outcomes, count: int) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in outcomes.read(count, 30)]


def test_all_of_the_page_is_kept(signed_in: Tablet) -> None:
    controlled(signed_in)
    files = {f"/tablet/{path.relative_to(TABLET)}" for path in TABLET.rglob("*.*")}
    # the page and the worker under their own names; types, which no browser loads
    left_out = {"/tablet/index.html", "/tablet/worker.js", "/tablet/answers.js"}
    assert set(signed_in.page.evaluate(_KEPT)) == {"/"} | files - left_out


def test_a_new_version_is_kept_whole_or_not_at_all(browser: Browser, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TABLET, tmp_path / "tablet"))

    def kept() -> list[str]:
        return [str(name) for name in page.evaluate(_VERSIONS)]

    with files(folder) as server, browser.new_context() as context:
        page = context.new_page()
        page.goto(server.url)
        page.evaluate(_CONTROLLED)
        page.reload()
        first = kept()
        assert len(first) == 1
        # what says which files there are is newer than one of them
        (folder / "card.css").write_text("/* newer */")
        server.script = worker(folder)
        (folder / "card.css").write_text("/* newer still */")
        assert page.evaluate(_BECOMES) == "redundant"
        assert kept() == first
        page.reload()
        assert "newer" not in page.evaluate(_STYLE)
        server.script = worker(folder)
        with page.expect_navigation():
            page.evaluate("void navigator.serviceWorker.getRegistration().then(one => one.update())")
        assert len(kept()) == 1
        assert kept() != first
        assert page.evaluate(_STYLE) == "/* newer still */"


def test_it_can_be_installed(signed_in: Tablet) -> None:
    controlled(signed_in)
    tools = signed_in.page.context.new_cdp_session(signed_in.page)
    manifest = tools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["name"] == "Aislewise"
    errors = [one["errorId"] for one in tools.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    # a test's own context is never one of a person
    assert [one for one in errors if one != "in-incognito"] == []


def test_it_opens_without_a_network_and_goes_on_with_it(
    signed_in: Tablet, filler: Filler, network: Proxy, outcomes: Outcomes
) -> None:
    controlled(signed_in)
    _, prompt = filler.prompt(1)
    signed_in.wait_card(prompt.prompt_id)
    assert [row["kind"] for row in rows(outcomes, 1)] == ["shown"]
    network.cut()
    signed_in.page.reload()
    signed_in.wait_connection("lost")
    expect(signed_in.by("connection")).to_contain_text("ago")
    expect(signed_in.by("zone-department")).to_have_count(2)
    signed_in.answer(prompt.prompt_id, "take")
    expect(signed_in.by("unsent")).to_have_text("1 answer waits to be sent")
    signed_in.page.reload()
    signed_in.answer(prompt.prompt_id, "sold")
    expect(signed_in.by("unsent")).to_have_text("2 answers wait to be sent")
    _, missed = filler.prompt(2)
    network.mend()
    signed_in.wait_connection("live")
    expect(signed_in.by("unsent")).to_have_text("", timeout=PATIENCE_MS)
    signed_in.wait_card(missed.prompt_id)
    kinds = [(row["prompt_id"], row["kind"]) for row in rows(outcomes, 3)]
    assert [kind for prompt_id, kind in kinds if prompt_id == prompt.prompt_id] == ["claimed", "sold"]


def test_thirty_answers_in_five_minutes_without_a_network_are_in_the_lake_once_and_in_their_order(
    signed_in: Tablet, filler: Filler, network: Proxy, outcomes: Outcomes, history: Path
) -> None:
    """The minutes are those of the page's clock, which is five behind before them."""
    clock = signed_in.page.clock
    began = datetime.now(UTC) - timedelta(minutes=OFFLINE_MINUTES)
    clock.install(time=began)
    signed_in.page.reload()
    signed_in.wait_connection("live")
    _, prompt = filler.prompt(30_000)  # of which the topic has nothing from other tests
    signed_in.wait_card(prompt.prompt_id)
    rows(outcomes, 1)
    network.cut()
    signed_in.wait_connection("lost")
    signed_in.answer(prompt.prompt_id, "take")
    said = ["claimed"]
    for number in range(ACTIONS // 2 - 1):
        said += [("sold", "accepted", "declined")[number % 3], "undone"]
        signed_in.answer(prompt.prompt_id, said[-2])
        signed_in.answer(prompt.prompt_id, "undo")
        clock.fast_forward(1000 * 60 * OFFLINE_MINUTES / (ACTIONS // 2 - 1))
    said.append("sold")
    signed_in.answer(prompt.prompt_id, "sold")
    expect(signed_in.by("unsent")).to_have_text(f"{ACTIONS} answers wait to be sent")
    expect(signed_in.by("connection")).to_contain_text(f"{OFFLINE_MINUTES} min ago")
    network.mend()
    signed_in.wait_connection("live")
    sent = rows(outcomes, ACTIONS)
    assert [row["kind"] for row in sent] == said
    keys = [row["outcome_id"] for row in sent]
    assert [row["undoes"] for row in sent if row["kind"] == "undone"] == keys[1:-1:2]
    until(lambda: len(of(prompt.prompt_id, history)) > ACTIONS, 30)
    kept = [row for row in of(prompt.prompt_id, history) if row["kind"] != "shown"]
    assert [row["outcome_id"] for row in kept] == keys
    last, first = kept[-1]["ts"], kept[0]["ts"]
    assert last - first >= timedelta(minutes=OFFLINE_MINUTES)
    assert abs(last - datetime.now(UTC)) < timedelta(minutes=1)


def test_it_opens_while_the_server_behind_a_proxy_is_away(signed_in: Tablet, network: Proxy) -> None:
    controlled(signed_in)
    network.cut()
    with bad_gateway(network.port):
        signed_in.page.reload()
        signed_in.wait_connection("lost")
        expect(signed_in.by("zone-department")).to_have_count(2)


def test_a_sign_out_without_a_network_holds_when_it_is_back(signed_in: Tablet, network: Proxy) -> None:
    network.cut()
    signed_in.by("sign-out").click()
    expect(signed_in.by("sign-in")).to_be_visible()
    network.mend()
    signed_in.page.reload()
    expect(signed_in.by("sign-in")).to_be_visible()
    assert signed_in.page.context.cookies() == []
    assert signed_in.page.evaluate("Object.keys(localStorage)") == []


def test_a_session_that_ends_takes_along_what_was_shown(signed_in: Tablet, filler: Filler) -> None:
    controlled(signed_in)
    filler.visit("v1")
    signed_in.page.locator("[data-visit=v1] .hit").click()
    signed_in.page.context.clear_cookies()
    expect(signed_in.by("sign-in")).to_be_visible()
    expect(signed_in.by("shopper-view")).to_be_hidden()
    expect(signed_in.by("shopper")).to_have_count(0)
    assert not signed_in.page.evaluate("caches.has('aislewise-answers')")


def test_signing_out_forgets_what_was_kept(signed_in: Tablet) -> None:
    controlled(signed_in)
    assert signed_in.page.evaluate("caches.has('aislewise-answers')")
    signed_in.by("sign-out").click()
    expect(signed_in.by("sign-in")).to_be_visible()
    assert not signed_in.page.evaluate("caches.has('aislewise-answers')")
    assert signed_in.page.evaluate("Object.keys(localStorage)") == []
