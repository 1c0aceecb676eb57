// The dialog of settings. A theme holds at once, a language with the page loaded anew: cards and place are remembered.

import { LANGUAGES } from "./words.js";

export class Settings {
  constructor(dialog, choices, words) {
    Object.assign(this, { dialog, choices });
    const form = dialog.querySelector("form");
    form.elements.language.replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
    for (const name of ["language", "theme", "signal", "quietFrom", "quietTo"]) {
      const field = form.elements[name];
      if (!field) continue; // the manager's page has no signals
      field.value = (name === "language" && words.language) || choices[name];
      field.addEventListener("change", () => this.#change(name, field.value));
    }
    this.#theme();
  }

  open() {
    this.dialog.showModal();
  }

  #change(name, value) {
    this.choices.change(name, value);
    if (name === "theme") this.#theme();
    if (name === "language") window.location.reload();
  }

  #theme() {
    document.documentElement.dataset.theme = this.choices.theme;
  }
}
