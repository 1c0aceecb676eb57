"""docs/asyncapi.yaml and docs/schemas/*.json from records.py: `python -m models.asyncapi [FOLDER]` writes them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from models.config import ROWS
from models.records import CATALOG, OUTCOME_KINDS, PING_BATCH, TABLES, TOPICS, VECTOR, Table
from models.requests import Asked

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TEXTS, NUMBERS = ("department", "zone_id", "name", "why", "say", "category", "offer"), ("price", "discount", "value")
WORDS = (*TEXTS, *NUMBERS, "on_hand")
"""What a prompt's record has beside the table's columns: the words that the board shows (docs/decisions/002)."""
_ALWAYS = ("name", "why", "say")

_TEXT: Mapping[str, Any] = {"type": "string"}
_HEADERS: Mapping[str, str] = {
    "schema": "name/version of the value's columns",
    "store": "the store's id, as the key",
    "gateway": "one run of one gateway process",
    "seq": "counts this gateway's records",
    "clock": "the gateway's clock when it sent the pings that this came from, ms since 1970",
    "corner": "x,y in metres (float64 as decimal text) that positions are relative to",
    "source": "topic/partition/offset/row of the input; consumers drop a source that they have passed",
    "reason": "why the record could not be taken",
    "worker": "who could not take it: dwell, prompts or history",
    "retry": "of a record that says how far the retry of a letter is: begun or done",
    "at": "begun: the offset from which on the record may stand again; done: the offset at which it does",
}
_HEADERS_OF: Mapping[str, tuple[str, ...]] = {
    "pings": ("schema", "store", "gateway", "seq", "clock", "corner"),
    "moments": ("schema", "source", "store", "clock"),
    "dwells": ("schema", "source", "store", "clock"),
    "visits": ("schema", "source", "store", "clock"),
    "prompts": ("source", "clock"),
    "dead-letters": ("reason", "source", "worker", "retry", "at"),
}
_SIDE: Mapping[str, str] = {
    "catalog": "Rows of products, offers, stock and pauses of offers as they change; compacted, keyed by the row.",
    "config": "Staff, paired tablets and settings of stores; compacted, keyed `<store>/<kind>/<id>`; no value is gone.",
    "requests": "Somebody asks for recommendations now; the prompt worker answers on the board.",
    "dead-letters": "Records that could not be taken, whole; their own headers come with the prefix `original-`.",
}


def json_schema(topic: str) -> dict[str, Any]:
    """The JSON Schema of a record of a JSON topic."""
    schema = _PUBLISHED[topic]() if topic in _PUBLISHED else _row_schema(TABLES[topic].schema)
    return {"$schema": DRAFT, "title": topic, **schema}


def documents() -> dict[str, str]:
    """File name below docs/ → content, for every file that is generated."""
    named = [table.name for table in TABLES.values() if table.travels == "json"] + ["catalog", "config", "requests"]
    files = {f"schemas/{name}.json": json.dumps(json_schema(name), indent=2) + "\n" for name in named}
    # JSON is YAML; a writer of YAML would be one more dependency for one file
    return files | {"asyncapi.yaml": json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n"}


def asyncapi() -> dict[str, Any]:
    """The whole description, AsyncAPI 3.0."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Aislewise on Kafka",
            "version": "1",
            "description": "Keyed by store (murmur2) unless a topic says otherwise. Generated from models/records.py.",
        },
        "channels": {topic: _channel(topic) for topic in TOPICS},
        "operations": {f"send-{topic}": _operation(topic) for topic in TOPICS},
    }


def _channel(topic: str) -> dict[str, Any]:
    return {"address": topic, "description": _about(topic), "messages": {"record": _message(topic)}}


def _operation(topic: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}


def _about(topic: str) -> str:
    return TABLES[topic].about if topic in TABLES else _SIDE[topic]


def _message(topic: str) -> dict[str, Any]:
    table = TABLES.get(topic)
    headers = {name: {"type": "string", "description": _HEADERS[name]} for name in _HEADERS_OF.get(topic, ())}
    described = {"headers": {"type": "object", "properties": headers}} if headers else {}
    if table and table.travels == "arrow":
        return {"contentType": "application/vnd.apache.arrow.stream", **described, "payload": _columns(table)}
    if topic == "dead-letters":
        return {"contentType": "application/octet-stream", **described, "payload": {}}
    return {"contentType": "application/json", **described, "payload": {"$ref": f"schemas/{topic}.json"}}


def _columns(table: Table) -> dict[str, Any]:
    """An Arrow batch as the object of its columns; JSON has no word for their types, so the description says them."""
    schema = PING_BATCH if table.name == "pings" else table.schema
    columns = {field.name: {"type": "array", "description": _column(field)} for field in schema}
    return {"type": "object", "description": "One Arrow record batch, a column a property.", "properties": columns}


def _column(field: pa.Field) -> str:
    return f"{field.type}{', may be null' if field.nullable else ''}"


def _row_schema(schema: pa.Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [field.name for field in schema if not field.nullable],
        "properties": {field.name: _property(field) for field in schema},
    }


def _property(field: pa.Field) -> dict[str, Any]:
    kind = _kind(field.type)
    return {**kind, "type": [kind["type"], "null"]} if field.nullable else kind


def _kind(kind: pa.DataType) -> dict[str, Any]:
    if kind == VECTOR:
        return {"type": "array", "items": {"type": ["number", "null"], "description": "null is unknown"}}
    if pa.types.is_list(kind):
        return {"type": "array", "items": _kind(kind.value_type)}
    if pa.types.is_timestamp(kind):
        return {"type": "integer", "description": "ms since 1970, UTC"}
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_integer(kind):
        return {"type": "integer"}
    return {"type": "number"} if pa.types.is_floating(kind) else dict(_TEXT)


def _purchases() -> dict[str, Any]:
    """One receipt a record; the lake has a row a line."""
    row = _row_schema(TABLES["purchases"].schema)
    of_line = ("sku", "quantity", "amount", "discount", "offer_id")
    line = {
        "type": "object",
        "required": [name for name in row["required"] if name in of_line],
        "properties": {name: row["properties"][name] for name in of_line},
    }
    head = {name: kind for name, kind in row["properties"].items() if name not in of_line}
    required = [name for name in row["required"] if name not in of_line]
    lines = {"type": "array", "minItems": 1, "items": line}
    return {"type": "object", "required": [*required, "lines"], "properties": {**head, "lines": lines}}


def _prompts() -> dict[str, Any]:
    row = _row_schema(TABLES["prompts"].schema)
    kinds = dict.fromkeys(TEXTS, "string") | dict.fromkeys(NUMBERS, "number") | {"on_hand": "integer"}
    words = {name: {"type": kind if name in _ALWAYS else [kind, "null"]} for name, kind in kinds.items()}
    return row | {"properties": {**row["properties"], **words}}


def _outcomes() -> dict[str, Any]:
    row = _row_schema(TABLES["outcomes"].schema)
    return row | {"properties": {**row["properties"], "kind": {"type": "string", "enum": list(OUTCOME_KINDS)}}}


def _catalog() -> dict[str, Any]:
    """A row that holds from now on, or null for one that is gone; the record's key is `key`."""
    rows = [_row_schema(schema) for schema in CATALOG.values()]
    keys = "products/<sku>, offers/<offer_id>, stock/<store>/<sku> or pauses/<store>/<offer_id>"
    properties = {
        "table": {"type": "string", "enum": list(CATALOG)},
        "key": {"type": "string", "description": keys},
        "row": {"anyOf": [*rows, {"type": "null"}]},
    }
    return {"type": "object", "required": ["table", "key", "row"], "properties": properties}


def _config() -> dict[str, Any]:
    """A row as models/config.py has it, by its kind."""
    _, defined = msgspec.json.schema_components(ROWS.values(), ref_template="#/$defs/{name}")
    rows = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in ROWS.values()]
    properties = {
        "store_id": _TEXT,
        "kind": {"type": "string", "enum": list(ROWS)},
        "id": {"type": "string", "description": "a name, a tablet's id, or `lock`"},
        "row": {"anyOf": rows},
    }
    return {"type": "object", "required": list(properties), "properties": properties, "$defs": defined}


def _requests() -> dict[str, Any]:
    """A message as models/requests.py has it."""
    (_,), defined = msgspec.json.schema_components([Asked])
    return dict(defined["Asked"])


_PUBLISHED = {
    "purchases": _purchases,
    "prompts": _prompts,
    "outcomes": _outcomes,
    "catalog": _catalog,
    "config": _config,
    "requests": _requests,
}


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for name, content in documents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


if __name__ == "__main__":
    main()
