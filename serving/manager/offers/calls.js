// The calls of the API about a store's offers.

import { ask, post } from "/tablet/api.js";

export class Calls {
  #path;

  /** @param {string} store */
  constructor(store) {
    this.#path = `/v1/stores/${encodeURIComponent(store)}`;
  }

  // {offers, categories, day}
  all = () => ask(`${this.#path}/offers`);
  add = (offer) => ask(`${this.#path}/offers`, post(offer));
  change = (id, offer) => ask(this.#one(id), { ...post(offer), method: "PUT" });
  remove = (id) => ask(this.#one(id), { method: "DELETE" });
  pause = (id) => ask(`${this.#one(id)}/pause`, { method: "POST" });
  resume = (id) => ask(`${this.#one(id)}/resume`, { method: "POST" });
  // Whom an offer may reach; `what` is {sku} or {category}.
  reach = (what) => ask(`${this.#path}/reach?${new URLSearchParams(what)}`);

  #one(id) {
    return `${this.#path}/offers/${encodeURIComponent(id)}`;
  }
}
