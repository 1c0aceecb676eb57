"""Tracked files name no machine and no registry, and our top-level names are nobody else's."""

from __future__ import annotations

import json
import re
from importlib.metadata import packages_distributions

from tests.house.project import ROOT, packages, pyproject, tracked

MACHINE = re.compile(r"(?<![\w.}])/(?:work|root|farm|home|Users)/\w")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|repo\d*\.maven|/simple/|artifactory|nexus", re.IGNORECASE
)
THIS = "tests/house/test_tracked.py"


def texts() -> dict[str, str]:
    """Every tracked text file but this one, by its path."""
    found = {}
    for path in tracked():
        data = (ROOT / path).read_bytes()
        if path != THIS and b"\0" not in data:
            found[path] = data.decode()
    return found


def test_no_path_of_a_machine_and_no_registry() -> None:
    named = {path: MACHINE.findall(text) + REGISTRY.findall(text) for path, text in texts().items()}
    assert {path: found for path, found in named.items() if found} == {}


def test_the_lock_names_no_host_and_has_a_hash_for_everything() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    blocks = re.split(r"\n(?=\S)", lock.strip())
    assert len(blocks) > 50
    assert [block for block in blocks if not re.search(r"^[\w.-]+==\S+.*\\\n    --hash=sha256:", block)] == []


def test_the_lock_of_npm_names_no_host_and_has_a_hash_for_everything() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = packages.pop("")["devDependencies"]
    assert wanted == json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert {f"node_modules/{name}" for name in wanted} <= set(packages)
    assert [name for name, one in packages.items() if "resolved" in one or "integrity" not in one] == []


def test_the_lock_is_that_of_pyproject() -> None:
    """Everything that pyproject names is locked; `make lock` mends it."""
    lines = pyproject()["project"]["dependencies"] + pyproject()["dependency-groups"]["dev"]
    wanted = {re.split(r"[<>=!~\[; ]", line)[0] for line in lines}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert wanted <= locked


def test_nobody_else_owns_our_names() -> None:
    owners = packages_distributions()
    assert {name: owners[name] for name in packages() if set(owners.get(name, [])) - {"aislewise"}} == {}


def test_every_package_is_in_the_wheel() -> None:
    tops = {path.split("/")[0] for path in tracked() if path.endswith("/__init__.py")}
    assert tops - {"tests", "benchmarks"} == set(packages())
