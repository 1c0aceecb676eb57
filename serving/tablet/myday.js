// The dialog "My day": one's own prompts of today, and what prompts bring in the store; nobody is ranked.

import * as api from "./api.js";
import { NONE, dateOf, told } from "./day.js";

const SHOWN = ["taken", "sold", "accepted", "declined"];

export class MyDay {
  constructor(dialog, words) {
    Object.assign(this, { dialog, words });
  }

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

  #write(testId, text) {
    this.dialog.querySelector(`[data-testid=${testId}]`).textContent = text;
  }
}
