"""What speaks for a receipt being a visit's: log-odds of each possible pair, against both being with nobody.

A visit that buys is a source of one receipt, and people whose phones were not seen are a source of many. A pair's odds
are the density of such a receipt from that visit over the density of receipts of people who were not seen: by the till
and its time, by where the visit dwelled, and by the customer that both name. How many visits buy, and how many buyers
are not seen, is learned from each store's own data; the rest is how people pay, in seconds and shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.recommender.knowledge import Goods, Indices, Numbers
from training.history import Receipts
from training.matching import Pairs
from training.tills import Stays
from training.visitors import Visits

LEAVES_S, EARLY_S = 15.0, 5.0
"""Who has paid packs and walks off; clocks and positions let the stay seem to end some seconds before."""
LINGERS, LINGERS_S = 0.05, 60.0
"""Share of those who stay on at the till, and for how long."""
GREETED_S, GREETED, PASSING = 10.0, 0.93, 0.5
"""Paying takes this long at least; shares of payers, and of others' stays, that began so long before the receipt."""
GONE_S, GONE_LATE, GONE_LATE_S = 60.0, 0.1, 600.0
"""From the receipt to the visit's last ping; some sit down in the café."""
SILENT_S = 300.0
"""A phone may have been silent at the till: as long as a visit bridges silence."""
MISSED = 0.05
"""Share of payers whose phone was seen in the store and not at their till."""
WALKED_S, WALKED = 5.0, 0.9
"""What was bought was looked at for this long, nine times in ten."""
AT_LEAST = 0.02
"""So much speaks for a visit that dwelled nowhere where it bought: somebody else may have fetched it."""
SAME, ONE_SIDED = 200.0, 0.3
"""Both name one customer; only one of them names one, for not everybody checks in or shows the card."""
AROUND_S = 900.0
"""The rate of receipts is counted over this time before and after."""
BUYS, NOT_SEEN, BELIEVED = 0.75, 0.3, 5.0
"""Shares of visits that buy and of receipts from people without a phone, and of how many visits that is worth."""
LEAST_ODDS = 1e-3


@dataclass(frozen=True)
class Shares:
    """What is believed of one store: shares of visits that buy, alone and in company, and of buyers not seen."""

    alone: float = BUYS
    together: float = BUYS
    not_seen: float = NOT_SEEN

    @classmethod
    def of(cls, matched: Numbers, together: NDArray[np.bool_], receipts: int) -> Shares:
        """After so many matches of each visit are expected; shapes (visits,)."""
        buys = [_share(float(matched[rows].sum()), int(rows.sum()), BUYS) for rows in (~together, together)]
        return cls(buys[0], buys[1], _share(receipts - float(matched.sum()), receipts, NOT_SEEN))

    def log_odds(self, together: NDArray[np.bool_]) -> Numbers:
        """What a pair owes to its visit's kind alone."""
        buys = np.where(together, self.together, self.alone)
        return np.asarray(np.log(buys / (1 - buys) / self.not_seen))


def _share(counted: float, of: int, believed: float) -> float:
    return float(np.clip((counted + BELIEVED * believed) / (of + BELIEVED), 0.01, 0.99))


def pairs(
    receipts: Receipts, rows: Indices, seen: Visits, visits: Indices, goods: Goods, at_tills: Stays | None
) -> Pairs:
    """The possible pairs of one store's receipts and visits, each by its row; what `Shares` says is not in them."""
    there = None if at_tills is None else at_tills.only(at_tills.store == receipts.store[rows[0]])
    by_time = _by_time(receipts, rows, seen, visits, missed=there is not None and len(there) > 0)
    parts = [by_time] if there is None else [by_time, *_by_till(receipts, rows, seen, visits, there)]
    found = _best(parts)
    found = Pairs(found.left, found.right, found.log_odds + _customers(receipts, seen, found))
    found = found.only(found.log_odds > np.log(LEAST_ODDS))
    return Pairs(found.left, found.right, found.log_odds + _paths(receipts, seen, visits, goods, found))


def _by_time(receipts: Receipts, rows: Indices, seen: Visits, visits: Indices, *, missed: bool) -> Pairs:
    """Visits that had begun and end around the receipt; `missed` where a phone at the till would have been seen."""
    ends = visits[np.argsort(seen.last_ms[visits], kind="stable")]
    ts, last = receipts.ts_ms[rows], seen.last_ms[ends]
    first = np.searchsorted(last, ts - round(SILENT_S * 1000))
    row, place = spread(first, np.searchsorted(last, ts + round(5 * GONE_LATE_S * 1000)))
    left, right = rows[row], ends[place]
    begun = seen.first_ms[right] <= receipts.ts_ms[left]
    left, right = left[begun], right[begun]
    gone_s = (seen.last_ms[right] - receipts.ts_ms[left]) / 1000
    density = (1 - GONE_LATE) * _around(gone_s, GONE_S, GONE_S) + GONE_LATE * _around(gone_s, GONE_S, GONE_LATE_S)
    odds = np.log(density) - np.log(_rate(ts))[np.searchsorted(rows, left)]
    return Pairs(left, right, odds + np.log(MISSED if missed else 1.0))


def _by_till(receipts: Receipts, rows: Indices, seen: Visits, visits: Indices, there: Stays) -> list[Pairs]:
    """Visits that stood at the receipt's till, or at any where it names none."""
    of_stay = _visits_of(there, seen, visits)
    tills = np.array([till or "" for till in receipts.till[rows]], object)
    found = []
    for till in sorted(set(tills)):
        ours, stays = rows[tills == till], np.flatnonzero((of_stay >= 0) & ((there.till == till) | (till == "")))
        found.append(_at_till(receipts, ours, there, stays, of_stay))
    return found


def _at_till(receipts: Receipts, rows: Indices, there: Stays, stays: Indices, of_stay: Indices) -> Pairs:
    stays = stays[np.argsort(there.end_ms[stays], kind="stable")]
    ts, end = receipts.ts_ms[rows], there.end_ms[stays]
    row, place = spread(*(np.searchsorted(end, ts + round(sign * 5 * LINGERS_S * 1000)) for sign in (-1, 1)))
    left, stay = rows[row], stays[place]
    after_s = (there.end_ms[stay] - receipts.ts_ms[left]) / 1000
    density = (1 - LINGERS) * _around(after_s, EARLY_S, LEAVES_S) + LINGERS * _around(after_s, LINGERS_S, LINGERS_S)
    greeted = receipts.ts_ms[left] - there.begin_ms[stay] >= GREETED_S * 1000
    odds = np.log(density) + np.where(greeted, np.log(GREETED / PASSING), np.log((1 - GREETED) / (1 - PASSING)))
    return Pairs(left, of_stay[stay], np.asarray(odds - np.log(_rate(ts))[row], float))


def _visits_of(there: Stays, seen: Visits, visits: Indices) -> Indices:
    """The row of the visit in which each stay lies, −1 for none; shape (stays,)."""
    code = {phone: number for number, phone in enumerate(sorted(set(seen.phone[visits])))}
    phone = np.array([code[one] for one in seen.phone[visits]], np.int64)
    visits = visits[np.lexsort((seen.first_ms[visits], phone))]
    phone = np.sort(phone)
    asked = np.array([code.get(one, -1) for one in there.phone], np.int64)
    # times in ms need less than 42 bits
    at = np.searchsorted((phone << 42) + seen.first_ms[visits], (asked << 42) + there.end_ms, "right") - 1
    found = visits[np.maximum(at, 0)]
    fits = (asked >= 0) & (at >= 0) & (phone[np.maximum(at, 0)] == asked) & (seen.last_ms[found] >= there.begin_ms)
    return np.where(fits, found, -1)


def _customers(receipts: Receipts, seen: Visits, found: Pairs) -> Numbers:
    """Where both name a customer it is the same one, or it is somebody else's receipt."""
    bought, came = receipts.customer[found.left], seen.customer[found.right]
    has, had = np.array([bool(one) for one in bought], bool), np.array([bool(one) for one in came], bool)
    same = has & had & (bought == came)
    return np.asarray(np.select([same, has & had, has ^ had], [np.log(SAME), -np.inf, np.log(ONE_SIDED)], 0.0), float)


def _paths(receipts: Receipts, seen: Visits, visits: Indices, goods: Goods, found: Pairs) -> Numbers:
    """For each pair, by the groups that were bought: looked at there or not, beside how many visits look there."""
    walked = [(row, group) for row in visits.tolist() for group, s in seen.path[row].items() if s >= WALKED_S]
    groups, known = len(goods.groups), np.array([bool(path) for path in seen.path], bool)
    if not walked:
        return np.zeros(len(found))
    places = np.sort(np.array([row * groups + group for row, group in walked], np.int64))
    share = np.bincount(places % groups, minlength=groups) / max(int(known[visits].sum()), 1)
    receipt, group = _bought(receipts, np.isin(receipts.line_receipt, found.left), goods, share)
    edge, line = spread(np.searchsorted(receipt, found.left), np.searchsorted(receipt, found.left, "right"))
    asked = found.right[edge] * groups + group[line]
    there = places[np.minimum(np.searchsorted(places, asked), len(places) - 1)] == asked
    usual = np.clip(share[group[line]], 0.01, 0.99)
    each = np.where(there, np.log(WALKED / usual), np.log((1 - WALKED) / (1 - usual)))
    total = np.bincount(edge, each, len(found))
    return np.where(known[found.right], np.maximum(total, np.log(AT_LEAST)), 0.0)


def _bought(receipts: Receipts, rows: NDArray[np.bool_], goods: Goods, share: Numbers) -> tuple[Indices, Indices]:
    """(receipt, group) of these lines, in their order: a category where anybody looks at it, else the department."""
    item, groups = receipts.line_item[rows], len(goods.groups)
    category, department = goods.category_group[item], goods.department_group[item]
    group = np.where(share[category] > 0, category, department)
    lines = np.unique((receipts.line_receipt[rows] * groups + group)[share[group] > 0])
    return lines // groups, lines % groups


def _best(parts: list[Pairs]) -> Pairs:
    """Each pair once, by what speaks most for it."""
    left, right, odds = (
        np.concatenate([getattr(one, name) for one in parts]) for name in ("left", "right", "log_odds")
    )
    order = np.lexsort((-odds, right, left))
    left, right, odds = left[order], right[order], odds[order]
    first = np.ones(len(left), bool)
    first[1:] = (np.diff(left) != 0) | (np.diff(right) != 0)
    return Pairs(left[first], right[first], odds[first])


def _rate(ts_ms: Indices) -> Numbers:
    """Receipts a second around each of these."""
    ordered, around = np.sort(ts_ms), round(AROUND_S * 1000)
    counted = np.searchsorted(ordered, ts_ms + around, "right") - np.searchsorted(ordered, ts_ms - around)
    return counted / (2 * AROUND_S)


def _around(seconds: Numbers, before_s: float, after_s: float) -> Numbers:
    """A density that falls by e in `before_s` and `after_s` to either side of 0."""
    return np.exp(np.where(seconds < 0, seconds / before_s, -seconds / after_s)) / (before_s + after_s)


def spread(first: Indices, last: Indices) -> tuple[Indices, Indices]:
    """Every (row, place) with first[row] ≤ place < last[row]."""
    count = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
