"""What every HTTP process counts, in a registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class WebMetrics:
    """Names begin with `aislewise_<process>_`; labels are few and known beforehand."""

    def __init__(self, process: str) -> None:
        self.prefix, self.registry = f"aislewise_{process}", CollectorRegistry()
        self.requests = self.counter("requests", "Requests answered.", "call", "method", "status")
        self.seconds = Histogram(
            f"{self.prefix}_seconds",
            "Time to an answer's first byte.",
            ["call"],
            buckets=SECONDS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)

    def counter(self, name: str, about: str, *labels: str) -> Counter:
        """One more that this process counts."""
        return Counter(f"{self.prefix}_{name}", about, labels, registry=self.registry)
