// Outcomes on their way: one after the other, each under one key until the server has acknowledged it. They wait in
// the device's storage, an item each: closing the page loses none, and two tabs don't overwrite one another's.

/** @import { Kind, Outcome } from "./answers.js" */
/**
 * @typedef {{
 *   signedOut: () => void, refused: (unsent: Outcome, error: Refused) => void, changed: (count: number) => void,
 * }} Told
 */

import { Refused, outcome } from "./api.js";
import { sleep } from "./stream.js";

const AGAIN_MS = [500, 1000, 2000, 4000];

export class Outbox {
  // `owner` is whose outcomes these are.
  /** @param {string} owner @param {Told} told @param {AbortSignal} signal @param {Storage} [storage] */
  constructor(owner, told, signal, storage = window.localStorage) {
    this.told = told;
    this.signal = signal;
    this.storage = storage;
    this.prefix = `aislewise:${owner}:unsent:`;
    this.count = 0;
    this.sending = false;
    this.#changed();
  }

  // Queues an outcome and returns its key.
  /** @param {string} promptId @param {Kind} kind @param {{reason?: string, undoes?: string}} [more] */
  add(promptId, kind, more = {}) {
    const key = uuid();
    const place = `${String(Date.now()).padStart(15, "0")}-${String(this.count++).padStart(6, "0")}`;
    this.#keep(this.prefix + place, { key, prompt_id: promptId, kind, ts: Date.now(), ...more });
    this.#changed();
    this.send();
    return key;
  }

  // Sends what there is; a second call while it runs changes nothing.
  async send() {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let tries = 0; !this.signal.aborted; ) {
        const [name] = this.#names();
        if (!name) return;
        const done = await this.#sent(name, JSON.parse(this.storage.getItem(name) ?? "null"));
        if (done === null || this.signal.aborted) return;
        if (done) this.storage.removeItem(name), this.#changed();
        tries = done ? 0 : tries + 1;
        if (!done) await sleep(AGAIN_MS[Math.min(tries, AGAIN_MS.length) - 1], this.signal);
      }
    } finally {
      this.sending = false;
    }
  }

  // True when it is settled, false when it has to be sent again, null when nobody is signed in.
  /** @param {string} name @param {Outcome} unsent */
  async #sent(name, unsent) {
    try {
      await outcome(unsent);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) return false;
      if (this.signal.aborted) return null;
      if (error.status === 401) {
        this.told.signedOut();
        return null;
      }
      if (error.status === 429 || error.status >= 500) return false;
      if (error.status === 422 && unsent.ts) {
        this.#keep(name, { ...unsent, ts: null }); // the clock of this tablet is wrong: the server's has to do
        return false;
      }
      this.told.refused(unsent, error);
      return true;
    }
  }

  #names() {
    return Object.keys(this.storage).filter((name) => name.startsWith(this.prefix)).sort();
  }

  /** @param {string} name @param {Outcome} unsent */
  #keep(name, unsent) {
    this.storage.setItem(name, JSON.stringify(unsent));
  }

  #changed() {
    this.told.changed(this.#names().length);
  }
}

// crypto.randomUUID is there on https and localhost only.
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
