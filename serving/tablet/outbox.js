// Outcomes on their way: one after the other, each under one key until the server has acknowledged it.

import { Refused, outcome } from "./api.js";
import { sleep } from "./stream.js";

const AGAIN_MS = [500, 1000, 2000, 4000, 8000];

export class Outbox {
  constructor(memory, onSignedOut, signal) {
    Object.assign(this, { memory, onSignedOut, signal });
    this.sending = false;
  }

  add(promptId, kind) {
    const unsent = { key: uuid(), prompt_id: promptId, kind, ts: Date.now() };
    this.memory.change({ unsent: [...this.memory.state.unsent, unsent] });
    this.send();
  }

  // Sends what there is; a second call while it runs changes nothing.
  async send() {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let tries = 0; this.memory.state.unsent.length && !this.signal.aborted; ) {
        const [unsent] = this.memory.state.unsent;
        const done = await this.#sent(unsent);
        if (done === null || this.signal.aborted) return;
        if (done) this.memory.change({ unsent: this.memory.state.unsent.filter(({ key }) => key !== unsent.key) });
        tries = done ? 0 : tries + 1;
        if (!done) await sleep(AGAIN_MS[Math.min(tries, AGAIN_MS.length) - 1], this.signal);
      }
    } finally {
      this.sending = false;
    }
  }

  // True when it is settled, false when it has to be sent again, null when nobody is signed in.
  async #sent(unsent) {
    try {
      await outcome(unsent);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) return false;
      if (error.status === 401) {
        this.onSignedOut();
        return null;
      }
      if (error.status === 429 || error.status >= 500) return false;
      if (error.status === 422 && unsent.ts) {
        unsent.ts = null; // the clock of this tablet is wrong: the server's has to do
        return false;
      }
      console.error(`the outcome ${unsent.kind} of ${unsent.prompt_id} is refused: ${error.message}`);
      return true;
    }
  }
}

// crypto.randomUUID is there on https and localhost only.
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
