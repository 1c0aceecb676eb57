"""Every process computes with the machine code that one process has compiled: dwell is the same to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.project import ROOT

_LOADED = """
import sys
from pathlib import Path
from types import ModuleType
from numba.core.dispatcher import Dispatcher
from benchmarks import grid
from streams.dwell import companions
from streams.dwell.engine import Engine

engine = Engine(grid.plans(), 60.0)
pings = grid.walks(40, 60, 1_790_000_000_000)
engine.push(pings)
engine.live(engine.slots())
companions.find(engine._phones, 0, companions.candidates(engine._phones, 0, engine.slots()))
engine = Engine.restore(grid.plans(), 60.0, engine.snapshot())
engine.close_due(10**13)
engine.finish()
modules = [one for name, one in sys.modules.items() if name.startswith("streams.dwell")]
kernels = {id(one): one for module in modules for one in vars(module).values() if isinstance(one, Dispatcher)}
loaded = [one for one in kernels.values() if one.stats.cache_hits]
compiled = {one.__name__ for one in kernels.values() if one.stats.cache_misses}
print(len(loaded), sorted(compiled))
"""


def test_a_process_that_computes_has_compiled_nothing_itself() -> None:
    answer = subprocess.run([sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded, _, compiled = answer.stdout.partition(" ")
    assert int(loaded) >= 5
    assert compiled.strip() == "[]"


_AT_ONCE = """
import sys, time
from pathlib import Path
from streams.dwell import compiled

def slowly():
    time.sleep(0.3)
    with Path(sys.argv[1]).open("a") as file:
        file.write("compiled ")
    return True

compiled._compile = slowly
compiled.ahead()
"""


def test_of_processes_that_begin_at_once_one_compiles(tmp_path: Path) -> None:
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", _AT_ONCE, str(tmp_path / "done")]
    for _ in range(2):
        begun = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(3)]
        assert [one.wait(60) for one in begun] == [0, 0, 0]
        assert (tmp_path / "done").read_text() == "compiled "
