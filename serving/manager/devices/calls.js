// The calls of the API about a store's staff and devices.

import { ask, post } from "/tablet/api.js";

export class Calls {
  #path;

  /** @param {string} store */
  constructor(store) {
    this.#path = `/v1/stores/${encodeURIComponent(store)}`;
  }

  // {staff, tablets, lock_minutes}
  all = () => ask(`${this.#path}/devices`);
  add = (name) => ask(`${this.#path}/staff`, post({ name }));
  remove = (name) => ask(`${this.#path}/staff/${encodeURIComponent(name)}`, { method: "DELETE" });
  // {code, expires}; without `staff` the tablet is nobody's own.
  pair = (tablet, staff) => ask(`${this.#path}/pairings`, post({ tablet, staff: staff || null }));
  revoke = (id) => ask(`${this.#path}/tablets/${encodeURIComponent(id)}`, { method: "DELETE" });
  lock = (minutes) => ask(`${this.#path}/lock`, { ...post({ minutes }), method: "PUT" });
  health = () => ask(`${this.#path}/health`);
}
