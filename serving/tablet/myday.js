// The dialog "My day": one's own prompts of today, and what prompts bring in the store; nobody is ranked.

/** @import { Day } from "./day.js" */
/** @import { Words } from "./words.js" */

import * as api from "./api.js";
import { NONE, dateOf, told } from "./day.js";
import { below } from "./elements.js";

/** @type {(keyof Day)[]} */
const SHOWN = ["taken", "sold", "accepted", "declined"];

export class MyDay {
  /** @param {HTMLDialogElement} dialog @param {Words} words */
  constructor(dialog, words) {
    this.dialog = dialog;
    this.words = words;
  }

  /** @param {string} store @param {Day | null} day @param {string | null} currency */
  async open(store, day, currency) {
    const today = day?.date === dateOf() ? day : NONE;
    for (const name of SHOWN) this.#write(`day-${name}`, String(today[name]));
    this.#write("day-lift", "…");
    this.dialog.showModal();
    try {
      const { lift } = await api.lift(store);
      this.#write("day-lift", told(this.words, lift, currency));
    } catch {
      this.#write("day-lift", this.words.of("away"));
    }
  }

  /** @param {string} testId @param {string} text */
  #write(testId, text) {
    below(this.dialog)(testId).textContent = text;
  }
}
