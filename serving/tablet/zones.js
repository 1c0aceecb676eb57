// A floor's zones as shapes with their names: departments below, displays above, what else the plan has between.

/** @import { Feature } from "./answers.js" */
/** @import { Box } from "./svg.js" */

import { bounds, make, rings } from "./svg.js";

const ORDER = ["department", "staff", "checkout", "entrance", "obstacle", "display"];
const AREAS = ["Polygon", "MultiPolygon"];

/** Whether it is a zone: a plan may hold points, lines and other kinds beside. @param {Feature} feature */
export function known({ properties, geometry }) {
  return ORDER.includes(properties?.kind) && AREAS.includes(geometry?.type);
}

/** @param {Feature} zone */
export function floorOf(zone) {
  return zone.properties.floor ?? 0;
}

// The elements of a floor; `unit` is a hundredth of the floor's longer side, m.
/** @param {Feature[]} zones @param {number} unit */
export function drawn(zones, unit) {
  const inOrder = zones.toSorted((a, b) => ORDER.indexOf(a.properties.kind) - ORDER.indexOf(b.properties.kind));
  const displays = zones.filter(({ properties }) => properties.kind === "display").map((zone) => bounds([zone]));
  return [...inOrder.map(outline), ...inOrder.flatMap((zone) => label(zone, displays, unit))];
}

/** @param {Feature} zone */
function outline(zone) {
  const { kind, id, name } = zone.properties;
  const path = rings(zone).map((ring) => `M${ring.map(([x, y]) => `${x} ${-y}`).join("L")}Z`);
  const shape = make("path", { class: `zone ${kind}`, d: path.join(""), "data-testid": `zone-${kind}`, "data-zone": id });
  shape.appendChild(make("title")).textContent = name || id;
  return shape;
}

/** @param {Feature} zone @param {Box[]} displays @param {number} unit */
function label(zone, displays, unit) {
  const { kind, name, id } = zone.properties;
  if (kind === "obstacle") return [];
  const { x, y, width, height } = bounds([zone]);
  const text = name || id;
  // as large as fits on the zone, up to a size for its kind
  const size = Math.min(unit * (kind === "department" ? 3.2 : 2), (1.6 * width) / text.length, height * 0.8);
  const middle = y + height / 2 + size * 0.35;
  const lines = kind === "department" ? [y + size * 1.3, middle, y + height - size * 0.5] : [middle];
  const line = freest(lines, size, { x, width }, displays);
  const element = make("text", { class: `label ${kind}`, x: x + width / 2, y: line, "font-size": size });
  element.textContent = text;
  return [element];
}

// The first of the base lines where a text of this size covers the fewest displays.
/** @param {number[]} lines @param {number} size @param {{x: number, width: number}} along @param {Box[]} displays */
function freest(lines, size, { x, width }, displays) {
  const covered = (/** @type {number} */ line) =>
    displays.filter((box) => box.x < x + width && x < box.x + box.width && box.y < line && line - size < box.y + box.height);
  const counts = lines.map((line) => covered(line).length);
  return lines[counts.indexOf(Math.min(...counts))];
}
