"""What came of a prompt, as a tablet posts it and as the topic `outcomes` carries it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from models.records import OUTCOME_KINDS
from models.web.problems import Problem

MAX_TEXT = 500
MAX_KEY = 200


class PostedOutcome(msgspec.Struct):
    """The body of `POST /v1/prompts/{prompt_id}/outcome`."""

    kind: str
    reason: str | None = None
    ts: int | float | str | None = None
    undoes: str | None = None
    """Of `undone`, the key of the outcome that it takes back; without it, all that was said of the prompt."""


class Outcome(msgspec.Struct):
    """A record of the topic: the columns of records.OUTCOMES, `ts` in ms."""

    outcome_id: str
    store_id: str
    prompt_id: str
    visit_id: str | None
    ts: int
    kind: str
    undoes: str | None
    reason: str | None
    staff: str | None


def idempotency_key(header: str | None) -> str:
    """Raises Problem 422."""
    if not header or len(header) > MAX_KEY or not header.isascii() or not header.isprintable():
        raise Problem(422, f"a header of 1 to {MAX_KEY} printable characters is needed", "Idempotency-Key")
    return header


def check(posted: PostedOutcome, now_ms: int, ahead_ms: float) -> int:
    """The outcome's `ts` in ms. Raises Problem 422 that names the field."""
    if posted.kind not in OUTCOME_KINDS:
        raise Problem(422, f"{posted.kind[:80]!r} is none of {', '.join(OUTCOME_KINDS)}", "kind")
    if posted.reason is not None and len(posted.reason) > MAX_TEXT:
        raise Problem(422, f"longer than {MAX_TEXT} characters", "reason")
    if posted.undoes is not None and not 0 < len(posted.undoes) <= MAX_KEY:
        raise Problem(422, f"not of 1 to {MAX_KEY} characters", "undoes")
    ts_ms = now_ms if posted.ts is None else milliseconds(posted.ts)
    if not 0 <= ts_ms <= now_ms + ahead_ms:
        raise Problem(422, "before 1970, or ahead of the clock here", "ts")
    return ts_ms


def milliseconds(ts: int | float | str) -> int:
    """Since 1970, from milliseconds or ISO 8601 (UTC where it names no zone). Raises Problem 422."""
    try:
        return _parsed(ts) if isinstance(ts, str) else int(ts)
    except (ValueError, OverflowError):
        raise Problem(422, f"{str(ts)[:80]!r} is neither ISO 8601 nor milliseconds", "ts") from None


def _parsed(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
