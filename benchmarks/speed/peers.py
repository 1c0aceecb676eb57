"""Our worker beside its peers in one run, pings per CPU second of the whole process once it is warm.

All peers do the plain job: rectangles and seconds by zone, no noise model, no probabilities, no moments, no board.
One JSON ping a record; Kafka Streams also gets the very Arrow batches of 1,000 that our worker reads.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aislewise.child import Child, says
from benchmarks import grid
from benchmarks.speed import load, worker
from benchmarks.speed.steady import measure
from models import topics
from tests.parts.kafka import PARTS, Cluster

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON, JARS = PARTS / "peers" / "bin" / "python", PARTS / "jvm-peers" / "lib"
JVM = ["java", "-Xmx1g", "-XX:+UseSerialGC", "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp", f"{JARS}/*"]
TOPIC, PINGS, PHONES, RECORD = "plain", 1_000_000, 2_000, 1_000


@dataclass(frozen=True)
class Peer:
    """How a peer is started, and how much of a topic it works off; `group` is empty where its output tells."""

    name: str
    command: Callable[[str, Path], list[str]]
    ready: str
    group: str
    total: int
    warm_up: int
    topic: str = TOPIC
    pings_of_one: int = 1


def _faust(kept_in: str) -> Callable[[str, Path], list[str]]:
    module = "benchmarks.speed.plain_faust"
    return lambda kafka, folder: [sys.executable, "-m", module, kafka, TOPIC, str(folder / kept_in), kept_in]


def _python(script: str) -> Callable[[str, Path], list[str]]:
    return lambda kafka, folder: [str(PYTHON), str(HERE / script), kafka, TOPIC]


def _streams(topic: str, form: str, kept: str) -> Callable[[str, Path], list[str]]:
    return lambda kafka, folder: [*JVM, "bench.Peer", kafka, topic, str(folder / f"{topic}-{kept}"), form, kept]


PEERS = (
    Peer("plain Faust, a dictionary", _faust("dict"), "Worker ready", "plain-faust-dict", 60_000, 15_000),
    Peer("plain Faust, a table", _faust("table"), "Worker ready", "plain-faust-table", 40_000, 10_000),
    Peer("Quix Streams, a dictionary", _python("quix_peer.py"), "peer ready", "quix", 200_000, 50_000),
    Peer("bytewax, stateful_map", _python("bytewax_peer.py"), "peer ready", "", 400_000, 100_000),
    Peer("Kafka Streams, JSON", _streams(TOPIC, "json", "memory"), "peer ready", "memory-plain", PINGS, PINGS // 2),
    Peer(
        "Kafka Streams, JSON, changelog", _streams(TOPIC, "json", "logged"), "peer ready", "logged-plain", PINGS,
        PINGS // 2,
    ),
    Peer(
        "Kafka Streams, Arrow batches of 1,000", _streams("pings", "arrow", "memory"), "peer ready", "memory-pings",
        2_000, 1_000, "pings", RECORD,
    ),
)  # fmt: skip


def run() -> None:
    """Prints each one's figure, and ours as its multiple; a peer that cannot be installed is said and left out."""
    prepare()
    start_ms = int(time.time() * 1000) - 2_000_000
    with tempfile.TemporaryDirectory() as name, Cluster(1, heap_mb=768) as kafka:
        folder = Path(name)
        ours = worker.ours(folder, kafka.bootstrap, RECORD).pings_per_cpu_s
        print(f"our worker, everything on, Arrow batches of 1,000: {ours:,.0f}", flush=True)
        load.json_pings(kafka.bootstrap, grid.walks(PHONES, PINGS // PHONES, start_ms), TOPIC)
        topics.ensure(kafka.bootstrap, 1, 1)
        for peer in PEERS:
            try:
                _say(peer, kafka.bootstrap, folder, ours)
            except (OSError, TimeoutError, RuntimeError) as error:
                print(f"{peer.name}: not measured: {error}", flush=True)


def prepare() -> None:
    """Installs the peers, each into a folder of its own below .parts: Python's from the group `peers`, the JVM's."""
    if not PYTHON.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", str(PYTHON.parents[1]), "--python", sys.executable], check=True)
        command = [uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--group", "peers"]
        subprocess.run(command, check=True, cwd=ROOT)
    if not any(JARS.glob("peers*.jar")) and shutil.which("mvn"):
        subprocess.run(["mvn", "-B", "-q", "-f", str(HERE / "jvm" / "pom.xml"), "package"], check=True)


def _say(peer: Peer, bootstrap: str, folder: Path, ours: float) -> None:
    if peer.group == "plain-faust-table":
        load.create(bootstrap, "plain-faust-table-dwell-changelog")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    log = folder / f"{peer.name.replace(' ', '-')}.log"
    with Child(peer.name, peer.command(bootstrap, folder), log, says(peer.ready), environment) as child:
        found = measure(child, _done(peer, child, bootstrap), peer.total, peer.warm_up, peer.pings_of_one)
    print(
        f"{peer.name}: {found.pings_per_cpu_s:,.0f} (ours is {ours / found.pings_per_cpu_s:.1f} ×; "
        f"start and warm-up {found.start_up_s:.1f} CPU s)",
        flush=True,
    )


def _done(peer: Peer, child: Child, bootstrap: str) -> Callable[[], int]:
    if peer.group:
        return lambda: load.committed(bootstrap, peer.group, peer.topic)
    return lambda: max((int(one) for one in re.findall(r"taken (\d+)", child.output())), default=0)
