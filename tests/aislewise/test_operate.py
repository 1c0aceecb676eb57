"""`aislewise token` and `aislewise lag`, as a person calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from models.tokens import Bearer, verify
from tests.parts.kafka import Cluster

SECRET = "a secret of these tests"


def aislewise(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AISLEWISE_")}
    command = [sys.executable, "-m", "aislewise", *arguments]
    return subprocess.run(
        command, env={**environment, **settings}, cwd=folder, capture_output=True, text=True, timeout=30
    )


def test_a_token_and_nothing_else_is_printed(tmp_path: Path) -> None:
    done = aislewise(tmp_path, "token", "--store", "S1", "--role", "manager", AISLEWISE_SECRET=SECRET)
    assert (done.returncode, done.stderr) == (0, "")
    assert verify(SECRET, done.stdout.removesuffix("\n")) == Bearer("S1", "manager")


def test_a_managers_token_is_for_several_stores(tmp_path: Path) -> None:
    stores = ["--store", "S1", "--store", "S2", "--store", "S1"]
    done = aislewise(tmp_path, "token", *stores, "--role", "manager", AISLEWISE_SECRET=SECRET)
    assert (done.returncode, done.stderr) == (0, "")
    assert verify(SECRET, done.stdout.removesuffix("\n")) == Bearer("S1", "manager", also=("S2",))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--store", "S1", "--store", "S2", "--role", "sender"], "a token of role sender is for one store"),
        (["--store", "S1", "--role", "boss"], "'boss' is not one of"),
        (["--store", "no store", "--role", "sender"], "is no store id"),
        (["--store", "S1"], "--role"),
        (["--store", "S1", "--role", "sender", "--days", "0"], "--days"),
    ],
)
def test_wrong_arguments_exit_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = aislewise(tmp_path, "token", *arguments, AISLEWISE_SECRET=SECRET)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    ["token --store S1 --role sender", "gateway --port 0", "worker dwell", "worker prompts", "worker history"],
)
def test_nothing_starts_without_a_secret(tmp_path: Path, words: str) -> None:
    done = aislewise(tmp_path, *words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("aislewise: AISLEWISE_SECRET is not set")


def test_lag_without_kafka_is_one_line_and_exit_1(tmp_path: Path) -> None:
    started = time.monotonic()
    done = aislewise(tmp_path, "lag", "--json", AISLEWISE_KAFKA="127.0.0.1:1")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Kafka at 127.0.0.1:1 does not answer" in done.stderr
    assert time.monotonic() - started < 10


@pytest.mark.kafka
def test_lag_is_what_lies_between_commit_and_end(tmp_path: Path, fresh_kafka: Cluster) -> None:
    servers = fresh_kafka.bootstrap
    assert json.loads(aislewise(tmp_path, "lag", "--json", AISLEWISE_KAFKA=servers).stdout) == {
        "aislewise-dwell": {},
        "aislewise-prompts": {},
        "aislewise-history": {},
    }
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        topics = {name: {"num_partitions": 2, "replication_factor": 1} for name in ("pings", "moments", "catalog")}
        admin.create_topics(topics, wait_for_metadata=True)
        with KafkaProducer(bootstrap_servers=servers) as producer:
            for number in range(10):
                producer.send("pings", b"x", partition=number % 2)
                producer.send("catalog", b"x", partition=0)
        committed = {TopicPartition("pings", 0): 3, TopicPartition("catalog", 0): 10}
        admin.alter_group_offsets(
            "aislewise-dwell", {tp: OffsetAndMetadata(offset, "", -1) for tp, offset in committed.items()}
        )
    assert json.loads(aislewise(tmp_path, "lag", "--json", AISLEWISE_KAFKA=servers).stdout) == {
        "aislewise-dwell": {"catalog": 0, "pings": 7},
        "aislewise-prompts": {"moments": 0},
        "aislewise-history": {"moments": 0, "pings": 10},
    }
    table = aislewise(tmp_path, "lag", AISLEWISE_KAFKA=servers).stdout
    assert any(line.split()[1:-1:2] == ["aislewise-dwell", "pings", "7"] for line in table.splitlines())
