// The keys that send a store's data: what each is called, how much it sends, and how one is revoked.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, Sender } from "./calls.js" */
/** @import { Act } from "./devices.js" */

import { time } from "./health.js";

export class Senders {
  #shown = "";

  /** @param {Find} find @param {Calls} calls @param {Words} words @param {Act} act */
  constructor(find, calls, words, act) {
    this.find = find;
    this.calls = calls;
    this.words = words;
    this.act = act;
    this.number = new Intl.NumberFormat(words.language);
  }

  // A row is made again when it is another: somebody may be writing a name in it.
  /** @param {Sender[]} senders */
  show(senders) {
    const table = this.find("senders", HTMLTableElement);
    const sorted = [...senders].sort((one, other) => one.id.localeCompare(other.id));
    const text = JSON.stringify(sorted.map(({ id, name, revoked }) => [id, name, revoked]));
    if (text !== this.#shown) table.tBodies[0].replaceChildren(...sorted.map((sender) => this.#row(sender)));
    this.#shown = text;
    table.hidden = sorted.length === 0;
    this.find("senders-none").hidden = sorted.length > 0;
    for (const [number, sender] of sorted.entries()) this.#count(table.tBodies[0].rows[number], sender);
  }

  /** @param {HTMLTableRowElement} row @param {Sender} sender */
  #count(row, { seen, revoked, ...sender }) {
    const age = seen === null ? null : Math.max(0, (Date.now() - Date.parse(seen)) / 1000);
    const last = age === null ? "–" : this.words.of("devices.health.ago", { time: time(this.words, age) });
    const numbers = [sender.per_minute, sender.accepted, sender.refused].map((one) => this.number.format(one));
    const texts = [revoked ? this.words.of("devices.sender.revoked") : last, ...numbers];
    for (const [number, text] of texts.entries()) {
      const place = row.cells[number + 1];
      if (place.textContent !== text) place.textContent = text;
    }
  }

  /** @param {Sender} sender */
  #row(sender) {
    const row = document.createElement("tr");
    row.dataset.testid = "sender";
    const [head, action] = ["th", "td"].map((tag) => document.createElement(tag));
    head.setAttribute("scope", "row");
    head.append(this.#name(sender), Object.assign(document.createElement("span"), { className: "note", textContent: ` ${short(sender)}` }));
    action.append(this.#button(sender));
    row.append(head, cell(), cell("number"), cell("number"), cell("number"), action);
    return row;
  }

  /** @param {Sender} sender */
  #name(sender) {
    const field = document.createElement("input");
    Object.assign(field, { value: sender.name ?? "", maxLength: 60, autocomplete: "off" });
    field.dataset.testid = "sender-name";
    field.setAttribute("aria-label", this.words.of("devices.sender.name", { key: short(sender) }));
    field.addEventListener("change", () => {
      const name = field.value.trim() || null;
      const revoked = sender.revoked !== null;
      this.act(() => this.calls.setSender(sender.id, { name, revoked }), this.words.of("devices.done.sender.name"));
    });
    return field;
  }

  /** @param {Sender} sender */
  #button(sender) {
    const { id, name } = sender;
    const revoked = sender.revoked !== null;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: this.words.of(revoked ? "devices.sender.let" : "devices.revoke") });
    button.dataset.testid = "sender-revoke";
    button.setAttribute("aria-label", `${button.textContent}: ${name ?? short(sender)}`);
    const said = this.words.of(revoked ? "devices.done.sender.let" : "devices.done.sender.revoke", { name: name ?? short(sender) });
    /** @param {boolean} revoked */
    const set = (revoked) => () => this.calls.setSender(id, { name, revoked });
    button.addEventListener("click", () => this.act(set(!revoked), said, set(revoked)));
    return button;
  }
}

// What tells keys apart at a glance.
/** @param {Sender} sender */
function short({ id }) {
  return id.slice(0, 8);
}

/** @param {string} [kind] */
function cell(kind = "") {
  return Object.assign(document.createElement("td"), { className: kind });
}
