// The calls of the API about a store's staff and devices.

/** @typedef {{name: string}} Person who works here */
/** @typedef {{id: string, name: string, staff: string | null, paired: string, expires: string, seen: string | null}} Tablet */
/** @typedef {{staff: Person[], tablets: Tablet[], lock_minutes: number}} Devices */
/** @typedef {{[worker: string]: {[topic: string]: number}}} Lag records behind */
/** @typedef {{visits: number | null, newest_ping: string | null, workers: Lag | null, streams: number | null}} Health */

/** @typedef {{zone: string, name: string, why: "no category" | "no product" | "not in the plan"}} Unfit */
/**
 * Of the last hour.
 * @typedef {{
 *   positions: number, phones: number, newest: string | null, late: number | null, outside: number | null,
 *   without_sigma: number | null, sigma_m: number | null, sigma_p95_m: number | null, zones: Unfit[],
 * }} Quality
 */
/**
 * A key of a sender; `per_minute` are the rows of the last whole minute.
 * @typedef {{
 *   id: string, name: string | null, seen: string | null, per_minute: number, accepted: number, refused: number,
 *   revoked: string | null,
 * }} Sender
 */

import { ask, post } from "/tablet/api.js";

export class Calls {
  #path;

  /** @param {string} store */
  constructor(store) {
    this.#path = `/v1/stores/${encodeURIComponent(store)}`;
  }

  /** @type {() => Promise<Devices>} */
  all = () => ask(`${this.#path}/devices`);
  /** @type {(name: string) => Promise<Person>} */
  add = (name) => ask(`${this.#path}/staff`, post({ name }));
  /** @type {(name: string) => Promise<null>} */
  remove = (name) => ask(`${this.#path}/staff/${encodeURIComponent(name)}`, { method: "DELETE" });
  // Without `staff` the tablet is nobody's own.
  /** @type {(tablet: string, staff: string) => Promise<{code: string, expires: string}>} */
  pair = (tablet, staff) => ask(`${this.#path}/pairings`, post({ tablet, staff: staff || null }));
  /** @type {(id: string) => Promise<null>} */
  revoke = (id) => ask(`${this.#path}/tablets/${encodeURIComponent(id)}`, { method: "DELETE" });
  /** @type {(minutes: number) => Promise<{minutes: number}>} */
  lock = (minutes) => ask(`${this.#path}/lock`, { ...post({ minutes }), method: "PUT" });
  /** @type {() => Promise<Sender[]>} */
  senders = () => ask(`${this.#path}/senders`);
  /** @type {(id: string, row: {name: string | null, revoked: boolean}) => Promise<Sender>} */
  setSender = (id, row) => ask(`${this.#path}/senders/${encodeURIComponent(id)}`, { ...post(row), method: "PUT" });
  /** @type {() => Promise<Quality>} */
  quality = () => ask(`${this.#path}/quality`, { signal: AbortSignal.timeout(15_000) });
  /** @type {() => Promise<Health>} */
  health = () => ask(`${this.#path}/health`);
}
