"""The parts do what tests rely on: Kafka keeps records over a kill, Redis forgets, the proxy cuts and mends."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from aislewise.child import Child, says
from aislewise.embedded import Broker, Valkey
from models.errors import AwayError
from tests.parts.kafka import Cluster
from tests.parts.needs import need
from tests.parts.proxy import Proxy
from tests.parts.redis import RedisServer


@pytest.mark.kafka
def test_kafka_keeps_what_it_acknowledged_over_a_kill(fresh_kafka: Cluster) -> None:
    admin = KafkaAdminClient(bootstrap_servers=fresh_kafka.bootstrap)
    admin.create_topics([NewTopic("t", 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=fresh_kafka.bootstrap, acks="all")
    assert producer.send("t", b"one").get(10).offset == 0
    producer.close()
    fresh_kafka.kill()
    fresh_kafka.restart()
    consumer = KafkaConsumer(
        "t", bootstrap_servers=fresh_kafka.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=10_000
    )
    assert next(consumer).value == b"one"
    consumer.close()


def test_redis_forgets_when_killed_and_keeps_its_address(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("a", "1")
        redis_server.kill()
        redis_server.restart()
        assert client.get("a") is None


@pytest.fixture
def echo() -> Iterator[str]:
    """The address of a server that sends back what it gets."""

    def answer(connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            while data := connection.recv(100):
                connection.sendall(data)

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,)).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def dial(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def test_proxy_passes_cuts_and_mends(echo: str) -> None:
    with Proxy(echo) as proxy:
        with dial(proxy) as before:
            before.sendall(b"hello")
            assert before.recv(100) == b"hello"
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                before.recv(100)
        with pytest.raises(ConnectionRefusedError):
            dial(proxy)
        proxy.mend()
        with dial(proxy) as after:
            after.sendall(b"again")
            assert after.recv(100) == b"again"
        assert proxy.connections == 2


def test_proxy_stalls_without_losing_a_byte(echo: str) -> None:
    with Proxy(echo) as proxy, dial(proxy) as one:
        proxy.stall()
        one.sendall(b"held")
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            one.recv(100)
        proxy.mend()
        one.settimeout(5)
        assert one.recv(100) == b"held"


def test_a_child_that_dies_is_reported_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such plan')"]
    with (
        pytest.raises(AwayError, match="thing ended with 1: no such plan"),
        Child("thing", command, tmp_path / "log", says("ready")),
    ):
        pass


DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    )
    child = Child("deaf", [sys.executable, "-c", program], tmp_path / "log", says("ready"))
    with child:
        assert child.stop(0.2) == -signal.SIGKILL


PARENT = """
import sys
from pathlib import Path
from aislewise.embedded import Broker, Valkey
with Broker(Path(sys.argv[1])) as broker, Valkey(Path(sys.argv[1])) as valkey:
    print(broker.process.pid, valkey.process.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_embedded_parts_die_with_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        children = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    for child in children:
        assert ended(child), "a child outlived its parent"
        os.close(child)


def ended(pidfd: int) -> bool:
    """A pidfd is readable once its process has ended."""
    return bool(select.select([pidfd], [], [], 5)[0])


def test_embedded_parts_end_with_their_context(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Valkey(tmp_path) as valkey:
        assert broker.running
        assert valkey.running
    assert broker.process.returncode is not None
    assert valkey.process.returncode is not None


def test_what_is_not_installed_is_a_skip_here_and_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    need("")
    with pytest.raises(pytest.skip.Exception, match="no such thing"):
        need("no such thing")
    monkeypatch.setenv("CI", "true")
    need("")
    with pytest.raises(pytest.fail.Exception, match="no such thing"):
        need("no such thing")
