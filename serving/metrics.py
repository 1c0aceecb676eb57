"""What `serve` counts beside its requests."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Gauge

from models.web.metrics import WebMetrics


class Metrics(WebMetrics):
    """`listeners` says how many event streams are open."""

    def __init__(self, listeners: Callable[[], int]) -> None:
        super().__init__("serving")
        self.outcomes = self.counter("outcomes", "Outcomes that Kafka has acknowledged.", "kind")
        self.prompts = self.counter("prompts", "Prompts sent to tablets.")
        Gauge(f"{self.prefix}_streams", "Open event streams.", registry=self.registry).set_function(listeners)
