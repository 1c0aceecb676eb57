"""Apache Kafka (KRaft) from Maven's jars: one node or more on loopback, with kill and restart.

`python -m tests.parts.kafka` fetches the jars and prepares the class-data archive, so that the first test need not.
"""

from __future__ import annotations

import base64
import fcntl
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from aislewise.child import Child, free_ports, says

HERE = Path(__file__).parent
PARTS = HERE.parents[1] / ".parts"
JARS, ARCHIVE = PARTS / "kafka-lib", PARTS / "kafka.jsa"
STARTED = "Kafka Server started"
JVM = [
    *(
        "-Xms64m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
    ),
    f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
]


def missing() -> str:
    """What has to be installed before Kafka can run here; empty when nothing."""
    absent = [name for name, program in (("Java 17", "java"), ("Maven", "mvn")) if not shutil.which(program)]
    return f"Apache Kafka needs {' and '.join(absent)} (Debian: openjdk-17-jre-headless, maven)" if absent else ""


def prepare() -> None:
    """Fetches the jars and makes the class-data archive, once on this machine; safe when several ask at a time."""
    PARTS.mkdir(exist_ok=True)
    with (PARTS / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(JARS.glob("kafka_2.13-*.jar")):
            _fetch()
        if not ARCHIVE.exists():
            _archive()


def _fetch() -> None:
    with _complete_or_absent(JARS) as folder:
        pom = ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml")]
        subprocess.run(
            [*pom, "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder.resolve()}"],
            check=True,
            stdin=subprocess.DEVNULL,
        )


def _archive() -> None:
    """The archive of loaded classes halves every later start."""
    with _complete_or_absent(ARCHIVE) as file, Cluster(java=[f"-XX:ArchiveClassesAtExit={file}"]):
        pass


@contextmanager
def _complete_or_absent(path: Path) -> Iterator[Path]:
    half = path.with_name(f".{path.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    yield half
    half.rename(path)


class Node(Child):
    """One process that is broker and controller. Its data outlive kill and restart."""

    def __init__(self, number: int, folder: Path, ports: tuple[int, int], java: list[str]) -> None:
        self.number, self.folder, self.java, self.directory_id = number, folder, java, _kafka_uuid()
        self.address, self.controller = (f"127.0.0.1:{port}" for port in ports)
        self.config = folder / "server.properties"
        super().__init__(
            f"Kafka node {number}",
            [*java, "kafka.Kafka", str(self.config)],
            folder / "broker.log",
            says(STARTED),
        )

    @property
    def voter(self) -> str:
        return f"{self.number}@{self.controller}:{self.directory_id}"

    def format(self, cluster_id: str, voters: str, settings: Mapping[str, object]) -> None:
        """Writes the settings and the empty log folder. Raises RuntimeError with what Kafka says."""
        self.folder.mkdir(parents=True)
        self.config.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        tool = [*self.java, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(self.config)]
        done = subprocess.run([*tool, "--initial-controllers", voters], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{self.name} could not be formatted: {done.stdout}{done.stderr}")

    def restart(self) -> Self:
        """Starts it again after `kill` or `stop`, and waits."""
        self.start()
        return self.wait_ready()


class Cluster:
    """`nodes` of Kafka in a temporary folder. Topics are not created by mere mention."""

    def __init__(self, nodes: int = 1, *, heap_mb: int = 384, java: list[str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aislewise-kafka-"))
        archive = [f"-XX:SharedArchiveFile={ARCHIVE}"] if ARCHIVE.exists() else []
        command = ["java", f"-Xmx{heap_mb}m", *JVM, *(java or archive), "-cp", f"{JARS}/*"]
        ports = iter(free_ports(2 * nodes))
        self.nodes = [
            Node(number, self.folder / f"node{number}", (next(ports), next(ports)), command)
            for number in range(1, nodes + 1)
        ]

    @property
    def bootstrap(self) -> str:
        return ",".join(node.address for node in self.nodes)

    def kill(self) -> None:
        """SIGKILL to every node."""
        for node in self.nodes:
            node.kill()

    def restart(self) -> Self:
        """All nodes again, with their data, after `kill`."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait_ready()
        return self

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self.stop)
            cluster_id, voters = _kafka_uuid(), ",".join(node.voter for node in self.nodes)
            for node in self.nodes:
                node.format(cluster_id, voters, self._settings(node))
            self.restart()
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            if node.running:
                node.wait(20)
        shutil.rmtree(self.folder)

    def _settings(self, node: Node) -> dict[str, object]:
        copies = min(3, len(self.nodes))
        in_sync = max(1, copies - 1)
        listeners = f"BROKER://{node.address},CONTROLLER://{node.controller}"
        return {
            "process.roles": "broker,controller",
            "node.id": node.number,
            "controller.quorum.bootstrap.servers": ",".join(one.controller for one in self.nodes),
            "controller.listener.names": "CONTROLLER",
            "listeners": listeners,
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "log.dirs": node.folder / "data",
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "group.initial.rebalance.delay.ms": 0,
            # a killed node may register again when its old session has ended; the default makes a restart take 12 s
            "broker.session.timeout.ms": 3_000,
            "broker.heartbeat.interval.ms": 500,
            "log.cleaner.dedupe.buffer.size": 16 * 2**20,
            **{
                f"{topic}.{setting}": value
                for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
                for setting, value in (("replication.factor", copies), ("num.partitions", 4))
            },
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.min.isr": in_sync,
        }


def _kafka_uuid() -> str:
    """A random id as Kafka writes them: 22 characters of URL-safe base64; a leading dash would look like an option."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return _kafka_uuid() if text.startswith("-") else text


if __name__ == "__main__":
    prepare()
