"""A real mall's surveyed way-points through the engine: is it on the true floor, does it name the nearest shop?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping, shape

from benchmarks.accuracy.asis import Finding, answers, replayed
from tests.contract import mall

NEAR_M = 5.0
"""A shop's zone reaches this far into the corridor, as far as it is the nearest."""
SIDE_M = 0.5
"""Of the squares that corridors are divided into."""


def there() -> bool:
    return mall.FOLDER.is_dir()


def findings() -> Iterator[Finding]:
    rows, shops = mall.waypoints(), _shops()
    said = answers(replayed(mall.converted() | {"features": list(_reaching(shops))}, mall.STORE, rows))
    floors = {name: floor for (floor, name) in shops}
    given = [(said.get((row["device_id"], row["ts"])), row) for row in rows]
    on_floor = [floors[answer] == row["floor"] for answer, row in given if answer is not None]
    yield Finding("mall: answers on the true floor", float(np.mean(on_floor)), len(on_floor))
    right = [answer == nearest for answer, row in given if (nearest := _nearest(row, shops)) is not None]
    yield Finding(
        f"mall: the nearest shop, at way-points within {NEAR_M:g} m of one", float(np.mean(right)), len(right)
    )


def _shops() -> dict[tuple[int, str], Any]:
    """Outlines by floor and id, without what lies between them."""
    drawn = ((one["properties"], one["geometry"]) for one in mall.converted()["features"])
    return {(known["floor"], known["id"]): shape(at) for known, at in drawn if not known["id"].endswith("-public")}


def _reaching(shops: Mapping[tuple[int, str], Any]) -> Iterator[dict[str, Any]]:
    for floor in sorted({floor for floor, _ in shops}):
        names = [name for number, name in shops if number == floor]
        for name, outline in zip(names, reaching([shops[floor, name] for name in names], NEAR_M), strict=True):
            known = {"id": name, "kind": "department", "name": name, "floor": floor}
            yield {"type": "Feature", "properties": known, "geometry": mapping(outline)}


def reaching(shops: Sequence[Any], reach_m: float) -> list[Any]:
    """Each shop with the squares round it to which it is the nearest, up to `reach_m`."""
    x0, y0, x1, y1 = shapely.total_bounds(list(shops))
    x, y = np.meshgrid(np.arange(x0 - reach_m, x1 + reach_m, SIDE_M), np.arange(y0 - reach_m, y1 + reach_m, SIDE_M))
    squares = shapely.box(x, y, x + SIDE_M, y + SIDE_M).ravel()
    middles = shapely.points(x.ravel() + SIDE_M / 2, y.ravel() + SIDE_M / 2)
    square, owner = shapely.STRtree(shops).query_nearest(middles, max_distance=reach_m, all_matches=False)
    taken, found = shapely.union_all(shops), []
    for number, shop in enumerate(shops):
        round_it = shapely.coverage_union_all(squares[square[owner == number]])
        found.append(shapely.union_all([shop, _areas(shapely.difference(round_it, taken))]))
    return found


def _areas(shape: Any) -> Any:
    """Without the lines and points that a cut leaves."""
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _nearest(row: Mapping[str, Any], shops: Mapping[tuple[int, str], Any]) -> str | None:
    """The shop that is nearest on this floor, if within NEAR_M."""
    names = [name for floor, name in shops if floor == row["floor"]]
    outlines = [shops[row["floor"], name] for name in names]
    far = shapely.distance(outlines, shapely.Point(row["x_m"], row["y_m"]))
    return names[int(np.argmin(far))] if far.min() <= NEAR_M else None
