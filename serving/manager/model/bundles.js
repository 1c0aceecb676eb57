// The calls on bundles: which there are, and who is champion.

/** @import { Lift } from "/tablet/answers.js" */
/** @typedef {{estimate: number, ci_low: number, ci_high: number}} Interval */
/** @typedef {{prompts: number, visits: number, difference: Interval}} Comparison of challenger and champion, money a prompt */
/** @typedef {{verdict: string, why: string, lift: Lift | null, comparison: Comparison | null}} Judged by the night */
/**
 * A bundle, whose `problem` is why it cannot be read.
 * @typedef {{
 *   version: string, state: string, state_why: string, trained_from: string | null, trained_to: string | null,
 *   parent: string | null, metrics: Record<string, number>, problem: string | null, judged: Judged | null,
 * }} Bundle
 */
/** @typedef {{before: string, champions: string[], share: number}} Canary the champion before, which keeps a share */
/** @typedef {{champion: string | null, back_to: string | null, canary: Canary | null, bundles: Bundle[]}} Bundles */

import { ask, post } from "/tablet/api.js";

/** @type {() => Promise<Bundles>} */
export const listed = () => ask("/v1/bundles");

// The champion that is named is the one that shall go.
/** @type {(champion: string) => Promise<Bundles>} */
export const rollBack = (champion) => ask("/v1/bundles/rollback", post({ bundle: champion }));

// The bundle becomes champion; `before`, where it is named, keeps a share of the visits.
/** @type {(bundle: string, before?: string) => Promise<Bundles>} */
export const promote = (bundle, before) => ask("/v1/bundles/promote", post({ bundle, before }));
