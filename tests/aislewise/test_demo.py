"""`aislewise demo` as a newcomer runs it: by its command, with nothing but what is installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.parts.processes import demo

DEMO = [sys.executable, "-m", "aislewise", "demo"]
CLAIMS = ("pings", "different pings", "moments", "dwells", "visits", "prompts decided", "prompts shown", "outcomes")


def ran(*options: str, timeout: float = 280) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEMO, *options], capture_output=True, text=True, timeout=timeout, check=False)


def leftovers(folder: Path) -> list[str]:
    """Processes whose environment still names the demo's folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (entry / "environ").read_bytes() and int(entry.name) != os.getpid():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_it_ends_by_itself_and_its_counts_add_up(tmp_path: Path) -> None:
    done = ran("--minutes", "0.75", "--folder", str(tmp_path / "demo"))
    assert done.returncode == 0, done.stdout + done.stderr
    for claim in CLAIMS:
        row = next(line for line in done.stdout.splitlines() if re.match(rf"{claim}  +\w", line))
        counts = [int(number.replace(",", "")) for number in re.findall(r"(?<= )[\d,]+(?= )", row)]
        assert min(counts) > 0, row
        assert "ok" in row
    assert re.search(r"none → \d{4}-\d\d-\d\d-[0-9a-f]+", done.stdout), "the night's bundle is in use"
    assert re.search(r"tablet: http://127\.0\.0\.1:\d+/", done.stdout)
    assert leftovers(tmp_path / "demo") == []


def test_a_ping_that_is_lost_is_noticed(tmp_path: Path) -> None:
    done = ran("--minutes", "0.5", "--lose-one")
    assert done.returncode == 1
    assert "DOES NOT ADD UP" in done.stdout
    assert done.stderr.startswith("aislewise: the counts do not add up")


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    done = ran("--folder", str(tmp_path), timeout=30)
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_all_of_it_ends_with_ctrl_c(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with demo([*DEMO, "--folder", str(folder)], tmp_path):
        assert len(leftovers(folder)) >= 5
        time.sleep(2)
    assert leftovers(folder) == []


def test_a_catalogue_without_a_store_of_ones_own_is_refused(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("sku\n")
    for options in (("--products", str(tmp_path / "products.csv")), ("--own", "--minutes", "1")):
        done = ran(*options, timeout=30)
        assert done.returncode == 2
        assert "--products, --offers and --stock go with --own, --minutes does not" in done.stderr
