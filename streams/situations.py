"""Where a visit stands, for the recommender: at a moment, or when somebody asks; with what plan and catalogue know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.bundle import Bundle
from models.catalog import Catalog
from models.floorplan import FloorPlan, Zone
from models.plans import PlanFolder
from models.recommender.situation import Situation
from models.requests import Asked


class Situations:
    """By the plans and the catalogue of now."""

    def __init__(self, folder: PlanFolder, catalog: Catalog) -> None:
        self._folder, self._catalog = folder, catalog

    def of_moment(self, moment: Mapping[str, Any], bundle: Bundle | None) -> Situation:
        """A row of the table `moments`."""
        ts_ms = int(moment["ts"].timestamp() * 1000 + 0.5)
        plan, zone = self._place(moment["store_id"], moment["zone_id"], ts_ms)
        return Situation(
            moment["moment_id"],
            moment["visit_id"],
            moment["store_id"],
            ts_ms,
            moment["kind"],
            moment["zone_id"],
            moment["customer_id"],
            dwell=dict(zip(moment["zones"], moment["zone_live_s"], strict=True)),
            features=np.array(moment["features"], np.float32),
            department=self._department(plan, zone, bundle),
            categories=zone.categories if zone else (),
        )

    def of_asked(self, asked: Asked, ts_ms: int, customer: str | None, bundle: Bundle | None) -> Situation:
        """No moment, so no vector; offers hold as of `ts_ms`, the visit's newest moment."""
        plan, zone = self._place(asked.store_id, asked.zone_id, ts_ms)
        return Situation(
            asked.request_id,
            asked.visit_id,
            asked.store_id,
            ts_ms,
            zone.kind if zone else None,
            asked.zone_id,
            customer,
            dwell=asked.dwell,
            department=self._department(plan, zone, bundle),
            categories=zone.categories if zone else (),
        )

    def home(self, situation: Situation) -> str | None:
        """The id of the department that a situation's zone stands in."""
        plan, zone = self._place(situation.store_id, situation.zone_id, situation.ts_ms)
        return plan.department_of(zone) if plan and zone else None

    def _place(self, store: str, zone_id: str | None, ts_ms: int) -> tuple[FloorPlan | None, Zone | None]:
        """The plan that holds at a time, and its zone of that id."""
        plans = self._folder.stores.get(store)
        plan = plans.at(ts_ms) if plans else None
        return plan, plan.zone(zone_id or "") if plan else None

    def _department(self, plan: FloorPlan | None, zone: Zone | None, bundle: Bundle | None) -> str | None:
        """As the catalogue calls it: products name their department by the zone's name, or by its id."""
        home = plan.zone(plan.department_of(zone) or "") if plan and zone else None
        if home is None:
            return None
        known = self._catalog.or_else(bundle.catalog) if bundle else self._catalog
        return home.name if known.near(home.name, ()) else home.id
