"""The process `serve`: what it says when it can't start, when a part is away, and how it ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import redis

from aislewise.child import free_ports
from aislewise.stack import Stack, environment
from tests.parts import processes
from tests.parts.kafka import Cluster
from tests.parts.redis import RedisServer
from tests.serving.client import Events, bearer, until
from tests.serving.store import Filler, write_plan


def serve(folder: Path, *arguments: str, **given: object) -> subprocess.CompletedProcess[str]:
    values = processes.settings(folder, "127.0.0.1:1", "redis://127.0.0.1:1/0", **given)
    command = [sys.executable, "-m", "aislewise", "serve", *arguments]
    return subprocess.run(command, env=environment(values), cwd=folder, capture_output=True, text=True, timeout=30)


def test_no_secret_is_one_line_and_exit_2(tmp_path: Path) -> None:
    done = serve(tmp_path, secret="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "AISLEWISE_SECRET is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_plan_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "S1.geojson").write_text("{")
    done = serve(tmp_path)
    assert done.returncode == 2
    assert "S1.geojson: not JSON" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_one_line_and_exit_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = serve(tmp_path, "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_parts_it_lives_and_says_which_are_away(tmp_path: Path) -> None:
    kafka, redis = free_ports(2)
    values = processes.settings(tmp_path, f"127.0.0.1:{kafka}", f"redis://127.0.0.1:{redis}/0")
    stack = Stack(values, tmp_path / "logs", ("serve",), revive=False)
    try:
        stack.launch("serve")
        with httpx.Client(base_url=stack.serving_url, headers=bearer(), timeout=10) as client:
            until(lambda: alive(client), 20)
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert "redis is away" in answer.json()["detail"]
            assert "kafka is away" in answer.json()["detail"]
            for path in ("shoppers", "prompts"):
                answer = client.get(f"/v1/stores/S1/{path}")
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    finally:
        assert stack.end("serve") == 0
        stack.stop()


def alive(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.kafka
def test_kafka_goes_away_and_comes_back(tmp_path: Path, kafka: Cluster, redis_server: RedisServer) -> None:
    write_plan(tmp_path / "plans")
    with redis_server.client() as board:
        values = processes.settings(tmp_path, kafka.bootstrap, redis_server.url)
        with processes.stack(values, tmp_path, ("serve",)) as stack:
            filler = Filler(board)
            filler.complete()
            _, prompt = filler.prompt(1)
            path = f"/v1/prompts/{prompt.prompt_id}/outcome"
            with httpx.Client(base_url=stack.serving_url, headers=bearer(), timeout=20) as client:

                def post() -> httpx.Response:
                    return client.post(path, json={"kind": "accepted"}, headers={"Idempotency-Key": "k"})

                assert post().status_code == 202
                kafka.nodes[0].pause()
                try:
                    started = time.monotonic()
                    answer = post()
                    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
                    assert time.monotonic() - started < 5
                    until(lambda: client.get("/readyz").status_code == 503, 15)
                    assert client.get("/v1/stores/S1/shoppers").status_code == 200
                finally:
                    kafka.nodes[0].resume()
                until(lambda: post().status_code == 202, 20)
                until(lambda: client.get("/readyz").status_code == 200, 15)


@pytest.mark.kafka
def test_sigterm_ends_open_streams_and_the_process(tmp_path: Path, kafka: Cluster, redis_server: RedisServer) -> None:
    write_plan(tmp_path / "plans")
    values = processes.settings(tmp_path, kafka.bootstrap, redis_server.url)
    with processes.stack(values, tmp_path, ("serve",)) as stack, Events(stack.serving_url) as events:
        started = time.monotonic()
        assert stack.end("serve") == 0
        assert time.monotonic() - started < 10
        until(lambda: events.ended)


def test_a_reader_that_takes_nothing_holds_up_no_other(serving: Stack, filler: Filler) -> None:
    host, _, port = serving.serving_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as stuck, Events(serving.serving_url) as events:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        header = bearer()["Authorization"]
        stuck.sendall(f"GET /v1/stores/S1/prompts HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\n\r\n".encode())
        count = 2500
        for offset in range(count):
            filler.prompt(offset, why="x" * 4000)
        events.wait(count, 30)
    assert events.ids == [f"{offset + 1}-0" for offset in range(count)]


def test_a_plan_laid_down_later_is_served_and_a_broken_one_leaves_it(serving: Stack, board: redis.Redis) -> None:
    folder = Path(serving["serve"].environment["AISLEWISE_PLANS"])
    url, filler = serving.serving_url, Filler(board, "S8")
    filler.complete()
    with (
        httpx.Client(base_url=url, headers=bearer("S8"), timeout=10) as client,
        Events(url, "S8", None, "Shoes") as open_,
    ):
        assert client.get("/v1/stores/S8/plan").status_code == 404
        write_plan(folder, "S8")
        until(lambda: client.get("/v1/stores/S8/plan").status_code == 200, 15)
        (folder / "S8.geojson").write_text("{")
        until(lambda: "the plans stay as they were" in serving["serve"].output(), 15)
        assert client.get("/v1/stores/S8/plan").json()["aislewise"]["store"] == "S8"
        # the name was unknown when this stream was opened
        filler.prompt(1, department="outdoor")
        filler.prompt(2)
        open_.wait(1)
        assert open_.ids == ["3-0"]
    (folder / "S8.geojson").unlink()
