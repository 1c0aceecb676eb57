// The dialog about one shopper: where they are, how long they have been where today, and what to recommend and why.

/** @import { Bought, Found, Recommendation } from "./answers.js" */
/** @import { World } from "./facts.js" */
/** @import { Words } from "./words.js" */

import * as api from "./api.js";
import { below } from "./elements.js";
import { hintSay, nameOf, where, why } from "./facts.js";

const MOST_ZONES = 8;

export class ShopperView {
  /** @param {HTMLDialogElement} dialog @param {World} world @param {Words} words */
  constructor(dialog, world, words) {
    this.dialog = dialog;
    this.find = below(dialog);
    this.world = world;
    this.words = words;
    /** @type {string | null} */
    this.visit = null;
    dialog.addEventListener("close", () => (this.visit = null));
    this.find("recommend").addEventListener("click", () => this.#ask());
  }

  // Of a customer who was looked for also what they bought.
  /** @param {string} visitId @param {Found | null} [customer] */
  open(visitId, customer = null) {
    this.visit = visitId;
    this.#say("");
    this.#past(customer);
    this.refresh();
    this.dialog.showModal();
  }

  // Shows what is known now, while it is open.
  refresh() {
    if (!this.visit) return;
    const visit = this.world.visits?.get(this.visit);
    this.find("shopper-where").textContent = visit ? where(this.words, visit, this.world) : this.words.of("who.gone");
    this.find("recommend").hidden = !visit;
    if (!visit) return;
    const times = Object.entries(visit.dwell).sort(([, a], [, b]) => b - a).slice(0, MOST_ZONES);
    this.find("shopper-dwell").replaceChildren(...times.map(([zone, seconds]) => this.#time(zone, seconds, times[0][1])));
    this.find("shopper-hints").replaceChildren(...visit.recommendations.map((one) => this.#hint(one)));
    this.find("shopper-no-hints").hidden = visit.recommendations.length > 0;
  }

  // The prompt worker answers on the board, which is looked at every second.
  async #ask() {
    if (!this.visit) return;
    try {
      await api.recommend(this.world.store, this.visit);
      this.#say("recommend.asked");
    } catch (error) {
      this.#say(error instanceof api.Refused && error.status === 404 ? "who.gone" : "away");
    }
  }

  /** @param {string} key */
  #say(key) {
    this.find("recommend-said").textContent = key && this.words.of(key);
  }

  /** @param {string} zone @param {number} seconds @param {number} longest */
  #time(zone, seconds, longest) {
    const line = document.createElement("li");
    const bar = document.createElement("span");
    bar.className = "bar-of-time";
    bar.style.inlineSize = `${(100 * seconds) / (longest || 1)}%`;
    line.append(text("span", nameOf(zone, this.world)), text("span", this.words.duration(seconds)), bar);
    return line;
  }

  /** @param {Found | null} customer */
  #past(customer) {
    const lines = customer?.purchases ?? [];
    const date = (/** @type {string} */ text) => this.words.date(text.slice(0, 10));
    this.find("past").hidden = !customer;
    this.find("past-lines").replaceChildren(...lines.map((one) => text("li", this.#bought(one, date(one.ts)))));
    const [key, since] = [lines.length ? "past.since" : "past.none", customer?.since];
    this.find("past-said").textContent = since ? this.words.of(key, { date: date(since) }) : this.words.of("past.nothing");
  }

  // "3 Nov 2026: 2 × Wool socks"
  /** @param {Bought} one @param {string} date */
  #bought({ name, sku, quantity }, date) {
    return this.words.of("past.line", { date, quantity, name: name || sku });
  }

  /** @param {Recommendation} hint */
  #hint(hint) {
    const { name, sku } = hint;
    const line = document.createElement("li");
    line.append(text("h4", name || sku), text("p", hintSay(this.words, hint)), text("p", why(this.words, hint), "card-why"));
    return line;
  }
}

/** @param {string} tag @param {string} content @param {string} [name] */
function text(tag, content, name = "") {
  return Object.assign(document.createElement(tag), { textContent: content, className: name });
}
