"""Bodies of `POST /v1/purchases` and `/v1/checkins`: a receipt is taken whole or not at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from models.web.problems import Problem
from streams.gateway.rows import LONGEST_DEVICE_ID, Fault, device_id, timestamp, whole

MOST_LINES = 10_000
_INT32 = 2**31


def receipt(given: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the topic `purchases`, ts in ms, the customer still as sent. Raises Problem 413 and 422."""
    lines = given.get("lines")
    if not isinstance(lines, list) or not lines:
        raise Problem(422, "lines is missing, empty or no list", "lines")
    if len(lines) > MOST_LINES:
        raise Problem(413, f"{len(lines)} lines are more than {MOST_LINES}", "lines")
    return {
        "store_id": given["store_id"],
        "receipt_id": _text(given, "receipt_id"),
        "ts": _time(given),
        "till": _optional_text(given, "till"),
        "visit_id": _optional_text(given, "visit_id"),
        "customer_id": _optional_text(given, "customer_id"),
        "lines": [_line(line, row) for row, line in enumerate(lines)],
    }


def checkin(given: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the topic `checkins`, both ids still as sent. Raises Problem 422."""
    try:
        device = device_id(given)
    except Fault as fault:
        raise Problem(422, f"device_id {fault.reason}", "device_id") from None
    if not isinstance(given.get("consent"), bool):
        raise Problem(422, "consent is missing or neither true nor false", "consent")
    return {
        "store_id": given["store_id"],
        "ts": _time(given),
        "device_id": device,
        "customer_id": _text(given, "customer_id"),
        "consent": given["consent"],
    }


def _line(line: object, row: int) -> dict[str, Any]:
    at = f"lines[{row}]"
    if not isinstance(line, dict):
        raise Problem(422, f"{at} is not an object", at)
    quantity = whole(line.get("quantity"))
    if not quantity or not -_INT32 <= quantity < _INT32:
        raise Problem(422, f"{at}.quantity is missing, 0 or no integer", f"{at}.quantity")
    return {
        "sku": _text(line, "sku", at),
        "quantity": quantity,
        "amount": _money(line, "amount", at),
        "discount": None if line.get("discount") is None else _money(line, "discount", at),
        "offer_id": _optional_text(line, "offer_id", at),
    }


def _money(line: Mapping[str, Any], field: str, at: str) -> float:
    value = line.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15 or math.isnan(value):
        raise Problem(422, f"{at}.{field} is missing or no finite number", f"{at}.{field}")
    return float(value)


def _time(given: Mapping[str, Any]) -> int:
    try:
        return timestamp(given.get("ts"))
    except Fault as fault:
        raise Problem(422, f"ts {fault.reason}", "ts") from None


def _text(given: Mapping[str, Any], field: str, at: str = "") -> str:
    value = given.get(field)
    where = f"{at}.{field}" if at else field
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_DEVICE_ID:
        raise Problem(422, f"{where} is missing or no text of 1 to {LONGEST_DEVICE_ID} characters", where)
    return value


def _optional_text(given: Mapping[str, Any], field: str, at: str = "") -> str | None:
    return None if given.get(field) is None else _text(given, field, at)
