// The calls of the API about a store's privacy.

/** @typedef {"customer" | "device" | "visit"} Kind how somebody is named */
/** @typedef {{id: string, since: string}} OptOut a device, by the list's own pseudonym */
/** @typedef {{[table: string]: number}} Rows */
/**
 * What was removed.
 * @typedef {{
 *   id: string, at: string, what: "erase" | "sweep" | "retention", by: string, state: "begun" | "done",
 *   kind: Kind | null, store_id: string | null, rows: Rows, names: Rows, board: number, salts: number,
 * }} Act
 */
/** @typedef {{retention: Rows, oldest_salt: string | null, opted_out: OptOut[], acts: Act[]}} Privacy */
/** @typedef {{rows: Rows, days: number}} Found `days` are those on which a device can still be linked */

import { ask, post } from "/tablet/api.js";

const LONG_MS = 600_000; // files of many days are read and written

export class Calls {
  #path;

  /** @param {string} store */
  constructor(store) {
    this.#path = `/v1/stores/${encodeURIComponent(store)}`;
  }

  /** @type {() => Promise<Privacy>} */
  all = () => ask(`${this.#path}/privacy`);
  /** @type {(kind: Kind, id: string) => Promise<Found>} */
  look = (kind, id) => ask(`${this.#path}/erasures/check`, { ...post({ kind, id }), signal: AbortSignal.timeout(LONG_MS) });
  /** @type {(kind: Kind, id: string, confirm: string) => Promise<Act>} */
  erase = (kind, id, confirm) =>
    ask(`${this.#path}/erasures`, { ...post({ kind, id, confirm }), signal: AbortSignal.timeout(LONG_MS) });
  /** @type {(device: string) => Promise<OptOut>} */
  optOut = (device) => ask(`${this.#path}/optouts`, post({ device_id: device }));
  /** @type {(id: string) => Promise<null>} */
  optIn = (id) => ask(`${this.#path}/optouts/${encodeURIComponent(id)}`, { method: "DELETE" });
}
