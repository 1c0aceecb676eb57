"""The `department` of an event stream's query: by id or by name."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from models.board import BoardPrompt
from models.plans import StorePlans


def chooser(department: str | None, plans: Callable[[], StorePlans | None]) -> Callable[[BoardPrompt], bool]:
    """Whether a prompt is for the department, by the plans of then; every prompt is where none was asked for."""
    if not department:
        return lambda prompt: True
    return lambda prompt: prompt.department in _names(department, plans())


def _names(department: str, plans: StorePlans | None) -> set[str]:
    """Ids and names of the departments that are meant."""
    versions = [plan for _, plan in plans.versions] if plans else []
    zones = [zone for plan in versions for zone in plan.of_kind("department")]
    meant = [(zone.id, zone.name) for zone in zones if department in (zone.id, zone.name)]
    return {department, *chain.from_iterable(meant)}
