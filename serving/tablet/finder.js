// The dialog that finds a loyalty customer by the number on their card, and shows them as the shopper who they are.

/** @import { Found } from "./answers.js" */
/** @import { World } from "./facts.js" */
/** @import { Words } from "./words.js" */

import * as api from "./api.js";
import { below, within } from "./elements.js";

export class Finder {
  // `found` hears of a customer who is here.
  /** @param {HTMLDialogElement} dialog @param {World} world @param {Words} words @param {(visit: string, found: Found) => void} found */
  constructor(dialog, world, words, found) {
    this.dialog = dialog;
    this.find = below(dialog);
    this.world = world;
    this.words = words;
    this.found = found;
    this.number = this.find("customer", HTMLInputElement);
    /** @type {AbortController | null} */
    this.asking = null;
    within(dialog)("form", HTMLFormElement).onsubmit = (event) => this.#submitted(event);
    dialog.onclose = () => this.#forget();
  }

  open() {
    this.#forget();
    this.dialog.showModal();
    this.number.focus();
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    if (event.submitter instanceof HTMLButtonElement && event.submitter.value === "close") return;
    event.preventDefault();
    this.#ask(this.number.value.trim());
  }

  // Who closes the dialog meanwhile hears nothing more.
  /** @param {string} number */
  async #ask(number) {
    if (!number) return;
    this.asking?.abort();
    const { signal } = (this.asking = new AbortController());
    this.#say(this.words.of("find.asked"));
    try {
      const answer = await api.findCustomer(this.world.store, number);
      if (signal.aborted) return;
      if (answer.state !== "here" || !answer.visit_id) return this.#say(this.#reason(answer));
      this.dialog.close();
      this.found(answer.visit_id, answer);
    } catch (error) {
      if (!signal.aborted) this.#say(error instanceof api.Refused ? error.message : this.words.of("away"));
    }
  }

  /** @param {Found} answer */
  #reason({ state, delay_s }) {
    return this.words.of(`find.${state}`, { time: this.words.duration(delay_s) });
  }

  // A customer's number stays no longer than it is needed.
  #forget() {
    this.asking?.abort();
    this.number.value = "";
    this.#say("");
  }

  /** @param {string} text */
  #say(text) {
    this.find("finder-said").textContent = text;
  }
}
