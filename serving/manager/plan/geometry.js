// Polygons as pure values: rings of [x, y] in metres, y up, the first corner again at the end. No drawing here.

/** @import { Feature, Geometry, Ring } from "/tablet/answers.js" */
/** @typedef {number[]} Point x and y */
/** @typedef {Point[]} Side from one point to another */

import { rings } from "/tablet/svg.js";

/** @param {number} value */
export const round = (value) => Math.round(value * 1000) / 1000; // whole millimetres

/** A rectangle between two opposite corners. @param {Point} one @param {Point} other @returns {Ring} */
export function box([x0, y0], [x1, y1]) {
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [low, high] = [Math.min(y0, y1), Math.max(y0, y1)];
  return [[left, low], [right, low], [right, high], [left, high], [left, low]];
}

/** A geometry with every point changed. @param {Geometry} geometry @param {(at: Point) => Point} change @returns {Geometry} */
export function mapped(geometry, change) {
  const ring = (/** @type {Ring} */ points) => points.map((at) => change(at).map(round));
  const polygon = (/** @type {Ring[]} */ parts) => parts.map(ring);
  if (geometry.type === "MultiPolygon") return { type: geometry.type, coordinates: geometry.coordinates.map(polygon) };
  return { type: geometry.type, coordinates: polygon(geometry.coordinates) };
}

/** A geometry moved. @param {Geometry} geometry @param {number} dx @param {number} dy */
export function moved(geometry, dx, dy) {
  return mapped(geometry, ([x, y]) => [x + dx, y + dy]);
}

/** A geometry whose rings, in the order of `rings`, are these. @param {Geometry} geometry @param {Ring[]} all @returns {Geometry} */
export function withRings(geometry, all) {
  if (geometry.type !== "MultiPolygon") return { type: "Polygon", coordinates: all };
  const left = [...all];
  return { type: "MultiPolygon", coordinates: geometry.coordinates.map((polygon) => left.splice(0, polygon.length)) };
}

/** The corners of a ring, each once. @param {Ring} ring */
export function corners(ring) {
  return ring.slice(0, -1);
}

/** A ring of corners. @param {Point[]} points @returns {Ring} */
export function closed(points) {
  return [...points, points[0]];
}

/** Whether a point lies in an area that rings enclose (even and odd). @param {Ring[]} all @param {Point} at */
export function contains(all, [x, y]) {
  let inside = false;
  for (const [[x0, y0], [x1, y1]] of all.flatMap(edges))
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
  return inside;
}

/** @param {Ring} ring @returns {Side[]} */
export function edges(ring) {
  return ring.slice(1).map((to, i) => [ring[i], to]);
}

/** Square metres in a ring. @param {Ring} ring */
export function area(ring) {
  return Math.abs(edges(ring).reduce((sum, [[x0, y0], [x1, y1]]) => sum + x0 * y1 - x1 * y0, 0) / 2);
}

/** The point of a segment that is nearest. @param {Point} at @param {Side} side @returns {Point} */
export function nearest([x, y], [[x0, y0], [x1, y1]]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length2 = dx * dx + dy * dy;
  const share = length2 ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length2)) : 0;
  return [x0 + share * dx, y0 + share * dy];
}

/** Where two segments cross, null where they don't or are parallel. @param {Side} one @param {Side} other @returns {Point | null} */
export function crossing([[ax, ay], [bx, by]], [[cx, cy], [dx, dy]]) {
  const [ux, uy, vx, vy] = [bx - ax, by - ay, dx - cx, dy - cy];
  const turn = ux * vy - uy * vx;
  if (Math.abs(turn) < 1e-12) return null;
  const [s, t] = [((cx - ax) * vy - (cy - ay) * vx) / turn, ((cx - ax) * uy - (cy - ay) * ux) / turn];
  return s >= 0 && s <= 1 && t >= 0 && t <= 1 ? [ax + s * ux, ay + s * uy] : null;
}

/** Whether the outline crosses itself, or has no area. @param {Ring} ring */
export function isSimple(ring) {
  const sides = edges(ring);
  if (corners(ring).length < 3 || area(ring) < 1e-6) return false;
  const apart = (/** @type {number} */ i, /** @type {number} */ j) => j > i + 1 && !(i === 0 && j === sides.length - 1);
  return !sides.some((one, i) => sides.some((other, j) => apart(i, j) && crossing(one, other)));
}

/** Square metres that two areas share, exactly: between their corners and crossings both have straight sides. @param {Ring[]} ones @param {Ring[]} others */
export function sharedArea(ones, others) {
  const [left, right] = [Math.max(least(ones), least(others)), Math.min(most(ones), most(others))];
  if (left >= right) return 0;
  const within = (/** @type {Side} */ [[x0], [x1]]) => Math.max(x0, x1) > left && Math.min(x0, x1) < right;
  const [sides, otherSides] = [ones, others].map((all) => all.flatMap(edges).filter(within));
  const crossings = sides.flatMap((one) => otherSides.map((other) => crossing(one, other))).filter((at) => at !== null);
  const stops = [...ones.flat(), ...others.flat(), ...crossings].map(([x]) => x).filter((x) => x > left && x < right);
  const xs = [left, ...stops.sort((a, b) => a - b), right];
  const strip = (/** @type {number} */ from, /** @type {number} */ to) => (to - from) * common(spans(sides, (from + to) / 2), spans(otherSides, (from + to) / 2));
  return xs.slice(1).reduce((sum, to, i) => (to > xs[i] ? sum + strip(xs[i], to) : sum), 0);
}

// Where a vertical line is inside: the heights at which it crosses the sides, sorted, in pairs.
/** @param {Side[]} sides @param {number} x */
function spans(sides, x) {
  const crossed = sides.filter(([[x0], [x1]]) => x0 > x !== x1 > x);
  return crossed.map(([[x0, y0], [x1, y1]]) => y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)).sort((a, b) => a - b);
}

/** @param {number[]} ones @param {number[]} others */
function common(ones, others) {
  let sum = 0;
  for (let i = 0; i + 1 < ones.length; i += 2)
    for (let j = 0; j + 1 < others.length; j += 2)
      sum += Math.max(0, Math.min(ones[i + 1], others[j + 1]) - Math.max(ones[i], others[j]));
  return sum;
}

/** @param {Ring[]} all */
const least = (all) => all.flat().reduce((x, [other]) => Math.min(x, other), Infinity);
/** @param {Ring[]} all */
const most = (all) => all.flat().reduce((x, [other]) => Math.max(x, other), -Infinity);

/** Square metres that two zones share. @param {Feature} one @param {Feature} other */
export function overlap(one, other) {
  return sharedArea(rings(one), rings(other));
}
