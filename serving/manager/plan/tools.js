// What a hand does on the drawing, one tool at a time. Points are the plan's metres, already snapped.

/** @import { Feature, Geometry, Ring } from "/tablet/answers.js" */
/** @import { Point } from "./geometry.js" */
/** @typedef {number[]} Place of a corner: the number of its ring, and its own there */
/** @typedef {{zone: Feature, corner?: Place}} Holds what a hand has touched of the zone that is chosen */

/**
 * `down` answers whether the gesture is the tool's own, and else it pans; `sketch` is what to show meanwhile. One with
 * `points` sets them click by click, an `exact` one does not snap.
 * @typedef {{
 *   down: (at: Point, holds: Holds | null) => boolean, move: (at: Point) => void, up?: () => void,
 *   click?: (at: Point, reach: number) => void, key?: (name: string) => boolean, finish?: () => void,
 *   readonly sketch: Point[], readonly points?: Point[], readonly exact?: boolean,
 *   readonly held?: (Holds & {from: Point}) | null,
 * }} Tool
 */

import { area, box, closed, moved, withRings } from "./geometry.js";
import { distance } from "./snap.js";
import { rings } from "/tablet/svg.js";

const LEAST_M2 = 0.01;

/** Draws a rectangle from corner to corner. */
export class RectangleTool {
  /** @type {Point | null} */
  from = null;
  /** @type {Ring | null} */
  ring = null;

  /** @param {(ring: Ring) => void} done */
  constructor(done) {
    this.done = done;
  }

  /** @param {Point} at */
  down(at) {
    this.from = at;
    return true;
  }

  /** @param {Point} at */
  move(at) {
    if (this.from) this.ring = box(this.from, at);
  }

  up() {
    const { ring } = this;
    this.ring = null;
    if (ring && area(ring) > LEAST_M2) this.done(ring);
  }

  get sketch() {
    return this.ring ?? [];
  }
}

/** Sets corner by corner; the first one again, or Enter, closes the polygon. */
export class PolygonTool {
  /** @type {Point[]} */
  points = [];
  /** @type {Point | null} */
  hover = null;

  /** @param {(ring: Ring) => void} done */
  constructor(done) {
    this.done = done;
  }

  down() {
    return false;
  }

  /** @param {Point} at */
  move(at) {
    this.hover = at;
  }

  /** @param {Point} at @param {number} reach */
  click(at, reach) {
    const last = this.points.at(-1);
    if (this.points.length > 2 && distance(at, this.points[0]) <= reach) this.finish();
    else if (!last || distance(at, last) > 0) this.points.push(at);
  }

  /** @param {string} name */
  key(name) {
    if (name === "Enter") this.finish();
    else if (name === "Backspace") this.points.pop();
    else return false;
    return true;
  }

  finish() {
    const { points } = this;
    this.points = [];
    this.hover = null;
    if (points.length > 2) this.done(closed(points));
  }

  get sketch() {
    return this.points.length && this.hover ? [...this.points, this.hover] : this.points;
  }
}

/** Picks as many points as are wanted. */
export class PointsTool {
  exact = true;
  /** @type {Point[]} */
  points = [];

  /** @param {number} count @param {(points: Point[]) => void} done */
  constructor(count, done) {
    this.count = count;
    this.done = done;
  }

  down() {
    return false;
  }

  move() {}

  /** @param {Point} at */
  click(at) {
    this.points.push(at);
    if (this.points.length === this.count) this.done(this.points);
  }

  get sketch() {
    return this.points;
  }
}

/** Moves the zone that is chosen, or one of its corners. */
export class MoveTool {
  /** @type {(Holds & {from: Point}) | null} */
  held = null;
  /** @type {Geometry | null} */
  result = null;

  /** @param {(geometry: Geometry) => void} done */
  constructor(done) {
    this.done = done;
  }

  /** @param {Point} at @param {Holds | null} holds */
  down(at, holds) {
    this.held = holds && { ...holds, from: at };
    this.result = null;
    return Boolean(holds);
  }

  /** @param {Point} at */
  move(at) {
    if (!this.held) return;
    const { zone, corner, from } = this.held;
    const [dx, dy] = [at[0] - from[0], at[1] - from[1]];
    this.result = corner ? withCorner(zone.geometry, corner, at) : moved(zone.geometry, dx, dy);
  }

  up() {
    const { result } = this;
    this.held = null;
    this.result = null;
    if (result) this.done(result);
  }

  get sketch() {
    return this.result ? rings({ geometry: this.result })[0] : [];
  }
}

/**
 * A geometry with one corner elsewhere, or with none there where `at` is null.
 * @param {Geometry} geometry @param {Place} place @param {Point | null} at
 */
export function withCorner(geometry, [ring, number], at) {
  const all = rings({ geometry }).map((points, i) => {
    if (i !== ring) return points;
    return closed(points.slice(0, -1).toSpliced(number, 1, ...(at ? [at] : [])));
  });
  return withRings(geometry, all);
}

/** A geometry with one corner more: in the middle of the side that begins at a corner. @param {Geometry} geometry @param {Place} place */
export function withMoreCorners(geometry, [ring, number]) {
  const all = rings({ geometry }).map((points, i) => {
    if (i !== ring) return points;
    const [[x0, y0], [x1, y1]] = [points[number], points[number + 1]];
    return points.toSpliced(number + 1, 0, [(x0 + x1) / 2, (y0 + y1) / 2]);
  });
  return withRings(geometry, all);
}
