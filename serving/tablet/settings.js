// The dialog of settings. A theme holds at once, a language with the page loaded anew: cards and place are remembered.

/** @import { Choice, Choices } from "./choices.js" */
/** @import { Words } from "./words.js" */

import { NAMES } from "./choices.js";
import { named } from "./elements.js";
import { LANGUAGES } from "./words.js";

export class Settings {
  /** @param {HTMLDialogElement} dialog @param {Choices} choices @param {Words} words */
  constructor(dialog, choices, words) {
    this.dialog = dialog;
    this.choices = choices;
    const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    named(form)("language").replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
    for (const name of NAMES) {
      const field = form.elements.namedItem(name);
      // the manager's page has no signals
      if (!(field instanceof HTMLSelectElement || field instanceof HTMLInputElement)) continue;
      field.value = (name === "language" && words.language) || choices[name];
      field.addEventListener("change", () => this.#change(name, field.value));
    }
    this.#theme();
  }

  open() {
    this.dialog.showModal();
  }

  /** @param {Choice} name @param {string} value */
  #change(name, value) {
    this.choices.change(name, value);
    if (name === "theme") this.#theme();
    if (name === "language") window.location.reload();
  }

  #theme() {
    document.documentElement.dataset.theme = this.choices.theme;
  }
}
