// Who is with whom: those who have walked through the store together since this page looks. To stand beside somebody says
// nothing, for at a popular display strangers do. Those who came together and stand apart are not found.

/** @import { Visit } from "./answers.js" */
/** @typedef {{at: number, x: number, y: number, floor: number}} Step */
/** @typedef {{close: number, steps: number, from: [Step, Step], walked: [number, number]}} Pair what two have done since they met */

const STEP_MS = 5000; // positions closer in time say nothing new
const NEAR_M = 3; // in the mean over what they walked: fixes err by as much
const APART_M = 8; // further apart at a time, and what they did together is over
const WALKED_M = 12; // this far from where they met, both of them
const LEAST_STEPS = 6;

export class Company {
  constructor() {
    /** @type {Map<string, Map<string, Pair>>} */
    this.pairs = new Map();
    this.at = -Infinity;
  }

  // Takes where everybody is. `now` in ms.
  /** @param {Map<string, Visit>} visits @param {number} now */
  watch(visits, now) {
    if (now < this.at + STEP_MS) return;
    this.at = now;
    const everybody = [...visits.values()].sort((a, b) => a.x_m - b.x_m);
    /** @type {Map<string, Map<string, Pair>>} */
    const pairs = new Map();
    everybody.forEach((one, i) => {
      for (let j = i + 1; j < everybody.length && everybody[j].x_m - one.x_m < APART_M; j++) {
        const [a, b] = one.visit_id < everybody[j].visit_id ? [one, everybody[j]] : [everybody[j], one];
        const apart = Math.hypot(a.x_m - b.x_m, a.y_m - b.y_m);
        if (a.floor !== b.floor || apart >= APART_M) continue;
        const before = this.pairs.get(a.visit_id)?.get(b.visit_id);
        const kept = pairs.get(a.visit_id) ?? new Map();
        pairs.set(a.visit_id, kept.set(b.visit_id, gone(before, a, b, apart, now)));
      }
    });
    this.pairs = pairs;
  }

  // How many somebody is with.
  /** @param {string} visitId */
  of(visitId) {
    let count = 0;
    for (const [first, others] of this.pairs)
      for (const [second, pair] of others) if ((first === visitId || second === visitId) && together(pair)) count++;
    return count;
  }
}

/** @param {Pair | undefined} pair @param {Visit} a @param {Visit} b @param {number} apart @param {number} at @returns {Pair} */
function gone(pair, a, b, apart, at) {
  const here = (/** @type {Visit} */ { x_m, y_m, floor }) => ({ at, x: x_m, y: y_m, floor });
  if (!pair) return { close: apart, steps: 1, from: [here(a), here(b)], walked: [0, 0] };
  const far = (/** @type {Visit} */ one, /** @type {number} */ i) =>
    Math.max(pair.walked[i], Math.hypot(one.x_m - pair.from[i].x, one.y_m - pair.from[i].y));
  return { ...pair, close: pair.close + apart, steps: pair.steps + 1, walked: [far(a, 0), far(b, 1)] };
}

/** @param {Pair} pair */
function together({ close, steps, walked }) {
  return steps >= LEAST_STEPS && close / steps < NEAR_M && Math.min(...walked) >= WALKED_M;
}
