"""GET shoppers, plan, health and metrics: what is on the board comes back whole, and nothing else."""

from __future__ import annotations

import httpx
import redis

from models.board import Recommendation
from models.keys import Board
from tests.serving.store import PLAN, Filler


def test_an_empty_store_is_an_empty_array(client: httpx.Client) -> None:
    answer = client.get("/v1/stores/S1/shoppers")
    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["cache-control"] == "no-store"


def test_a_visit_comes_with_its_dwell_and_recommendations(client: httpx.Client, filler: Filler) -> None:
    filler.visit("v1", 3.5, 7.0, display="boots", dwell={"shoes": 42.5, "boots": 21.0})
    filler.visit("v2", 18.0, 2.0, department=None, dwell={})
    filler.recommend(
        "v1",
        Recommendation("sku-1", 0.5, "why", "say", "offer-1"),
        Recommendation("sku-2", 0.25, "why", "say"),
    )
    by_id = {visit.pop("visit_id"): visit for visit in client.get("/v1/stores/S1/shoppers").json()}
    assert by_id == {
        "v1": {
            "x_m": 3.5,
            "y_m": 7.0,
            "floor": 0,
            "department": "shoes",
            "display": "boots",
            "since": "2025-06-02T12:00:00.000Z",
            "dwell": {"shoes": 42.5, "boots": 21.0},
            "recommendations": [
                {"sku": "sku-1", "score": 0.5, "why": "why", "say": "say", "offer_id": "offer-1"},
                {"sku": "sku-2", "score": 0.25, "why": "why", "say": "say"},
            ],
        },
        "v2": {
            "x_m": 18.0,
            "y_m": 2.0,
            "floor": 0,
            "department": None,
            "display": None,
            "since": "2025-06-02T12:00:00.000Z",
            "dwell": {},
            "recommendations": [],
        },
    }


def test_one_bad_value_hides_no_other(client: httpx.Client, filler: Filler, board: redis.Redis) -> None:
    filler.visit("good")
    board.hset(Board.visits("S1"), "bad", "{")
    board.hset(Board.recommendations("S1"), "good", '{"not": "a list"}')
    (visit,) = client.get("/v1/stores/S1/shoppers").json()
    assert (visit["visit_id"], visit["recommendations"]) == ("good", [])


def test_the_plan_is_the_file(client: httpx.Client) -> None:
    answer = client.get("/v1/stores/S1/plan")
    assert answer.json() == PLAN
    assert answer.headers["content-type"] == "application/geo+json"


def test_health_and_metrics_need_no_token(nobody: httpx.Client) -> None:
    assert nobody.get("/healthz").status_code == 200
    assert nobody.get("/readyz").json() == {"status": "ready"}
    nobody.get("/v1/stores/S9/shoppers")
    text = nobody.get("/metrics").text
    assert 'aislewise_serving_requests_total{call="shoppers",method="GET",status="401"}' in text
    assert "S9" not in text
