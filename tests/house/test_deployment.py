"""Compose, image, workflow and CI script hold what they promise; nothing here needs a container engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from aislewise.stack import PROCESSES
from tests.house.commands import every_command
from tests.house.project import ROOT, packages
from tests.parts.needs import need

COMPOSE, WORKFLOW, CI = ROOT / "docker-compose.yml", ROOT / ".github/workflows/ci.yml", ROOT / ".ci/run"


@pytest.mark.parametrize(
    ("file", "schema"),
    [(COMPOSE, "compose-spec"), (WORKFLOW, "github-workflows")],
    ids=["compose", "workflow"],
)
def test_the_file_follows_its_schema(file: Path, schema: str) -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run([checker, "--builtin-schema", f"vendor.{schema}", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def compose_config(**given: str) -> subprocess.CompletedProcess[str]:
    """What docker-compose makes of the file."""
    need("" if shutil.which("docker-compose") else "docker-compose is not installed (Debian: docker-compose)")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AISLEWISE_")}
    command = ["docker-compose", "-f", str(COMPOSE), "config"]
    return subprocess.run(command, env={**kept, **given}, capture_output=True, text=True)


@pytest.fixture
def services() -> dict[str, Any]:
    done = compose_config(AISLEWISE_SECRET="one for the test")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return found


def test_compose_refuses_to_start_without_a_secret() -> None:
    done = compose_config()
    assert done.returncode != 0
    assert "openssl rand -hex 32" in done.stderr


def test_compose_runs_all_our_processes_with_commands_that_exist(services: dict[str, Any]) -> None:
    ours = {name: one["command"] for name, one in services.items() if one.get("image") == "aislewise"}
    assert {command[0] for command in ours.values()} <= {name for name, _ in every_command()}
    started = {" ".join(command[:2]) if command[0] == "worker" else command[0] for command in ours.values()}
    assert started >= set(PROCESSES)


def test_compose_publishes_on_loopback_only(services: dict[str, Any]) -> None:
    ports = [port for one in services.values() for port in one.get("ports", [])]
    assert len(ports) == 2
    assert all(str(port).startswith("127.0.0.1:") for port in ports)


def test_the_image_runs_as_nobody_special_and_holds_all_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER [1-9]\d*$", dockerfile, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert [one for one in packages() if f"COPY {one} {one}\n" not in dockerfile or f"!{one}" not in ignored] == []


def test_ci_goes_through_the_doors_of_the_makefile() -> None:
    assert os.access(CI, os.X_OK)
    assert subprocess.run(["bash", "-n", CI]).returncode == 0
    assert re.findall(r"^make (\w+)", CI.read_text(), re.MULTILINE) == ["setup", "check", "test"]
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    assert job["steps"][-1]["run"] == ".ci/run"


def test_make_alone_lists_its_doors() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    doors = ["help", "setup", "demo", "test", "check", "bench", "chaos", "lock", "sbom"]
    assert re.findall(r"make (\w+)", listed) == doors


def test_make_says_what_is_missing_where_python_is_too_old(tmp_path: Path) -> None:
    command = ["make", "-C", str(ROOT), "setup", "PYTHON=", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr
