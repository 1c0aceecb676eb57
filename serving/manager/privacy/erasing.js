// Somebody is erased: looked for first, and only when the same id is typed once more.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, Found, Kind } from "./calls.js" */
/** @typedef {{say: (text: string) => void, why: (error: unknown) => string, done: () => Promise<void>}} View */

import { counts } from "./kept.js";

export class Erasing {
  /** @type {{kind: Kind, id: string} | null} */
  #asked = null;

  /** @param {Find} find @param {Calls} calls @param {Words} words @param {View} view */
  constructor(find, calls, words, view) {
    this.find = find;
    this.calls = calls;
    this.words = words;
    this.view = view;
    this.dialog = find("confirm-dialog", HTMLDialogElement);
    find("erase-form").addEventListener("submit", (event) => (event.preventDefault(), this.#look()));
    find("confirm-form").addEventListener("submit", (event) => (event.preventDefault(), this.#erase()));
    find("confirm-no").addEventListener("click", () => this.dialog.close());
  }

  async #look() {
    const kind = /** @type {Kind} */ (this.find("erase-kind", HTMLSelectElement).value);
    const id = this.find("erase-id", HTMLInputElement).value;
    this.view.say(this.words.of("privacy.looking"));
    await this.#busy("erase-look", async () => this.#ask(kind, id, await this.calls.look(kind, id)));
  }

  /** @param {Kind} kind @param {string} id @param {Found} found */
  #ask(kind, id, { rows, days }) {
    this.view.say("");
    this.#asked = { kind, id };
    const linked = kind === "device" ? ` ${this.words.of("privacy.linked", { count: days })}` : "";
    this.find("confirm-found").textContent = this.words.of("privacy.found", { rows: counts(this.words, rows) }) + linked;
    this.find("confirm-id", HTMLInputElement).value = "";
    this.find("confirm-error").textContent = "";
    this.dialog.showModal();
  }

  async #erase() {
    if (!this.#asked) return;
    const { kind, id } = this.#asked;
    const typed = this.find("confirm-id", HTMLInputElement).value;
    if (typed !== id) {
      this.find("confirm-error").textContent = this.words.of("privacy.confirm.other");
      return;
    }
    this.dialog.close();
    this.view.say(this.words.of("privacy.erasing"));
    await this.#busy("erase-look", async () => {
      const { rows } = await this.calls.erase(kind, id, typed);
      this.find("erase-id", HTMLInputElement).value = "";
      this.view.say(this.words.of("privacy.done.erase", { rows: counts(this.words, rows) }));
    });
    await this.view.done();
  }

  /** @param {string} name of the button that waits @param {() => Promise<void>} work */
  async #busy(name, work) {
    const button = this.find(name, HTMLButtonElement);
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      this.view.say(this.view.why(error));
    }
    button.disabled = false;
  }
}
