// The calls of the API about a store's offers.

/**
 * An offer as it stands; times are ISO 8601, and one of all stores has no `store_id`.
 * @typedef {{
 *   offer_id: string, store_id: string | null, kind: "clearance" | "coupon", sku: string | null, category: string | null,
 *   name: string | null, discount: number, starts: string, ends: string, budget: number | null, priority: number,
 *   paused: string | null, state: "live" | "planned" | "over" | "paused" | "spent" | "out_of_stock",
 *   on_hand: number | null, reached: number | null,
 * }} Offer
 */
/**
 * The part of it that is posted; times may be ms.
 * @typedef {{
 *   offer_id?: string, kind: string, sku?: string | null, category?: string | null, discount: number,
 *   starts: string | number, ends: string | number, budget: number | null, priority: number,
 * }} Posted
 */
/** @typedef {{date: string, shoppers: number, seconds: number}} Day whose shoppers are counted */
/** @typedef {Day & {displays: string[], reached: number}} Reach */

import { ask, post } from "/tablet/api.js";

export class Calls {
  #path;

  /** @param {string} store */
  constructor(store) {
    this.#path = `/v1/stores/${encodeURIComponent(store)}`;
  }

  /** @type {() => Promise<{offers: Offer[], categories: string[], day: Day | null}>} */
  all = () => ask(`${this.#path}/offers`);
  /** @type {(offer: Posted) => Promise<Offer>} */
  add = (offer) => ask(`${this.#path}/offers`, post(offer));
  /** @type {(id: string, offer: Posted) => Promise<Offer>} */
  change = (id, offer) => ask(this.#one(id), { ...post(offer), method: "PUT" });
  /** @type {(id: string) => Promise<null>} */
  remove = (id) => ask(this.#one(id), { method: "DELETE" });
  /** @type {(id: string) => Promise<Offer>} */
  pause = (id) => ask(`${this.#one(id)}/pause`, { method: "POST" });
  /** @type {(id: string) => Promise<Offer>} */
  resume = (id) => ask(`${this.#one(id)}/resume`, { method: "POST" });
  // Whom an offer may reach; `what` is {sku} or {category}.
  /** @type {(what: {[on: string]: string}) => Promise<{name: string | null, reach: Reach | null}>} */
  reach = (what) => ask(`${this.#path}/reach?${new URLSearchParams(what)}`);

  /** @param {string} id */
  #one(id) {
    return `${this.#path}/offers/${encodeURIComponent(id)}`;
  }
}
