"""docs/asyncapi.yaml and docs/schemas are what records.py says, and real records fit them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import numpy as np
import pytest
import yaml

from models import catalog, config
from models.asyncapi import documents, json_schema
from models.catalog import Catalog, Product
from models.recommender.decide import decide
from models.recommender.situation import Past, Situation
from models.records import TOPICS
from streams.gateway import sales_in
from streams.words import words

DOCS = Path(__file__).parents[2] / "docs"
RECEIPT = {
    "store_id": "S1",
    "receipt_id": "r1",
    "ts": "2026-11-24T09:00:00Z",
    "lines": [{"sku": "a", "quantity": 2, "amount": 3.5}],
}
CHECKIN = {"store_id": "S1", "device_id": "d", "customer_id": "c", "ts": 1, "consent": True}


@pytest.mark.parametrize("name", list(documents()))
def test_the_file_is_what_the_generator_writes(name: str) -> None:
    assert (DOCS / name).read_text() == documents()[name], "run: python -m models.asyncapi"


def test_every_topic_is_described_and_every_reference_resolves() -> None:
    described = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
    assert set(described["channels"]) == set(TOPICS)
    for channel in described["channels"].values():
        payload = channel["messages"]["record"]["payload"]
        assert "$ref" not in payload or (DOCS / payload["$ref"]).is_file()


def valid(topic: str, record: Any) -> None:
    jsonschema.validate(json.loads(json.dumps(record)), json_schema(topic))


def test_what_the_gateway_sends_is_valid() -> None:
    valid("purchases", sales_in.receipt(RECEIPT))
    valid("checkins", sales_in.checkin(CHECKIN))


def test_a_decided_prompt_and_a_silent_one_are_valid() -> None:
    shop = Catalog([Product("a", "Apple", "Fruit", "apples", 2.0, 1.0)])
    for number in range(20):
        asked = Situation(f"{number:016x}", "v", "S1", 1, "display", "x", features=np.zeros(8, np.float32))
        for one in decide(asked, None, shop, Past(), slots=1, explore=0.5, prompts_per_visit=5):
            valid("prompts", {**one.row(False, False), **words(one), "department": None})


def test_a_row_of_the_catalogue_and_its_deletion_are_valid() -> None:
    row = Product("a", "Apple", "Fruit", "apples")
    key = catalog.key_of(row)
    for record in (catalog.record_of(key, row), catalog.record_of(key, None)):
        valid("catalog", msgspec.to_builtins(record))


def test_rows_of_the_configuration_are_valid_and_others_are_not() -> None:
    rows = {"staff": config.Staff(1), "tablet": config.Tablet("Till", None, 1, 2), "lock": config.Lock(5)}
    for kind, row in rows.items():
        valid("config", config.record_of("S1", kind, "x", row))
    with pytest.raises(jsonschema.ValidationError):
        valid("config", {**config.record_of("S1", "lock", "lock", config.Lock(5)), "row": {"hours": 1}})


@pytest.mark.parametrize("missing", ["store_id", "receipt_id", "ts", "lines"])
def test_a_receipt_without_a_field_is_not_valid(missing: str) -> None:
    record = {name: value for name, value in sales_in.receipt(RECEIPT).items() if name != missing}
    with pytest.raises(jsonschema.ValidationError):
        valid("purchases", record)
