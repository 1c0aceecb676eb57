"""docs/openapi.yaml is what the code says, whole, and every reference in it leads somewhere."""

from __future__ import annotations

import json
import re
from typing import Any

from jsonschema import Draft202012Validator

from aislewise import openapi


def test_the_file_is_the_code_s() -> None:
    assert openapi.FILE.read_text() == openapi.text(), "run: python -m aislewise.openapi"


def test_every_call_says_what_it_does_and_no_two_have_a_name() -> None:
    operations: list[dict[str, Any]] = [one for path in openapi.document()["paths"].values() for one in path.values()]
    assert len(operations) >= 39
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(len(one["summary"]) > 5 and one["responses"] for one in operations)


def test_parameters_are_those_of_the_path() -> None:
    for path, methods in openapi.document()["paths"].items():
        named = re.findall(r"{(\w+)}", path)
        for one in methods.values():
            assert [given["name"] for given in one.get("parameters", [])] == named


def test_schemas_are_schemas_and_references_lead_somewhere() -> None:
    document = openapi.document()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    assert references
    assert {name.rpartition("/")[2] for name in references} <= set(schemas)
