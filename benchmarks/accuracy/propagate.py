"""Hidden Markov model over cells and modes, compiled: forward in time, backward, and paths drawn backward.

A step goes from cell i and mode m to cell j and mode n with A[m, n] k_n(j − i) map_n(j) / Z_m(i): a kernel of its mode,
pulled to where the map has people. Kernels are products of one row's and one column's taps. `box` is the part of the
grid that is worth looking at: first and last row, first and last column.

The correlated part of the error is carried as each cell's mean of it (in sigmas), as if all that led to the cell were
one: moment matching as in a generalised pseudo-Bayesian filter (Bar-Shalom, Li 2001, "Estimation with Applications to
Tracking and Navigation", ch. 11).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.compiled import compiled

Field = NDArray[np.float32]
"""Shape (modes, rows, columns)."""
SMALLEST = 1e-5
"""Cells with less than this of the greatest belief are left out at the edges."""


class Model(NamedTuple):
    """One floor. Lengths are in cells."""

    map: Field
    norm: Field
    """1 / Z."""
    change: NDArray[np.float32]
    """A, shape (modes, modes)."""
    taps_x: NDArray[np.float32]
    taps_y: NDArray[np.float32]
    """Shape (modes, taps)."""
    prior: NDArray[np.float32]
    """Of the modes."""
    keeps: NDArray[np.float32]
    """By mode: how much of the correlated error is left after a step."""
    shared: float
    """Variance of the correlated error in sigma²; the rest, white, is at least that which makes 1."""
    white: float
    outliers: float
    outlier_scale: float


class Zoned(NamedTuple):
    """Zones of each cell and the part of the cell that lies in them: of a cell those at starts[cell] up to the next."""

    starts: NDArray[np.int64]
    zones: NDArray[np.int32]
    parts: NDArray[np.float32]


class Fixes(NamedTuple):
    """Pings of one visit on one floor. `node` is when they come, in steps; lengths in cells."""

    node: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    sigma: NDArray[np.float64]


@compiled
def blur(source: Any, taps_x: Any, taps_y: Any, box: Any, work: Any, out: Any) -> None:
    """`out` within the box: the source convolved with the taps; the source is zero outside of the box."""
    reach = len(taps_x) // 2
    r0, r1, c0, c1 = box
    for r in range(r0, r1):
        for c in range(c0, c1):
            work[r, c] = 0.0
        for k in range(len(taps_x)):
            w, by = taps_x[k], k - reach
            if w != 0.0:
                for c in range(max(c0, c0 + by), min(c1, c1 + by)):
                    work[r, c] += w * source[r, c - by]
    for r in range(r0, r1):
        for c in range(c0, c1):
            out[r, c] = 0.0
        for k in range(len(taps_y)):
            w, row = taps_y[k], r - (k - reach)
            if w != 0.0 and r0 <= row < r1:
                for c in range(c0, c1):
                    out[r, c] += w * work[row, c]


@compiled
def predict(model: Model, before: Any, after: Any, box: Any, mixed: Any, work: Any) -> None:
    """One step of a belief, or of a moment of it."""
    r0, r1, c0, c1 = box
    modes = len(before)
    for n in range(modes):
        for r in range(r0, r1):
            for c in range(c0, c1):
                mixed[r, c] = 0.0
            for m in range(modes):
                w = model.change[m, n]
                for c in range(c0, c1):
                    mixed[r, c] += w * before[m, r, c] * model.norm[m, r, c]
        blur(mixed, model.taps_x[n], model.taps_y[n], box, work, after[n])
        for r in range(r0, r1):
            for c in range(c0, c1):
                after[n, r, c] *= model.map[n, r, c]


@compiled
def forward(model: Model, fixes: Fixes, filtered: Any, predicted: Any, boxes: Any) -> None:
    """Fills beliefs by node (steps), those before each fix by fix, and the boxes by node."""
    modes, rows, columns = model.map.shape
    reach = model.taps_x.shape[1] // 2
    mixed, work = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    mean = np.zeros((2, modes, rows, columns), np.float32)
    moved = np.zeros((2, modes, rows, columns), np.float32)
    spread = np.full(modes, model.shared)
    whole = np.array([0, rows, 0, columns])
    fix = 0
    for node in range(len(filtered)):
        belief, box = filtered[node], boxes[node]
        if node == 0:
            begin(model, belief)
            box[:] = whole
        else:
            last = boxes[node - 1]
            box[0], box[1] = max(last[0] - reach, 0), min(last[1] + reach, rows)
            box[2], box[3] = max(last[2] - reach, 0), min(last[3] + reach, columns)
            predict(model, filtered[node - 1], belief, box, mixed, work)
            if model.shared > 0:
                for axis in range(2):
                    predict(model, mean[axis], moved[axis], box, mixed, work)
                    for m in range(modes):
                        for r in range(box[0], box[1]):
                            for c in range(box[2], box[3]):
                                mean[axis, m, r, c] = model.keeps[m] * moved[axis, m, r, c]
                relax(model, filtered[node - 1], last, spread)
        if fix < len(fixes.node) and fixes.node[fix] == node:
            copy(belief, box, predicted[fix])
            if weigh(model, fixes, fix, belief, mean, spread, box) < 1e-25:
                # nothing could have led there: begin again
                begin(model, belief)
                box[:] = whole
                mean[:] = 0.0
                spread[:] = model.shared
                copy(belief, box, predicted[fix])
                weigh(model, fixes, fix, belief, mean, spread, box)
            scale(belief, mean, box, model.shared > 0)
            crop(belief, mean, box, model.shared > 0)
            fix += 1


@compiled
def begin(model: Model, belief: Any) -> None:
    for m in range(len(belief)):
        belief[m] = model.map[m] * (model.prior[m] / model.map[m].sum())


@compiled
def copy(belief: Any, box: Any, out: Any) -> None:
    for m in range(len(belief)):
        out[m, box[0] : box[1], box[2] : box[3]] = belief[m, box[0] : box[1], box[2] : box[3]]


@compiled
def relax(model: Model, belief: Any, box: Any, spread: Any) -> None:
    """The variance of the correlated error a step later, by mode, mixed as the modes mix."""
    modes = len(belief)
    was, mass = spread.copy(), np.zeros(modes)
    for m in range(modes):
        mass[m] = belief[m, box[0] : box[1], box[2] : box[3]].sum() + 1e-12
    for n in range(modes):
        total, value = 0.0, 0.0
        for m in range(modes):
            total += model.change[m, n] * mass[m]
            value += model.change[m, n] * mass[m] * was[m]
        keeps2 = model.keeps[n] * model.keeps[n]
        spread[n] = keeps2 * value / total + (1 - keeps2) * model.shared


@compiled
def weigh(model: Model, fixes: Fixes, fix: int, belief: Any, mean: Any, spread: Any, box: Any) -> float:
    """Takes in a fix; the sum of beliefs then. `mean` is belief × mean of the correlated error."""
    x, y, sigma = fixes.x[fix], fixes.y[fix], fixes.sigma[fix]
    wild = (model.outlier_scale * sigma) ** 2
    total = 0.0
    for m in range(len(belief)):
        variance = model.white + spread[m]
        known = np.float32(-0.5 / (sigma * sigma * variance))
        density = np.float32((1 - model.outliers) / (sigma * sigma * variance))
        gain = np.float32(spread[m] / variance)
        for r in range(box[0], box[1]):
            for c in range(box[2], box[3]):
                b = belief[m, r, c]
                if b <= np.float32(1e-30):  # its reciprocal may be no number
                    belief[m, r, c], mean[0, m, r, c], mean[1, m, r, c] = 0.0, 0.0, 0.0
                    continue
                dx, dy = np.float32(x - c - 0.5), np.float32(y - r - 0.5)
                # a fix that fits nowhere still leaves the nearest cells the likeliest
                out = np.float32(model.outliers / wild) * np.exp(np.float32(-0.5 / wild) * (dx * dx + dy * dy))
                ux, uy = mean[0, m, r, c] / b, mean[1, m, r, c] / b
                dx, dy = dx - np.float32(sigma) * ux, dy - np.float32(sigma) * uy
                fits = density * np.exp(known * (dx * dx + dy * dy))
                after = b * (fits + out)
                share = gain * fits / (fits + out + np.float32(1e-30)) / np.float32(sigma)
                belief[m, r, c] = after
                mean[0, m, r, c], mean[1, m, r, c] = after * (ux + share * dx), after * (uy + share * dy)
                total += after
        spread[m] *= 1 - gain
    return total


@compiled
def scale(belief: Any, mean: Any, box: Any, carried: bool) -> None:
    """To a sum of 1."""
    total = np.float32(0.0)
    for m in range(len(belief)):
        total += belief[m, box[0] : box[1], box[2] : box[3]].sum()
    for m in range(len(belief)):
        for r in range(box[0], box[1]):
            for c in range(box[2], box[3]):
                belief[m, r, c] /= total
        if carried:
            mean[:, m, box[0] : box[1], box[2] : box[3]] /= total


@compiled
def crop(belief: Any, mean: Any, box: Any, carried: bool) -> None:
    """Draws the box close around what is worth looking at; outside all is zero."""
    most = np.float32(0.0)
    for m in range(len(belief)):
        for r in range(box[0], box[1]):
            for c in range(box[2], box[3]):
                most = max(most, belief[m, r, c])
    least = most * np.float32(SMALLEST)
    r0, r1, c0, c1 = box[1], box[0], box[3], box[2]
    for m in range(len(belief)):
        for r in range(box[0], box[1]):
            for c in range(box[2], box[3]):
                if belief[m, r, c] > least:
                    r0, r1, c0, c1 = min(r0, r), max(r1, r + 1), min(c0, c), max(c1, c + 1)
    for m in range(len(belief)):
        for r in range(box[0], box[1]):
            for c in range(box[2], box[3]):
                if not (r0 <= r < r1 and c0 <= c < c1):
                    belief[m, r, c] = 0.0
                    if carried:
                        mean[0, m, r, c], mean[1, m, r, c] = 0.0, 0.0
    box[0], box[1], box[2], box[3] = r0, r1, c0, c1


@compiled
def backward(
    model: Model, fixes: Fixes, filtered: Any, predicted: Any, boxes: Any, seconds: Any, zoned: Zoned, spent: Any
) -> None:
    """Adds the smoothed seconds by zone to `spent`, from what `forward` has left; `seconds` is by node."""
    modes, rows, columns = model.map.shape
    ratio, work = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    back = np.zeros((modes, rows, columns), np.float32)
    flipped_x, flipped_y = model.taps_x[:, ::-1].copy(), model.taps_y[:, ::-1].copy()
    last, fix = len(filtered) - 1, len(fixes.node) - 1
    smoothed = np.zeros((2, modes, rows, columns), np.float32)
    smoothed[last % 2] = filtered[last]
    one = np.zeros_like(spent)
    add(spent, smoothed[last % 2], boxes[last], seconds[last], zoned, one)
    for node in range(last - 1, -1, -1):
        fixed = fix >= 0 and fixes.node[fix] == node + 1
        box, later = boxes[node], boxes[node + 1]
        both = np.array([min(box[0], later[0]), max(box[1], later[1]), min(box[2], later[2]), max(box[3], later[3])])
        for n in range(modes):
            ratio[both[0] : both[1], both[2] : both[3]] = 0.0
            for r in range(later[0], later[1]):
                for c in range(later[2], later[3]):
                    was = predicted[fix, n, r, c] if fixed else filtered[node + 1, n, r, c]
                    if was > 1e-30:
                        ratio[r, c] = model.map[n, r, c] * smoothed[(node + 1) % 2, n, r, c] / was
            blur(ratio, flipped_x[n], flipped_y[n], both, work, back[n])
        here = smoothed[node % 2]
        here[:] = 0.0
        for m in range(modes):
            for r in range(box[0], box[1]):
                for c in range(box[2], box[3]):
                    value = np.float32(0.0)
                    for n in range(modes):
                        value += model.change[m, n] * back[n, r, c]
                    here[m, r, c] = filtered[node, m, r, c] * model.norm[m, r, c] * value
        total = np.float32(0.0)
        for m in range(modes):
            total += here[m, box[0] : box[1], box[2] : box[3]].sum()
        for m in range(modes):
            here[m, box[0] : box[1], box[2] : box[3]] /= total
        add(spent, here, box, seconds[node], zoned, one)
        if fixed:
            fix -= 1


@compiled
def add(spent: Any, belief: Any, box: Any, seconds: float, zoned: Zoned, one: Any) -> None:
    one[:] = 0.0
    by_zone(belief, box, zoned, one)
    for zone in range(len(one)):
        spent[zone] += seconds * one[zone]


@compiled
def draw(model: Model, filtered: Any, boxes: Any, chance: Any, cells: Any) -> None:
    """Fills `cells` (paths, nodes) with paths drawn backward; `chance` is uniform in [0, 1), of the same shape."""
    modes, rows, columns = model.map.shape
    across, along = spans(model.taps_x), spans(model.taps_y)
    reach = model.taps_x.shape[1] // 2
    weights = np.zeros(modes * max((2 * reach + 1) ** 2, rows * columns))
    last = len(filtered) - 1
    for path in range(len(cells)):
        r, c, n = _pick(filtered[last], boxes[last], chance[path, last], weights)
        cells[path, last] = r * columns + c
        for node in range(last - 1, -1, -1):
            box = boxes[node]
            r0, r1 = max(r + reach - along[n, 1] + 1, box[0]), min(r + reach - along[n, 0] + 1, box[1])
            c0, c1 = max(c + reach - across[n, 1] + 1, box[2]), min(c + reach - across[n, 0] + 1, box[3])
            total, count = 0.0, 0
            for m in range(modes):
                for i in range(r0, r1):
                    steps = model.change[m, n] * model.taps_y[n, r - i + reach]
                    for j in range(c0, c1):
                        w = filtered[node, m, i, j] * model.norm[m, i, j]
                        total += steps * model.taps_x[n, c - j + reach] * w
                        weights[count] = total
                        count += 1
            if total > 0:
                at = np.searchsorted(weights[:count], chance[path, node] * total)
                m, rest = divmod(min(at, count - 1), (r1 - r0) * (c1 - c0))
                i, j = divmod(rest, c1 - c0)
                r, c, n = r0 + i, c0 + j, m
            cells[path, node] = r * columns + c


@compiled
def spans(taps: Any) -> Any:
    """By mode, the first tap that is not zero and the one after the last."""
    found = np.zeros((len(taps), 2), np.int64)
    for mode in range(len(taps)):
        there = np.flatnonzero(taps[mode])
        found[mode, 0], found[mode, 1] = there[0], there[-1] + 1
    return found


@compiled
def _pick(belief: Any, box: Any, chance: float, weights: Any) -> tuple[int, int, int]:
    total, count = 0.0, 0
    for m in range(len(belief)):
        for r in range(box[0], box[1]):
            for c in range(box[2], box[3]):
                total += belief[m, r, c]
                weights[count] = total
                count += 1
    at = min(np.searchsorted(weights[:count], chance * total), count - 1)
    m, rest = divmod(at, (box[1] - box[0]) * (box[3] - box[2]))
    i, j = divmod(rest, box[3] - box[2])
    return box[0] + i, box[2] + j, m


@compiled
def by_zone(belief: Any, box: Any, zoned: Zoned, out: Any) -> None:
    """Adds the belief in each zone to `out`."""
    starts, zones, parts = zoned
    columns = belief.shape[2]
    for r in range(box[0], box[1]):
        for c in range(box[2], box[3]):
            p = np.float32(0.0)
            for m in range(len(belief)):
                p += belief[m, r, c]
            cell = r * columns + c
            for k in range(starts[cell], starts[cell + 1]):
                out[zones[k]] += p * parts[k]


@compiled
def spend_paths(cells: Any, seconds: Any, zoned: Zoned, out: Any) -> None:
    """Adds the seconds that each drawn path spends in each zone to `out` (paths, zones)."""
    starts, zones, parts = zoned
    for path in range(len(cells)):
        for node in range(cells.shape[1]):
            cell = cells[path, node]
            for k in range(starts[cell], starts[cell + 1]):
                out[path, zones[k]] += seconds[node] * parts[k]
