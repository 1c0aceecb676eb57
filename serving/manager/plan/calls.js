// The calls of the API about a store's plans.

/** @import { Feature } from "/tablet/answers.js" */
/** @typedef {{lon: number, lat: number, rotation_deg?: number}} Frame where the plan lies on Earth */
/** @typedef {{store: string, units?: string, timezone?: string, currency?: string, frame?: Frame}} Head */
/** @typedef {{aislewise: Head, features: Feature[]}} Plan */
/** @typedef {{version: string, timezone: string, floors: number[], width_m: number, depth_m: number, counts: Record<string, number>}} Summary */
/** @typedef {Summary & {from: string, state: "later"}} Later one that has not begun */
/** @typedef {Later | (Summary & {from: string | null, state: "past" | "now"})} Version `from` is null for one from the beginning on */

import { ask, post } from "/tablet/api.js";

/** @param {string} store @param {string} [rest] */
const at = (store, rest = "") => `/v1/stores/${encodeURIComponent(store)}/plans${rest}`;

/** @type {(store: string) => Promise<{plans: Version[]}>} */
export const versions = (store) => ask(at(store));
/** @type {(store: string, name: string) => Promise<Plan>} */
export const version = (store, name) => ask(at(store, `/${encodeURIComponent(name)}`));
/** @type {(store: string, plan: Plan) => Promise<Summary>} */
export const check = (store, plan) => ask(at(store, "/check"), post({ plan }));
/** @type {(store: string, how: object) => Promise<{plan: Plan, notes: string[]}>} */
export const imported = (store, how) => ask(at(store, "/import"), post(how));
// Lays a plan down that holds from a date on; null is from the beginning.
/** @type {(store: string, plan: Plan, from: string | null) => Promise<{version: string, from: string | null}>} */
export const save = (store, plan, from) => ask(at(store), post({ plan, from }));
/** @type {(store: string, from: string) => Promise<null>} */
export const takeBack = (store, from) => ask(at(store, `/${from}`), { method: "DELETE" });
