"""What this process counts, in a registry of its own."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Names begin with `aislewise_serving_`; labels are few and known beforehand."""

    def __init__(self, listeners: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "aislewise_serving_requests", "Requests answered.", ["call", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "aislewise_serving_seconds",
            "Time to an answer's first byte.",
            ["call"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.outcomes = Counter(
            "aislewise_serving_outcomes", "Outcomes that Kafka has acknowledged.", ["kind"], registry=self.registry
        )
        self.prompts = Counter("aislewise_serving_prompts", "Prompts sent to tablets.", registry=self.registry)
        Gauge("aislewise_serving_streams", "Open event streams.", registry=self.registry).set_function(listeners)
        ProcessCollector(registry=self.registry)

    def exposition(self) -> bytes:
        return generate_latest(self.registry)
