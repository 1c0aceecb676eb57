// Snapping: a point goes to a corner that is near, else to a side, else to the grid. Pure values.

import { rings } from "/tablet/svg.js";
import { corners, edges, nearest } from "./geometry.js";

/** @import { Feature } from "/tablet/answers.js" */
/** @import { Point, Side } from "./geometry.js" */
/** @typedef {{corners: Point[], sides: Side[]}} Targets */

/** What zones offer to snap to. @param {Feature[]} zones @returns {Targets} */
export function targets(zones) {
  const all = zones.flatMap(rings);
  return { corners: all.flatMap(corners), sides: all.flatMap(edges) };
}

/** A point, snapped within `reach` metres; `grid` 0 is none. @param {Point} at @param {Targets} targets @param {number} reach @param {number} grid @returns {Point} */
export function snapped(at, { corners: points, sides }, reach, grid) {
  return closest(at, points, reach) ?? closest(at, sides.map((side) => nearest(at, side)), reach) ?? onGrid(at, grid);
}

/**
 * By how much a zone that is moved by [dx, dy] is really moved: one of its corners snaps.
 * @type {(zone: Feature, by: Point, found: Targets, reach: number, grid: number) => Point}
 */
export function snappedMove(zone, [dx, dy], found, reach, grid) {
  const own = rings(zone).flatMap(corners);
  const moves = own.map(([x, y]) => {
    const at = [x + dx, y + dy];
    const to = snapped(at, found, reach, 0);
    return { by: [to[0] - x, to[1] - y], far: to === at ? Infinity : distance(at, to) };
  });
  const best = moves.reduce((one, other) => (other.far < one.far ? other : one));
  if (best.far < Infinity) return best.by;
  const [x, y] = onGrid([own[0][0] + dx, own[0][1] + dy], grid);
  return [x - own[0][0], y - own[0][1]];
}

/** @param {Point} at @param {Point[]} points @param {number} reach */
function closest(at, points, reach) {
  const near = points.map((point) => ({ point, far: distance(at, point) })).filter(({ far }) => far <= reach);
  return near.length ? near.reduce((one, other) => (other.far < one.far ? other : one)).point : null;
}

/** @param {Point} at @param {number} grid */
function onGrid(at, grid) {
  return grid ? at.map((value) => Math.round(value / grid) * grid) : at;
}

/** Metres between two points. @param {Point} one @param {Point} other */
export function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0);
}
