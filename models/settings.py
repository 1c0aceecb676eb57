"""The settings as one frozen value. Read once in aislewise/configuration.py, passed in everywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from models import keeping
from models.errors import SettingError

DEMO_SECRET = "demo"  # refused outside demo mode


def setting(default: Any, about: str) -> Any:
    """A field whose variable is AISLEWISE_ and its name in capitals."""
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class Settings:
    """Every `AISLEWISE_*` variable of DESIGN §5; folders are local or `s3://`."""

    kafka: str = setting("127.0.0.1:9092", "bootstrap servers, host:port,…")
    redis: str = setting("redis://127.0.0.1:6379/0", "redis://host:port/0")
    lake: str = setting("lake", "the lake: folder or s3://")
    bundles: str = setting("bundles", "folder or s3:// of bundles, with a file LATEST that names the champion")
    plans: str = setting("plans", "folder or s3:// of <store>.geojson and <store>@YYYY-MM-DD.geojson")
    pictures: str = setting(
        "pictures", "folder or s3:// of pictures of products, <sku>.webp, .png or .jpg up to 200 kB"
    )
    salts: str = setting("salts", "folder or s3:// of day salts, one per store and local day")
    checkpoints: str = setting("checkpoints", "folder or s3:// of the workers' checkpoints")
    secret: str = setting("", "key of tokens and of the held-out draw")
    demo: bool = setting(False, "demo mode: weak secrets and the embedded parts are allowed")
    partitions: int = setting(4, "partitions of the topics that are created at start")
    replication: int = setting(1, "replicas of the topics that are created at start")
    flush_ms: int = setting(250, "a gateway batch's longest wait, ms")
    history_seconds: float = setting(60.0, "a history file's longest wait, s")
    holdout: float = setting(0.1, "share of visits without prompts")
    canary: float = setting(0.2, "share of visits that stay with the bundle before after a promotion; 0 is none")
    retention: str = setting(
        keeping.DEFAULT, "days that tables and salts are kept, 0 is for ever; what is not named keeps its default"
    )
    silence_seconds: float = setting(300.0, "the silence that ends a visit, s")
    prompt_after_seconds: float = setting(20.0, "live time at a display before a prompt, s")
    max_age_seconds: float = setting(86_400.0, "a ping may be this much older than the gateway's clock, s")
    max_ahead_seconds: float = setting(60.0, "a ping may be this much ahead of the gateway's clock, s")
    slots: int = setting(1, "prompts decided at one moment")
    explore: float = setting(0.5, "share of decisions that try what is not known to be best")
    prompts_per_visit: int = setting(5, "frequency cap: prompts shown in one visit")
    checkpoint_seconds: float = setting(5.0, "a worker's checkpoint at least this often, s")
    session_timeout_seconds: float = setting(10.0, "Kafka's session time-out of a worker, s")
    metrics_port: int = setting(0, "port of a worker's Prometheus metrics on 127.0.0.1; 0 is none")
    fetch_wait_ms: int = setting(20, "how long a broker may hold a fetch, ms")

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingError(f"AISLEWISE_{name.upper()} is {value}, not between {low} and {high}")
        keeping.parse(self.retention)

    def require_secret(self) -> str:
        """The secret. Raises SettingError when it is missing, or the demo's, outside demo mode."""
        if self.demo:
            return self.secret or DEMO_SECRET
        if self.secret in ("", DEMO_SECRET):
            raise SettingError("AISLEWISE_SECRET is not set", "make one with: openssl rand -hex 32")
        return self.secret


_RANGES = (
    ("partitions", 1, 10_000),
    ("replication", 1, 99),
    ("flush_ms", 1, 60_000),
    ("history_seconds", 0.1, 86_400),
    ("holdout", 0, 1),
    ("canary", 0, 0.9),
    ("silence_seconds", 3.1, 86_400),
    ("prompt_after_seconds", 1, 86_400),
    ("max_age_seconds", 0, 1e10),
    ("max_ahead_seconds", 0, 1e10),
    ("slots", 1, 16),
    ("explore", 0, 1),
    ("prompts_per_visit", 1, 1000),
    ("checkpoint_seconds", 0.1, 3600),
    ("session_timeout_seconds", 1, 300),
    ("metrics_port", 0, 65_535),
    ("fetch_wait_ms", 1, 10_000),
)
