"""GET reports: figures that were worked out by hand, in every format, and what is withheld."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from scipy import stats

from aislewise.stack import Stack
from tests.serving import history
from tests.serving.client import bearer
from tests.serving.test_lift import LIFT, night

REPORTS = ("visitors", "dwell", "conversion", "funnel", "heat", "lift")


@pytest.fixture(scope="module")
def manager(serving: Stack) -> Iterator[httpx.Client]:
    """A manager of S1, whose lake has one day."""
    history.write_day(Path(serving["serve"].environment["AISLEWISE_LAKE"]))
    with httpx.Client(base_url=serving.serving_url, headers=bearer(role="manager"), timeout=60) as client:
        yield client


def asked(client: httpx.Client, name: str, **params: str) -> dict[str, Any]:
    answer = client.get(f"/v1/stores/S1/reports/{name}", params={"from": str(history.DAY), **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_list_says_what_each_is_and_its_query(manager: httpx.Client) -> None:
    said = manager.get("/v1/stores/S1/reports").json()
    assert tuple(one["name"] for one in said["reports"]) == REPORTS
    assert (said["timezone"], said["withheld_below"]) == ("Europe/London", 5)
    for one in said["reports"]:
        assert "SELECT" in one["query"]
        assert one["says"]
        assert "/*" not in one["query"]


def test_visitors_by_the_hour_of_the_stores_clock(manager: httpx.Client) -> None:
    said = asked(manager, "visitors")
    visits = {row["hour"]: row["visits"] for row in said["rows"]}
    # the three of the afternoon are withheld; the day goes as far as what was seen of it
    assert visits == {**dict.fromkeys(range(16), 0), 10: history.SHOPPERS, 15: None}
    assert said["rows"][10]["minutes"] == 2 * history.STAY_S / 60
    # the newest that is known of is a visit that was there until twelve past three
    assert said["as_of"] == "2025-06-02T14:12:00Z"


def test_dwell_has_the_mean_and_its_interval_over_visits(manager: httpx.Client) -> None:
    boots, tents = asked(manager, "dwell")["rows"]
    seconds = 100.0 + 10 * np.arange(history.SHOPPERS)
    low, high = stats.t.interval(0.95, len(seconds) - 1, seconds.mean(), stats.sem(seconds))
    assert (boots["name"], boots["visits"], boots["mean_s"]) == ("Boots", history.SHOPPERS, seconds.mean())
    assert (boots["ci_low_s"], boots["ci_high_s"]) == pytest.approx((low, high), rel=0.005)
    assert boots["hours"] == pytest.approx(seconds.sum() / 3600)
    assert tents == {**dict.fromkeys(boots), "kind": "display", "zone_id": "tents", "name": "Tents"}


def test_conversion_is_of_the_visits_that_a_receipt_names(manager: httpx.Client) -> None:
    (day,) = asked(manager, "conversion")["rows"]
    visits = history.SHOPPERS + history.LATE
    low, high = stats.binomtest(6, visits).proportion_ci(method="wilson")
    assert (day["visits"], day["buying"], day["share"]) == (visits, 6, 0.4)
    assert (day["ci_low"], day["ci_high"]) == pytest.approx((low, high), abs=1e-4)
    assert (day["receipts"], day["joined"]) == (7, 6)


def test_the_funnel_has_what_was_taken_back_taken_back(manager: httpx.Client) -> None:
    steps = {row["step"]: row for row in asked(manager, "funnel")["rows"]}
    prompts = {step: row["prompts"] for step, row in steps.items()}
    # two held out and one declined are withheld; what was silent is no prompt
    told = {"decided": 10, "shown": 10, "claimed": 8, "accepted": 6, "sold": 5}
    assert prompts == {"held_out": None, **told, "declined": None}
    low, high = stats.binomtest(6, 10).proportion_ci(method="wilson")
    accepted = steps["accepted"]
    assert (accepted["share"], accepted["ci_low"], accepted["ci_high"]) == pytest.approx((0.6, low, high), abs=1e-4)


def test_heat_is_seconds_by_square_metre_and_hour(manager: httpx.Client) -> None:
    rows = asked(manager, "heat")["rows"]
    cells = {(row["cell_x_m"], row["cell_y_m"], row["hour"]): (row["seconds"], row["visits"]) for row in rows}
    everybody = history.SHOPPERS + history.LATE
    # of a phone's last position nobody knows how long it held
    assert cells == {
        (3, 7, None): (everybody * history.STAY_S, everybody),
        (18, 7, None): (everybody * history.STAY_S, everybody),
        (3, 7, 10): (history.SHOPPERS * history.STAY_S, history.SHOPPERS),
        (18, 7, 10): (history.SHOPPERS * history.STAY_S, history.SHOPPERS),
    }


def test_lift_is_what_the_nights_have_found_until_then(manager: httpx.Client, serving: Stack) -> None:
    bundles = Path(serving["serve"].environment["AISLEWISE_BUNDLES"])
    assert asked(manager, "lift", **{"from": "2026-11-20"})["rows"] == []
    night(bundles, "2026-11-18-aa", {"lift": LIFT})
    try:
        assert asked(manager, "lift", **{"from": "2026-11-19"})["rows"] == [{"bundle": "2026-11-18-aa", **LIFT}]
        assert asked(manager, "lift", **{"from": "2026-11-01"})["rows"] == []
    finally:
        (bundles / "2026-11-18-aa" / "report.json").unlink()
        (bundles / "2026-11-18-aa").rmdir()


@pytest.mark.parametrize("name", REPORTS)
def test_files_have_the_same_figures(manager: httpx.Client, name: str) -> None:
    said = asked(manager, name)
    csv, parquet = (
        manager.get(f"/v1/stores/S1/reports/{name}", params={"from": str(history.DAY), "format": kind})
        for kind in ("csv", "parquet")
    )
    assert csv.headers["content-disposition"] == f'attachment; filename="S1-{name}-{history.DAY}.csv"'
    table = pq.read_table(io.BytesIO(parquet.content))
    assert json.loads(json.dumps(table.to_pylist(), default=str)) == said["rows"]
    assert table.schema.metadata[b"aislewise.query"].decode() == said["query"]
    assert pyarrow.csv.read_csv(io.BytesIO(csv.content)).num_rows == len(said["rows"])
    assert csv.text.splitlines()[0].replace('"', "").split(",") == table.column_names


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(("theme", "ink"), [("light", "#17211d"), ("dark", "#eef3f0"), ("contrast", "#ffffff")])
def test_a_plot_is_an_svg_in_the_colours_of_the_theme(manager: httpx.Client, name: str, theme: str, ink: str) -> None:
    asked_for = {"from": str(history.DAY), "theme": theme}
    answer = manager.get(f"/v1/stores/S1/reports/{name}.svg", params=asked_for)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "script" not in answer.headers["content-security-policy"]
    ElementTree.fromstring(answer.content)
    assert ink in answer.text
    assert manager.get(f"/v1/stores/S1/reports/{name}.svg", params=asked_for).content == answer.content


@pytest.mark.parametrize("name", ["visitors", "funnel"])
def test_a_plot_says_what_is_withheld(manager: httpx.Client, name: str) -> None:
    drawn = ElementTree.fromstring(
        manager.get(f"/v1/stores/S1/reports/{name}.svg", params={"from": str(history.DAY)}).content
    )
    assert "<5" in {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}


@pytest.mark.parametrize(("language", "word"), [("en", "accepted"), ("de", "angenommen"), ("es", "aceptadas")])
def test_a_plot_speaks_the_language_of_the_page(manager: httpx.Client, language: str, word: str) -> None:
    asked_for = {"from": str(history.DAY), "language": language}
    assert word in manager.get("/v1/stores/S1/reports/funnel.svg", params=asked_for).text


@pytest.mark.parametrize("name", REPORTS[:-1])
def test_a_day_without_history_is_empty_and_no_error(manager: httpx.Client, name: str) -> None:
    said = asked(manager, name, **{"from": "2024-01-01"})
    assert (said["rows"], said["as_of"]) == ([], None)
    assert manager.get(f"/v1/stores/S1/reports/{name}.svg", params={"from": "2024-01-01"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("reports/visitors?from=yesterday", 422, "from"),
        ("reports/visitors?from=2025-06-02&to=2025-06-01", 422, "to"),
        ("reports/visitors?from=2025-01-01&to=2025-06-01", 422, "to"),
        ("reports/visitors?format=xlsx", 422, "format"),
        ("reports/visitors.svg?theme=pink", 422, "theme"),
        ("reports/visitors.svg?language=fr", 422, "language"),
        ("reports/weather", 404, "name"),
    ],
)
def test_what_cannot_be_answered_says_which_part_is_wrong(
    manager: httpx.Client, path: str, status: int, field: str
) -> None:
    answer = manager.get(f"/v1/stores/S1/{path}")
    assert (answer.status_code, answer.json()["field"]) == (status, field)


@pytest.mark.parametrize("path", ["reports", "reports/visitors", "reports/visitors.svg"])
def test_reports_are_a_managers_of_the_store(client: httpx.Client, nobody: httpx.Client, path: str) -> None:
    assert client.get(f"/v1/stores/S1/{path}").status_code == 403
    assert client.get(f"/v1/stores/S1/{path}", headers=bearer("S2", "manager")).status_code == 403
    assert nobody.get(f"/v1/stores/S1/{path}").status_code == 401
    answer = nobody.get(f"/v1/stores/S2/{path}", headers=bearer("S2", "manager"))
    assert (answer.status_code, answer.json()["field"]) == (404, "store")
