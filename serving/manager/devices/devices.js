// The view of staff and devices: what each part of it does is said at the top, with an undo where there is one.

/** @typedef {() => Promise<unknown>} Work a call */
/** @typedef {(work: Work, said: string, undo?: Work | null) => Promise<void>} Act does it, says so, and can take it back */

import * as api from "/tablet/api.js";
import { below } from "/tablet/elements.js";
import { Calls } from "./calls.js";
import { Health } from "./health.js";
import { Quality } from "./quality.js";
import { Senders } from "./senders.js";
import { Staff } from "./staff.js";
import { Tablets } from "./tablets.js";

const AGAIN_MS = 5000;
const MINUTES = [0, 1, 2, 5, 10, 30];

/**
 * Fills the view; the function that it returns ends it.
 * @param {HTMLElement} home
 * @param {{store: string}} session
 * @param {import("/tablet/words.js").Words} words
 * @returns {() => void}
 */
export function open(home, session, words) {
  const view = new Devices(home, session, words);
  view.refresh();
  return () => view.end();
}

class Devices {
  /** @type {Work | null} */
  #undo = null;
  #ended = false;
  #timer = setInterval(() => this.refresh(), AGAIN_MS);

  /** @param {HTMLElement} home @param {{store: string}} session @param {import("/tablet/words.js").Words} words */
  constructor(home, session, words) {
    this.words = words;
    this.calls = new Calls(session.store);
    this.shown = "";
    const find = below(home);
    /** @type {Act} */
    const act = (work, said, undo = null) => this.#do(work, said, undo);
    this.find = find;
    this.tablets = new Tablets(find, this.calls, words, act);
    this.staff = new Staff(find, this.calls, words, act);
    this.senders = new Senders(find, this.calls, words, act);
    this.health = new Health(find, this.calls, words);
    this.quality = new Quality(find, this.calls, words);
    this.#lock();
    find("devices-undo").addEventListener("click", () => this.#takeBack());
  }

  async refresh() {
    this.health.refresh();
    this.quality.refresh();
    try {
      const [found, senders] = await Promise.all([this.calls.all(), this.calls.senders()]);
      this.#show(found);
      if (!this.#ended) this.senders.show(senders);
    } catch (error) {
      if (!this.#ended) this.#say(this.#why(error));
    }
  }

  end() {
    this.#ended = true;
    clearInterval(this.#timer);
    this.tablets.end();
  }

  // What has not changed is left alone: somebody may be at one of its buttons.
  /** @param {import("./calls.js").Devices} found */
  #show(found) {
    if (this.#ended) return;
    const text = JSON.stringify(found, (key, value) => (key === "seen" ? undefined : value));
    if (text !== this.shown) this.#showAll(found);
    this.shown = text;
    this.tablets.seen(found);
  }

  /** @param {import("./calls.js").Devices} found */
  #showAll(found) {
    this.tablets.show(found);
    this.staff.show(found);
    this.find("lock-minutes", HTMLSelectElement).value = String(found.lock_minutes);
  }

  #lock() {
    const choice = this.find("lock-minutes", HTMLSelectElement);
    /** @param {number} minutes */
    const text = (minutes) => this.words.of(minutes ? "devices.lock.minutes" : "devices.lock.never", { count: minutes });
    choice.append(...MINUTES.map((minutes) => new Option(text(minutes), String(minutes))));
    choice.addEventListener("change", () =>
      this.#do(() => this.calls.lock(Number(choice.value)), this.words.of("devices.done.lock")),
    );
  }

  /** @type {Act} */
  async #do(work, said, undo = null) {
    try {
      await work();
      this.#say(said, undo);
    } catch (error) {
      this.#say(this.#why(error));
    }
    await this.refresh();
  }

  async #takeBack() {
    const undo = this.#undo;
    if (undo) await this.#do(undo, this.words.of("devices.done.undo"));
  }

  /** @param {string} text @param {Work | null} [undo] */
  #say(text, undo = null) {
    this.#undo = undo;
    this.find("devices-said").textContent = text;
    this.find("devices-undo").hidden = undo === null;
  }

  /** @param {unknown} error */
  #why(error) {
    return error instanceof api.Refused ? this.words.of("failed", { why: error.message }) : this.words.of("away");
  }
}
