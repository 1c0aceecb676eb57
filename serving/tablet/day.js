// What somebody has done today, counted on this tablet as it is tapped; what is undone has not been.

/** @import { Words } from "./words.js" */
/** @import { Kind, Lift } from "./answers.js" */
/** @typedef {"taken" | "sold" | "accepted" | "declined" | "passed"} Count */
/** @typedef {Record<Count, number> & {date: string}} Day */

/** @type {Record<string, Count>} */
const COUNTED = { claimed: "taken", released: "passed" };

export const NONE = { date: "", taken: 0, sold: 0, accepted: 0, declined: 0, passed: 0 };

// The day after an answer (+1) or its undo (−1); `kind` is an outcome's kind, "claimed" counts as taken.
/** @type {(day: Day | null, kind: Kind, by: number, date: string) => Day} */
export function counted(day, kind, by, date) {
  const today = day?.date === date ? day : { ...NONE, date };
  const name = COUNTED[kind] ?? /** @type {Count} */ (kind);
  return { ...today, [name]: Math.max(0, today[name] + by) };
}

export function dateOf(now = new Date()) {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

// What prompts bring in words, with the interval; nothing is claimed where it may as well be nothing.
/** @param {Words} words @param {Lift | null} lift @param {string | null} currency */
export function told(words, lift, currency) {
  if (!lift) return words.of("lift.none");
  const [estimate, low, high] = [lift.estimate, lift.ci_low, lift.ci_high].map((one) => words.money(one, currency));
  const key = lift.ci_low > 0 ? "lift.more" : lift.ci_high < 0 ? "lift.less" : "lift.unclear";
  return words.of(key, { estimate, low, high, from: words.date(lift.from_date), to: words.date(lift.to_date) });
}
