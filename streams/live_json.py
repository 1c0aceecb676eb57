"""Live visits as JSON, thousands in one call: the same fields as models.board.LiveVisit, a hundredth of its time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.dwell.compiled import borrowed, compiled, inlined
from streams.dwell.engine import Engine, Live

Bytes = NDArray[np.uint8]
ID, SINCE = 16, 24
"""Characters of a visit's id, and of the time of its first ping in ISO 8601."""
_FARTHEST = 1e12
_NUMBER = 20
_TEXTS = (
    '{"visit_id":"', '","x_m":', ',"y_m":', ',"sigma_m":', ',"floor":', ',"department":', ',"display":', ',"since":"',
)  # fmt: skip
_MORE = ('","dwell":{', "null", "}}")
_FIXED = len("".join((*_TEXTS, _MORE[0], _MORE[2]))) + ID + SINCE


class Texts(NamedTuple):
    """Texts in one array: the i-th ends at `stops[i]`."""

    text: Bytes
    stops: NDArray[np.int64]

    @classmethod
    def of(cls, parts: Sequence[bytes]) -> Texts:
        return cls(as_bytes(b"".join(parts)), np.cumsum([len(part) for part in parts], dtype=np.int64))

    @property
    def longest(self) -> int:
        return int(np.diff(self.stops, prepend=0).max(initial=0))


def as_bytes(text: bytes) -> Bytes:
    return np.frombuffer(text, np.uint8).copy()


def zone_names(zone_ids: Sequence[str]) -> Texts:
    """As JSON writes them, quotes and all."""
    return Texts.of([msgspec.json.encode(zone_id) for zone_id in zone_ids])


_KEYS = Texts.of([text.encode() for text in (*_TEXTS, *_MORE)])


def warm(engine: Engine) -> None:
    """Compiles it, or loads it from the cache."""
    write(engine.live(engine.slots()), np.zeros((0, ID + SINCE), np.uint8), zone_names([]))


def write(live: Live, heads: Bytes, names: Texts) -> list[bytes]:
    """One JSON a visit; `heads` are its id and the time of its first ping, a row each. Unknown numbers are null."""
    room = len(live.phone) * (_FIXED + 4 * _NUMBER + 2 * (names.longest + 4)) + len(live.zones) * (
        names.longest + _NUMBER + 2
    )
    out, ends = np.empty(room, np.uint8), np.empty(len(live.phone), np.int64)
    columns = (live.x, live.y, live.sd, live.floor, live.department, live.display, live.stops, live.zones, live.seconds)
    size = _write(out, ends, heads.ravel(), *columns, *names, *_KEYS)
    text, stops = out[:size].tobytes(), ends.tolist()
    return [text[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]


@compiled
def _write(
    out: Any, ends: Any, heads: Any, xs: Any, ys: Any, sds: Any, floors: Any, departments: Any, displays: Any,
    stops: Any, zones: Any, seconds: Any, names: Any, name_stops: Any, keys: Any, key_stops: Any,
) -> int:  # fmt: skip
    out, heads, names, keys = borrowed(out), borrowed(heads), borrowed(names), borrowed(keys)
    name_stops, key_stops = borrowed(name_stops), borrowed(key_stops)
    at, cell = 0, 0
    for i in range(len(ends)):
        at = _copy(out, at, keys, 0, key_stops[0])
        at = _copy(out, at, heads, i * (ID + SINCE), i * (ID + SINCE) + ID)
        at = _number(out, _text(out, at, keys, key_stops, 1), xs[i])
        at = _number(out, _text(out, at, keys, key_stops, 2), ys[i])
        at = _number(out, _text(out, at, keys, key_stops, 3), sds[i])
        at = _whole(out, _text(out, at, keys, key_stops, 4), np.int64(floors[i]))  # −(−32768) is no int16
        at = _name(out, _text(out, at, keys, key_stops, 5), departments[i], names, name_stops, keys, key_stops)
        at = _name(out, _text(out, at, keys, key_stops, 6), displays[i], names, name_stops, keys, key_stops)
        at = _copy(out, _text(out, at, keys, key_stops, 7), heads, i * (ID + SINCE) + ID, (i + 1) * (ID + SINCE))
        at = _text(out, at, keys, key_stops, 8)
        first = cell
        while cell < stops[i]:
            if cell > first:
                out[at] = 44  # ,
                at += 1
            at = _text(out, at, names, name_stops, zones[cell])
            out[at] = 58  # :
            at = _number(out, at + 1, seconds[cell])
            cell += 1
        at = _text(out, at, keys, key_stops, 10)
        ends[i] = at
    return at


@inlined
def _copy(out: Any, at: int, text: Any, start: int, stop: int) -> int:
    for i in range(start, stop):
        out[at] = text[i]
        at += 1
    return at


@inlined
def _text(out: Any, at: int, text: Any, stops: Any, which: int) -> int:
    return _copy(out, at, text, stops[which - 1] if which > 0 else 0, stops[which])


@inlined
def _name(out: Any, at: int, zone: int, names: Any, name_stops: Any, keys: Any, key_stops: Any) -> int:
    if zone < 0:
        return _text(out, at, keys, key_stops, 9)
    return _text(out, at, names, name_stops, zone)


@inlined
def _number(out: Any, at: int, value: float) -> int:
    """To three places; what is not finite is null, what is too far is as far as one goes."""
    if not math.isfinite(value):
        for letter in (110, 117, 108, 108):  # null
            out[at] = letter
            at += 1
        return at
    thousandths = np.int64(np.rint(min(max(value, -_FARTHEST), _FARTHEST) * 1000.0))
    if thousandths < 0:
        out[at] = 45  # -
        at, thousandths = at + 1, -thousandths
    at = _whole(out, at, thousandths // 1000)
    out[at] = 46  # .
    rest = thousandths % 1000
    out[at + 1], out[at + 2], out[at + 3] = 48 + rest // 100, 48 + rest // 10 % 10, 48 + rest % 10
    return at + 4


@inlined
def _whole(out: Any, at: int, value: int) -> int:
    if value < 0:
        out[at] = 45  # -
        at, value = at + 1, -value
    digits, rest = 1, value // 10
    while rest > 0:
        digits, rest = digits + 1, rest // 10
    for i in range(at + digits - 1, at - 1, -1):
        out[i] = 48 + value % 10
        value //= 10
    return at + digits
