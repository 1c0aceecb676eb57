"""A day of the trial world as the history worker would have written it: the lake's tables, Parquet by date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models import features, ids, lake
from models.catalog import Catalog, rows_of
from models.keys import LakeFile
from models.records import rows_to_table
from simulation.trial.nature import CLEARANCE_DISCOUNT, COUPON_DISCOUNT
from simulation.trial.world import DAY_MS, Day, Played

Row = dict[str, Any]
SECRET = "trial"
OFFERS_DAYS = 400


@dataclass(frozen=True)
class Book:
    """What a day's visits, moments and products are called in the lake; times are ms."""

    day: Day
    holdout: float

    @property
    def date(self) -> str:
        return datetime.fromtimestamp(self.day.begins_ms / 1000, UTC).date().isoformat()

    def ms(self, seconds: float) -> int:
        return self.day.begins_ms + round(seconds * 1000)

    @cached_property
    def store(self) -> list[str]:
        return [f"S{store + 1}" for store in self.day.visits.people.store]

    @cached_property
    def device(self) -> list[str]:
        return [ids.phone_text(visit + 1) for visit in range(len(self.day.visits))]

    @cached_property
    def visit(self) -> list[str]:
        rows = zip(self.store, self.device, self.day.visits.begins_s.tolist(), strict=True)
        return [ids.visit_id(store, device, self.ms(begins)) for store, device, begins in rows]

    @cached_property
    def customer(self) -> list[str | None]:
        return [f"C{row:05d}" if row >= 0 else None for row in self.day.visits.customer.tolist()]

    @cached_property
    def held_out(self) -> list[bool]:
        """By keyed hash of store, phone and local date, as the dwell worker draws."""
        rows = zip(self.store, self.device, strict=True)
        return [ids.held_out(SECRET, self.holdout, store, device, self.date) for store, device in rows]

    @cached_property
    def goods(self) -> list[Row]:
        """The table `products`."""
        nature = self.day.nature
        columns = zip(nature.sku.tolist(), nature.category.tolist(), nature.price, nature.cost, strict=True)
        return [
            {
                "sku": sku,
                "name": f"Product {sku}",
                "department": f"D{nature.department[category]}",
                "category": f"C{category:02d}",
                "price": float(price),
                "cost": float(cost),
            }
            for sku, category, price, cost in columns
        ]

    @cached_property
    def offers(self) -> list[Row]:
        """The table `offers`: all dates of a run."""
        nature, rows = self.day.nature, list[Row]()
        for kind, on, discount in (
            ("clearance", nature.clearance, CLEARANCE_DISCOUNT),
            ("coupon", nature.coupon, COUPON_DISCOUNT),
        ):
            dates = {"starts": self.day.begins_ms - OFFERS_DAYS * DAY_MS, "ends": self.day.begins_ms + DAY_MS}
            for sku in nature.sku[on].tolist():
                rows.append({"offer_id": f"{kind}-{sku}", "kind": kind, "sku": sku, "discount": discount, **dates})
        return rows

    @cached_property
    def catalog(self) -> Catalog:
        """What the prompt worker would know."""
        tables = {name: rows_to_table(name, rows) for name, rows in (("products", self.goods), ("offers", self.offers))}
        return Catalog(row for name, table in tables.items() for row in rows_of(table, name))

    @cached_property
    def moments(self) -> list[Row]:
        """The table `moments`, in the order of the day's moments."""
        moments, zones = self.day.moments, np.array([f"C{row:02d}" for row in range(self.day.moments.live_s.shape[1])])
        vectors, rows = self._features(), list[Row]()
        for row, visit in enumerate(moments.visit.tolist()):
            seen = np.flatnonzero(moments.live_s[row] > 0.5)
            zone, passed = str(zones[moments.category[row]]), float(moments.threshold_s[row])
            rows.append(
                {
                    "store_id": self.store[visit],
                    "moment_id": ids.moment_id(self.visit[visit], zone, round(passed)),
                    "visit_id": self.visit[visit],
                    "device_id": self.device[visit],
                    "customer_id": self.customer[visit],
                    "holdout": self.held_out[visit],
                    "ts": self.ms(float(moments.at_s[row])),
                    "zone_id": zone,
                    "kind": "display",
                    "live_s": passed,
                    "zones": zones[seen].tolist(),
                    "zone_live_s": moments.live_s[row, seen].tolist(),
                    "features": vectors[row].tolist(),
                }
            )
        return rows

    def purchases(self, played: Played) -> list[Row]:
        """The table `purchases`; a receipt is a visit's, at its end."""
        nature, rows = self.day.nature, list[Row]()
        columns = (played.visit.tolist(), played.product.tolist(), played.paid.tolist(), played.coupon.tolist())
        for visit, product, paid, coupon in zip(*columns, strict=True):
            sku = str(nature.sku[product])
            clearance = f"clearance-{sku}" if nature.clearance[product] else None
            rows.append(
                {
                    "store_id": self.store[visit],
                    "receipt_id": f"R-{self.visit[visit]}",
                    "ts": self.ms(float(self.day.visits.ends_s[visit])),
                    "visit_id": self.visit[visit],
                    "customer_id": self.customer[visit],
                    "sku": sku,
                    "quantity": 1,
                    "amount": paid,
                    "offer_id": f"coupon-{sku}" if coupon else clearance,
                }
            )
        return rows

    def visits(self) -> list[Row]:
        """The table `visits`."""
        times = zip(self.day.visits.begins_s.tolist(), self.day.visits.ends_s.tolist(), strict=True)
        return [
            {
                "store_id": self.store[row],
                "visit_id": self.visit[row],
                "device_id": self.device[row],
                "customer_id": self.customer[row],
                "first_ts": self.ms(begins),
                "last_ts": self.ms(ends),
                "kind": "shopper",
                "holdout": self.held_out[row],
                "pings": 1,
            }
            for row, (begins, ends) in enumerate(times)
        ]

    def dwells(self) -> list[Row]:
        """The table `dwells`, displays only."""
        rows, seconds = list[Row](), self.day.visits.dwell_s
        for visit, category in zip(*(part.tolist() for part in np.nonzero(seconds > 0.5)), strict=True):
            lasted, begins = float(seconds[visit, category]), float(self.day.visits.begins_s[visit])
            names = ("live_s", "dwell_s", "lower_s", "upper_s")
            rows.append(
                {
                    "store_id": self.store[visit],
                    "visit_id": self.visit[visit],
                    "device_id": self.device[visit],
                    "kind": "display",
                    "zone_id": f"C{category:02d}",
                    **dict.fromkeys(names, lasted),
                    "first_ts": self.ms(begins),
                    "last_ts": self.ms(float(self.day.visits.ends_s[visit])),
                    "pings": 1,
                }
            )
        return rows

    def _features(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        moments, visits = self.day.moments, self.day.visits
        return features.moment_matrix(
            features.MomentFacts(
                live_s=moments.threshold_s,
                visit_s=moments.at_s - visits.begins_s[moments.visit],
                zones_seen=(moments.live_s >= features.SEEN_S).sum(axis=1).astype(float),
                at_display=np.ones(len(moments)),
                known_customer=(visits.customer[moments.visit] >= 0).astype(float),
                day_angle=2 * np.pi * moments.at_s / 86_400,
            )
        )


def write(root: Path, book: Book, played: Played, prompts: Sequence[Row] = (), outcomes: Sequence[Row] = ()) -> None:
    """Adds the day to a lake."""
    for name, rows in (("products", book.goods), ("offers", book.offers)):
        lake.write(root / f"{name}.parquet", rows_to_table(name, rows))
    tables: Mapping[str, Sequence[Row]] = {
        "purchases": book.purchases(played),
        "visits": book.visits(),
        "dwells": book.dwells(),
        "moments": book.moments if prompts else (),
        "prompts": prompts,
        "outcomes": outcomes,
    }
    for name, rows in tables.items():
        if rows:
            lake.write(root / LakeFile(name, book.date, 0, 0, len(rows)).path, rows_to_table(name, rows))
