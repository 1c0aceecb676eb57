"""A cell of the benchmark's grid: layout, size of error, cadence."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.sensors import Kind


@dataclass(frozen=True)
class Cell:
    """One place of the grid. `sigma_m` is None where every phone has its own; `kind` as in simulation/sensors.py."""

    layout: str
    sigma_m: float | None
    period_s: float
    shoppers: int
    kind: Kind = "usual"

    @property
    def name(self) -> str:
        error = "mixed" if self.sigma_m is None else f"{self.sigma_m:g} m"
        kind = "" if self.kind == "usual" else f", {self.kind}"
        return f"{self.layout}, {error}, {self.period_s:g} s{kind}"
