// Elements of SVG, and the box around zones. y points up in a plan and down on the page.

/** @import { Feature } from "./answers.js" */
/** @typedef {{x: number, y: number, width: number, height: number}} Box */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} name
 * @param {Record<string, string | number>} [attributes]
 */
export function make(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** @param {Pick<Feature, "geometry">} zone */
export function rings({ geometry }) {
  return geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : geometry.coordinates;
}

// {x, y, width, height} on the page, in metres.
/** @type {(zones: Pick<Feature, "geometry">[]) => Box} */
export function bounds(zones) {
  const points = zones.flatMap(rings).flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => -y)];
  const least = (/** @type {number[]} */ values) => values.reduce((a, b) => Math.min(a, b));
  const most = (/** @type {number[]} */ values) => values.reduce((a, b) => Math.max(a, b));
  return { x: least(xs), y: least(ys), width: most(xs) - least(xs), height: most(ys) - least(ys) };
}
