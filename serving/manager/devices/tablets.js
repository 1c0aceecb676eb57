// The tablets of a store: a code to pair one, the list of those that are paired, and how one is revoked.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, Devices, Tablet } from "./calls.js" */
/** @import { Act } from "./devices.js" */

import { time } from "./health.js";

const LEFT_MS = 1000;

export class Tablets {
  #expires = 0;
  #paired = 0; // how many there were when the code was made
  #timer = setInterval(() => this.#count(), LEFT_MS);

  /** @param {Find} find @param {Calls} calls @param {Words} words @param {Act} act */
  constructor(find, calls, words, act) {
    this.find = find;
    this.calls = calls;
    this.words = words;
    this.act = act;
    this.day = new Intl.DateTimeFormat(words.language, { dateStyle: "medium" });
    find("pair-form").addEventListener("submit", (event) => (event.preventDefault(), this.#pair()));
  }

  /** @param {Devices} found */
  show({ tablets, staff }) {
    const [choice, table] = [this.find("pair-staff", HTMLSelectElement), this.find("tablets", HTMLTableElement)];
    const chosen = choice.value;
    const names = staff.map(({ name }) => new Option(name, name));
    choice.replaceChildren(new Option(this.words.of("devices.tablet.shared"), ""), ...names);
    choice.value = staff.some(({ name }) => name === chosen) ? chosen : "";
    table.hidden = tablets.length === 0;
    this.find("tablets-none").hidden = tablets.length > 0;
    table.tBodies[0].replaceChildren(...tablets.map((tablet) => this.#row(tablet)));
    if (this.#expires && tablets.length > this.#paired) this.#close(); // the code has been used
    this.#paired = tablets.length;
  }

  // When each was there last.
  /** @param {Devices} found */
  seen({ tablets }) {
    for (const { id, seen } of tablets) {
      const age = seen === null ? null : Math.max(0, (Date.now() - Date.parse(seen)) / 1000);
      const text = age === null ? "–" : this.words.of("devices.health.ago", { time: time(this.words, age) });
      const place = this.find("tablets").querySelector(`[data-tablet="${CSS.escape(id)}"] [data-testid=tablet-seen]`);
      if (place && place.textContent !== text) place.textContent = text;
    }
  }

  end() {
    clearInterval(this.#timer);
  }

  async #pair() {
    const [tablet, staff] = [this.find("pair-tablet", HTMLInputElement), this.find("pair-staff", HTMLSelectElement)];
    const name = tablet.value.trim();
    await this.act(async () => {
      const { code, expires } = await this.calls.pair(name, staff.value);
      this.#expires = Date.parse(expires);
      this.find("pair-code").textContent = `${code.slice(0, 4)} ${code.slice(4)}`;
      this.find("pair-shown").hidden = false;
      tablet.value = "";
      this.#count();
    }, this.words.of("devices.done.pair", { name }));
  }

  #count() {
    if (!this.#expires) return;
    const left = Math.ceil((this.#expires - Date.now()) / 60_000);
    if (left <= 0) return this.#close();
    const text = this.words.of("devices.pair.how", { count: left });
    if (this.find("pair-how").textContent !== text) this.find("pair-how").textContent = text;
  }

  #close() {
    this.#expires = 0;
    this.find("pair-shown").hidden = true;
    this.find("pair-code").textContent = "";
  }

  /** @param {Tablet} tablet */
  #row(tablet) {
    const row = document.createElement("tr");
    Object.assign(row.dataset, { tablet: tablet.id, testid: "tablet" });
    const [staff, seen] = [cell(tablet.staff ?? this.words.of("devices.tablet.shared")), cell("")];
    seen.dataset.testid = "tablet-seen";
    const days = [tablet.paired, tablet.expires].map((day) => cell(this.day.format(new Date(day))));
    row.append(head(tablet.name), staff, seen, ...days, this.#revoke(tablet));
    return row;
  }

  /** @param {Tablet} tablet */
  #revoke(tablet) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: this.words.of("devices.revoke") });
    button.dataset.testid = "tablet-revoke";
    button.setAttribute("aria-label", `${button.textContent}: ${tablet.name}`);
    button.addEventListener("click", () => this.#ask(tablet));
    const found = cell("");
    found.append(button);
    return found;
  }

  // A tablet that was revoked has to be paired again: asked once more before.
  /** @param {Tablet} tablet */
  #ask({ id, name }) {
    const dialog = this.find("revoke-dialog", HTMLDialogElement);
    this.find("revoke-title").textContent = this.words.of("devices.revoke.ask", { name });
    dialog.returnValue = "no";
    dialog.onclose = () => {
      if (dialog.returnValue === "yes") this.act(() => this.calls.revoke(id), this.words.of("devices.done.revoke", { name }));
    };
    dialog.showModal();
  }
}

/** @param {string} text */
function head(text) {
  return Object.assign(document.createElement("th"), { scope: "row", textContent: text });
}

/** @param {string} text */
function cell(text) {
  return Object.assign(document.createElement("td"), { textContent: text });
}
