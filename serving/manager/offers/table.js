// The table of offers: a row each, with what can be done with it.

/** @import { Words } from "/tablet/words.js" */
/** @import { Offer } from "./calls.js" */
/** @typedef {"edit" | "pause" | "resume"} Act */

export class Table {
  /**
   * `currency` is null where the plan names none.
   * @param {HTMLTableElement} table
   * @param {Words} words
   * @param {string | null} currency
   * @param {(offer: Offer, what: Act) => void} tapped
   */
  constructor(table, words, currency, tapped) {
    this.table = table;
    this.words = words;
    this.currency = currency;
    this.tapped = tapped;
    this.moment = new Intl.DateTimeFormat(words.language, { dateStyle: "short", timeStyle: "short" });
  }

  /** @param {Offer[]} offers */
  show(offers) {
    this.table.hidden = offers.length === 0;
    this.table.tBodies[0].replaceChildren(...offers.map((offer) => this.#row(offer)));
  }

  // Puts the focus back where somebody has tapped, in the row as it is now.
  /** @param {string} id */
  focus(id) {
    /** @type {HTMLButtonElement | null} */
    const button = this.table.querySelector(`[data-offer="${CSS.escape(id)}"] button`);
    button?.focus();
  }

  /** @param {Offer} offer */
  #row(offer) {
    const row = document.createElement("tr");
    Object.assign(row.dataset, { offer: offer.offer_id, testid: "offer" });
    row.append(
      this.#what(offer),
      this.#state(offer),
      cell(`${this.words.of(`offers.kind.${offer.kind}`)}, ${this.words.percent(offer.discount)}`),
      this.#dates(offer),
      number(offer.on_hand),
      number(offer.reached),
      number(offer.budget === null ? null : this.words.money(offer.budget, this.currency)),
      number(offer.priority),
      this.#buttons(offer),
    );
    return row;
  }

  // What it is on, and where it holds.
  /** @param {Offer} offer */
  #what(offer) {
    const [found, where] = [cell(name(offer), "offers-what", "th"), document.createElement("span")];
    Object.assign(where, { className: "note", textContent: this.words.of(offer.store_id ? "offers.store.this" : "offers.store.all") });
    found.append(where);
    return found;
  }

  /** @param {Offer} offer */
  #state(offer) {
    const found = cell(this.words.of(`offers.state.${offer.state}`), "offers-state");
    Object.assign(found.dataset, { state: offer.state, testid: "offer-state" });
    return found;
  }

  /** @param {Offer} offer */
  #dates({ starts, ends }) {
    const found = cell("", "offers-dates");
    const [from, until] = [starts, ends].map((time) => this.moment.format(new Date(time)));
    found.append(`${from} –`, document.createElement("br"), until);
    return found;
  }

  /** @param {Offer} offer */
  #buttons(offer) {
    const [found, buttons] = [cell(""), document.createElement("div")];
    buttons.className = "offers-act";
    if (offer.state !== "over") buttons.append(this.#button(offer, offer.paused ? "resume" : "pause"));
    if (offer.store_id) buttons.append(this.#button(offer, "edit"));
    found.append(buttons);
    return found;
  }

  /** @param {Offer} offer @param {Act} what */
  #button(offer, what) {
    const found = document.createElement("button");
    Object.assign(found, { type: "button", textContent: this.words.of(`offers.${what}`) });
    found.dataset.testid = `offer-${what}`;
    found.setAttribute("aria-label", `${found.textContent}: ${name(offer)}`);
    found.addEventListener("click", () => this.tapped(offer, what));
    return found;
  }
}

/**
 * What an offer is on, as people call it.
 * @param {{name: ?string, category: ?string, sku: ?string}} offer
 * @returns {string}
 */
export function name(offer) {
  return offer.name ?? offer.category ?? offer.sku ?? "";
}

/** @param {string} text @param {string} [style] @param {"td" | "th"} [tag] */
function cell(text, style = "", tag = "td") {
  const found = document.createElement(tag);
  if (tag === "th") found.scope = "row";
  return Object.assign(found, { textContent: text, className: style });
}

/** @param {number | string | null} value */
function number(value) {
  return cell(value === null ? "–" : String(value), "number");
}
