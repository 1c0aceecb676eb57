"""Known holes in what is locked, by pip-audit: `python -m tests.house.audit`; `--required` fails where nobody can say.

An index without advisories finds nothing in anything. So a release that has known holes is asked for first: where it
passes, nothing was audited, and that is said.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.house.project import ROOT
from tests.house.supply import tool

KNOWN = "jinja2==2.4.1\n"
LOCK = ROOT / "requirements.lock"
OPTIONS = ("--disable-pip", "--progress-spinner", "off", "--format", "json", "--timeout", "5", "--requirement")
BLIND = "NOT AUDITED: the package index of this machine has no advisories; on GitHub `make check` asks again"

Audited = Sequence[dict[str, Any]]
"""What pip-audit says of each distribution; empty where nothing came."""


def audited(path: Path, *more: str) -> Audited:
    done = tool("pip-audit", *more, *OPTIONS, str(path))
    return list(json.loads(done.stdout)["dependencies"]) if done.stdout else []


def judge(known: Audited, locked: Callable[[], Audited], required: bool) -> tuple[int, list[str]]:
    """The exit code and what there is to say, from what is said of the release with holes and of the lock."""
    if not holes(known):
        return int(required), [BLIND]
    found = locked()
    skipped = [one["name"] for one in found if "skip_reason" in one]
    counted = f"{len(found) - len(skipped)} audited, {len(skipped)} not: {', '.join(skipped) or 'none'}"
    return int(bool(holes(found)) or not found), [*holes(found), counted]


def holes(found: Audited) -> list[str]:
    return [f"{one['name']} {one['version']}: {hole['id']}" for one in found for hole in one.get("vulns", ())]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "known.txt"
        file.write_text(KNOWN)
        known = audited(file, "--no-deps")
    code, lines = judge(known, lambda: audited(LOCK, "--require-hashes"), "--required" in sys.argv)
    for line in lines:
        print(f"pip-audit: {line}")
    return code


if __name__ == "__main__":
    sys.exit(main())
