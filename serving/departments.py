"""The `department` of an event stream's query: by id or by name."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from models.board import BoardPrompt
from models.plans import StorePlans


def chooser(department: str | None, plans: StorePlans | None) -> Callable[[BoardPrompt], bool]:
    """Whether a prompt is for the department; every prompt is where none was asked for."""
    if not department:
        return lambda prompt: True
    versions = [plan for _, plan in plans.versions] if plans else []
    zones = [zone for plan in versions for zone in plan.of_kind("department")]
    meant = [(zone.id, zone.name) for zone in zones if department in (zone.id, zone.name)]
    names = {department, *chain.from_iterable(meant)}
    return lambda prompt: prompt.department in names
