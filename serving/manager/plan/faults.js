// What is wrong with a draft, all of it at once. The server has the last word when the plan is saved.

/** @import { Feature } from "/tablet/answers.js" */
/** @import { Box } from "/tablet/svg.js" */
/** @typedef {{zone: Feature, at: number}} Known a zone and its index */

import { bounds, rings } from "/tablet/svg.js";
import { floorOf, known } from "/tablet/zones.js";
import { isSimple, overlap } from "./geometry.js";

const OVERLAP_M2 = 0.01;

/** @typedef {{at: number[], key: string, values: Record<string, string | number>}} Fault `at` are indices of features */

/** @param {Feature[]} features @returns {Fault[]} */
export function faults(features) {
  const zones = features.map((zone, at) => ({ zone, at })).filter(({ zone }) => known(zone));
  return [...zones.flatMap((one) => own(one, zones)), ...overlaps(zones)];
}

/** @param {Known} one @param {Known[]} zones */
function own({ zone, at }, zones) {
  const { id, kind, department } = zone.properties;
  /** @type {(key: string, values?: Record<string, string>) => Fault} */
  const fault = (key, values = {}) => ({ at: [at], key, values: { id, ...values } });
  /** @type {Fault[]} */
  const found = [];
  if (!id) found.push(fault("plan.fault.no-id"));
  else if (zones.some((other) => other.at < at && other.zone.properties.id === id)) found.push(fault("plan.fault.twice"));
  if (!rings(zone).every(isSimple)) found.push(fault("plan.fault.crosses"));
  const isParent = (/** @type {Known} */ { zone: other }) => other.properties.kind === "department" && other.properties.id === department;
  if (kind === "display" && department && !zones.some(isParent)) found.push(fault("plan.fault.parent", { department }));
  return found;
}

/** @param {Known[]} zones */
function overlaps(zones) {
  const departments = zones
    .filter(({ zone }) => zone.properties.kind === "department" && rings(zone).every(isSimple))
    .map((one) => ({ ...one, box: bounds([one.zone]) }));
  /** @type {Fault[]} */
  const found = [];
  for (const [number, one] of departments.entries())
    for (const other of departments.slice(number + 1)) {
      if (floorOf(one.zone) !== floorOf(other.zone) || !meet(one.box, other.box)) continue;
      const area = overlap(one.zone, other.zone);
      const values = { id: one.zone.properties.id, other: other.zone.properties.id, area };
      if (area > OVERLAP_M2) found.push({ at: [one.at, other.at], key: "plan.fault.overlap", values });
    }
  return found;
}

/** @param {Box} one @param {Box} other */
function meet(one, other) {
  const along = one.x < other.x + other.width && other.x < one.x + one.width;
  return along && one.y < other.y + other.height && other.y < one.y + one.height;
}
