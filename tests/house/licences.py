"""What we ship and under which licences, docs/licences.md: `python -m tests.house.licences` checks, `--write` writes.

`make check` fails on a licence that is not known here to allow shipping, and on one that nobody has named.
"""

from __future__ import annotations

import re
import sys

from tests.house.project import ROOT
from tests.house.supply import licences, shipped

FILE = ROOT / "docs" / "licences.md"
FREE = {
    *("MIT", "MIT License", "MIT-0", "MIT-CMU", "ISC License (ISCL)", "0BSD", "Zlib", "CC0-1.0"),
    *("BSD License", "BSD-2-Clause", "BSD-3-Clause", "Repoze Public License"),
    *("Apache-2.0", "Apache Software License", "LLVM-exception"),
    *("Python Software Foundation License", "PSF-2.0"),
    *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),
}
"""Licences that allow shipping beside our own; of the MPL's the files that are under it, unchanged."""
EXPLAINED = {
    "crc32c": "LGPL: a library of its own that is loaded when it is needed, unchanged, and that anybody may replace",
}
"""Distributions under another licence, and why they may be shipped."""
HEAD = """# Licences of what is shipped

Aislewise is under Apache-2.0. What an installation of it brings along, on this platform, as `pip-licenses` reads it;
what only the tests and tools need is not in it. Written by `python -m tests.house.licences --write`.

| distribution | licence | |
| --- | --- | --- |
"""


def rows(found: dict[str, str]) -> list[str]:
    return [f"| `{name}` | {licence} | {EXPLAINED.get(name, '')} |" for name, licence in sorted(found.items())]


def forbidden(found: dict[str, str]) -> dict[str, str]:
    """Those that may not be shipped, or of which nobody knows."""
    return {name: one for name, one in found.items() if name not in EXPLAINED and not free(one)}


def free(licence: str) -> bool:
    """Every part of what it says; of licences to choose from one is enough."""
    for choice in re.split(r" OR ", licence):
        if all(part.strip() in FREE for part in re.split(r" AND | WITH |;", choice)):
            return True
    return False


def main() -> int:
    everything = licences()
    found = {name: everything.get(name, "UNKNOWN") for name in shipped()}
    bad = forbidden(found)
    for name, licence in bad.items():
        print(f"licences: {name} is under {licence!r}: replace it, or explain it in tests/house/licences.py")
    if "--write" in sys.argv:
        FILE.write_text(HEAD + "".join(f"{row}\n" for row in rows(found)))
    elif not set(rows(found)) <= set(FILE.read_text().splitlines()):
        print("licences: docs/licences.md is not what is installed: python -m tests.house.licences --write")
        return 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
