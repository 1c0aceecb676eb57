"""Which days a report is about: local days of the store, which begin at its own midnight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from models.web.problems import Problem

MOST_DAYS = 92
QUARTER_MS, _DAY = 900_000, timedelta(days=1)
NAIVE = pa.timestamp("ms")
"""Times in queries are UTC without saying so: DuckDB needs no calendar of time zones for them."""


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date
    timezone: ZoneInfo

    @classmethod
    def parse(cls, first: str | None, last: str | None, timezone: ZoneInfo, now_ms: int) -> Period:
        """Without a first day it is today, without a last one the first alone. Raises Problem 422."""
        today = datetime.fromtimestamp(now_ms / 1000, timezone).date()
        begins = _date(first, "from") if first else today
        ends = _date(last, "to") if last else begins
        if ends < begins:
            raise Problem(422, f"{ends} is before {begins}", "to")
        if (ends - begins).days >= MOST_DAYS:
            raise Problem(422, f"{begins} to {ends} is more than {MOST_DAYS} days: ask for fewer", "to")
        return cls(begins, ends, timezone)

    @property
    def start_ms(self) -> int:
        return self._midnight(self.first)

    @property
    def end_ms(self) -> int:
        """The first moment after it."""
        return self._midnight(self.last + _DAY)

    def lake_dates(self) -> set[str]:
        """The lake's dates that may have rows of it, and of visits that began the day before or were bought after."""
        days = (self.last - self.first).days + 1
        return {str(self.first + offset * _DAY) for offset in range(-1, days + 1)}

    def quarters(self) -> pa.Table:
        """Its quarters of an hour, counted since 1970: when each `starts`, its `date` and `hour` on the store's clock.

        No clock in the world is changed within one.
        """
        starts = range(self.start_ms, self.end_ms, QUARTER_MS)
        local = [datetime.fromtimestamp(ts_ms / 1000, self.timezone) for ts_ms in starts]
        columns = {
            "quarter": pa.array([ts_ms // QUARTER_MS for ts_ms in starts], pa.int64()),
            "starts": pa.array(starts, pa.int64()).cast(NAIVE),
            "date": pa.array([one.date() for one in local], pa.date32()),
            "hour": pa.array([one.hour for one in local], pa.int32()),
        }
        return pa.table(columns)

    def _midnight(self, day: date) -> int:
        return int(datetime.combine(day, time(), self.timezone).timestamp() * 1000)


def naive(ts_ms: int) -> datetime:
    """A time as queries take it."""
    return datetime.fromtimestamp(ts_ms / 1000, UTC).replace(tzinfo=None)


def _date(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem(422, f"{text[:80]!r} is no date, as in 2026-11-24", field) from None
