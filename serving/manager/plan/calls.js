// The calls of the API about a store's plans.

import { ask, post } from "/tablet/api.js";

const at = (store, rest = "") => `/v1/stores/${encodeURIComponent(store)}/plans${rest}`;

/** @returns {Promise<{plans: object[]}>} */
export const versions = (store) => ask(at(store));
export const version = (store, name) => ask(at(store, `/${encodeURIComponent(name)}`));
export const check = (store, plan) => ask(at(store, "/check"), post({ plan }));
/** @returns {Promise<{plan: object, notes: string[]}>} */
export const imported = (store, how) => ask(at(store, "/import"), post(how));
/** Lays a plan down that holds from a date on; null is from the beginning. */
export const save = (store, plan, from) => ask(at(store), post({ plan, from }));
export const takeBack = (store, from) => ask(at(store, `/${from}`), { method: "DELETE" });
