// What a hand does on the drawing, one tool at a time. Points are the plan's metres, already snapped.
// `down` answers whether the gesture is the tool's own, and else it pans; `sketch` is what to show meanwhile.

import { area, box, closed, moved, withRings } from "./geometry.js";
import { distance } from "./snap.js";
import { rings } from "/tablet/svg.js";

const LEAST_M2 = 0.01;

/** Draws a rectangle from corner to corner. */
export class RectangleTool {
  constructor(done) {
    Object.assign(this, { done, ring: null });
  }

  down(at) {
    this.from = at;
    return true;
  }

  move(at) {
    this.ring = box(this.from, at);
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
  constructor(done) {
    Object.assign(this, { done, points: [], hover: null });
  }

  down() {
    return false;
  }

  move(at) {
    this.hover = at;
  }

  click(at, reach) {
    if (this.points.length > 2 && distance(at, this.points[0]) <= reach) this.finish();
    else if (!this.points.length || distance(at, this.points.at(-1)) > 0) this.points.push(at);
  }

  key(name) {
    if (name === "Enter") this.finish();
    else if (name === "Backspace") this.points.pop();
    else return false;
    return true;
  }

  finish() {
    const points = this.points;
    Object.assign(this, { points: [], hover: null });
    if (points.length > 2) this.done(closed(points));
  }

  get sketch() {
    return this.points.length && this.hover ? [...this.points, this.hover] : this.points;
  }
}

/** Picks as many points as are wanted. */
export class PointsTool {
  constructor(count, done) {
    Object.assign(this, { count, done, points: [], exact: true });
  }

  down() {
    return false;
  }

  move() {}

  click(at) {
    this.points.push(at);
    if (this.points.length === this.count) this.done(this.points);
  }

  get sketch() {
    return this.points;
  }
}

/** Moves the zone that is chosen, or one of its corners. `holds` says what was touched: {zone, corner: [ring, number]}. */
export class MoveTool {
  constructor(done) {
    Object.assign(this, { done, held: null, result: null });
  }

  down(at, holds) {
    this.held = holds && { ...holds, from: at };
    this.result = null;
    return Boolean(holds);
  }

  move(at) {
    const { zone, corner, from } = this.held ?? {};
    if (!zone) return;
    const [dx, dy] = [at[0] - from[0], at[1] - from[1]];
    this.result = corner ? withCorner(zone.geometry, corner, at) : moved(zone.geometry, dx, dy);
  }

  up() {
    const { result } = this;
    Object.assign(this, { held: null, result: null });
    if (result) this.done(result);
  }

  get sketch() {
    return this.result ? rings({ geometry: this.result })[0] : [];
  }
}

/** A geometry with one corner elsewhere, or with none there where `at` is null. */
export function withCorner(geometry, [ring, number], at) {
  const all = rings({ geometry }).map((points, i) => {
    if (i !== ring) return points;
    return closed(points.slice(0, -1).toSpliced(number, 1, ...(at ? [at] : [])));
  });
  return withRings(geometry, all);
}

/** A geometry with one corner more: in the middle of the side that begins at a corner. */
export function withMoreCorners(geometry, [ring, number]) {
  const all = rings({ geometry }).map((points, i) => {
    if (i !== ring) return points;
    const [[x0, y0], [x1, y1]] = [points[number], points[number + 1]];
    return points.toSpliced(number + 1, 0, [(x0 + x1) / 2, (y0 + y1) / 2]);
  });
  return withRings(geometry, all);
}
