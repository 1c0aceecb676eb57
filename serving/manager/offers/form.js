// The form of an offer: what is wrong is said at its field before and after the server has looked at it.

/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, Offer, Posted } from "./calls.js" */
/** @typedef {(offer: Offer, before: Offer | null) => unknown} Saved */

import { Refused } from "/tablet/api.js";
import { below, named } from "/tablet/elements.js";

const DAY_MS = 86_400_000;

export class Form {
  /** @type {Offer | null} */
  #offer = null;
  #id = ""; // of a new offer: what is sent twice is made once
  #asked = 0;

  /**
   * `saved` and `removed` hear what was done.
   * @param {HTMLDialogElement} dialog
   * @param {Calls} calls
   * @param {Words} words
   * @param {Saved} saved
   * @param {(offer: Offer) => void} removed
   */
  constructor(dialog, calls, words, saved, removed) {
    this.dialog = dialog;
    this.find = below(dialog);
    this.calls = calls;
    this.words = words;
    this.saved = saved;
    this.removed = removed;
    this.form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    this.fields = fields(this.form);
    this.fields.on.addEventListener("change", () => this.#choose());
    for (const field of [this.fields.sku, this.fields.category]) field.addEventListener("change", () => this.#reach());
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#save()));
    this.find("offer-cancel").addEventListener("click", () => dialog.close());
    this.find("offer-delete").addEventListener("click", () => this.#remove());
  }

  // Opens it for a new offer, or with one to change. `categories` are those that the store sells.
  /** @param {string[]} categories @param {Offer | null} [offer] */
  open(categories, offer = null) {
    this.#offer = offer;
    this.#id = `offer-${Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(16)).join("")}`;
    this.find("offer-title").textContent = this.words.of(offer ? "offers.edit" : "offers.new");
    this.find("offer-delete").hidden = offer === null;
    this.fields.category.replaceChildren(...categories.map((one) => new Option(one, one)));
    const now = Math.floor(Date.now() / 60_000) * 60_000; // it holds at once
    const fresh = { kind: "clearance", discount: 0.2, starts: now, ends: now + 7 * DAY_MS, budget: null, priority: 0 };
    this.#fill(offer ?? { ...fresh, sku: null, category: categories[0] ?? null });
    this.#wrong(null);
    this.dialog.showModal();
  }

  /** @param {Posted} offer */
  #fill({ sku, category, kind, discount, starts, ends, budget, priority }) {
    const { fields } = this;
    fields.on.value = sku ? "sku" : "category";
    fields.sku.value = sku ?? "";
    fields.category.value = category ?? "";
    fields.kind.value = kind;
    fields.discount.value = String(Math.round(discount * 1000) / 10);
    fields.starts.value = local(starts);
    fields.ends.value = local(ends);
    fields.budget.value = String(budget ?? "");
    fields.priority.value = String(priority);
    this.#choose();
  }

  #choose() {
    /** @type {NodeListOf<HTMLElement>} */
    const parts = this.form.querySelectorAll("[data-on]");
    for (const part of parts) part.hidden = part.dataset.on !== this.#on;
    this.#reach();
  }

  // Says what is on it and whom it may reach; only the newest question is answered.
  async #reach() {
    const mine = ++this.#asked;
    const on = this.#on;
    const value = this.fields[on].value.trim();
    const say = (/** @type {string} */ text) => mine === this.#asked && (this.find("offer-reach").textContent = text);
    if (!value) return say("");
    try {
      const { name, reach } = await this.calls.reach({ [on]: value });
      say([name, told(this.words, reach)].filter(Boolean).join(" · "));
    } catch (error) {
      say(error instanceof Refused ? this.words.of(`offers.wrong.${error.field}`) : this.words.of("away"));
    }
  }

  async #save() {
    const [offer, before] = [this.#read(), this.#offer];
    const fault = this.#fault(offer);
    if (fault) return this.#wrong(fault);
    await this.#call(async () => {
      const done = before ? await this.calls.change(before.offer_id, offer) : await this.calls.add({ ...offer, offer_id: this.#id });
      this.dialog.close();
      this.saved(done, before);
    });
  }

  async #remove() {
    const offer = this.#offer;
    if (!offer) return;
    await this.#call(async () => {
      await this.calls.remove(offer.offer_id);
      this.dialog.close();
      this.removed(offer);
    });
  }

  // One call at a time, and what it is refused for at the field that is meant.
  /** @param {() => Promise<void>} work */
  async #call(work) {
    const buttons = this.form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      await work();
    } catch (error) {
      const field = error instanceof Refused && `offers.wrong.${error.field}` in this.words.texts ? error.field : null;
      const why = error instanceof Refused ? this.words.of("failed", { why: error.message }) : this.words.of("away");
      this.#wrong(field, field ? null : why);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  get #on() {
    return this.fields.on.value === "sku" ? "sku" : "category";
  }

  /** @param {string} name @returns {HTMLInputElement | HTMLSelectElement | undefined} */
  #field(name) {
    return Object.entries(this.fields).find(([one]) => one === name)?.[1];
  }

  /** @returns {Posted} */
  #read() {
    const { kind, discount, starts, ends, budget, priority } = this.fields;
    return {
      [this.#on]: this.fields[this.#on].value.trim(),
      kind: kind.value,
      discount: discount.valueAsNumber / 100,
      starts: new Date(starts.value).getTime(),
      ends: new Date(ends.value).getTime(),
      budget: budget.value === "" ? null : budget.valueAsNumber,
      priority: priority.value === "" ? 0 : priority.valueAsNumber,
    };
  }

  // The first field that is wrong; the server sees the rest.
  /** @param {Posted} offer */
  #fault(offer) {
    if (!offer[this.#on]) return this.#on;
    if (!(offer.discount > 0 && offer.discount <= 1)) return "discount";
    if (Number.isNaN(offer.starts)) return "starts";
    if (!(offer.ends > offer.starts)) return "ends";
    if (offer.budget !== null && !(offer.budget >= 0)) return "budget";
    return Number.isInteger(offer.priority) ? null : "priority";
  }

  /** @param {string | null} field @param {string | null} [text] */
  #wrong(field, text = null) {
    for (const one of Object.values(this.fields)) one.removeAttribute("aria-invalid"), one.removeAttribute("aria-describedby");
    this.find("offer-error").textContent = text ?? (field ? this.words.of(`offers.wrong.${field}`) : "");
    const meant = this.#field(field ?? "");
    meant?.setAttribute("aria-invalid", "true");
    meant?.setAttribute("aria-describedby", "offer-error");
    meant?.focus();
  }
}

/** @param {HTMLFormElement} form */
function fields(form) {
  const field = named(form);
  /** @param {string} name */
  const input = (name) => field(name, HTMLInputElement);
  /** @param {string} name */
  const select = (name) => field(name, HTMLSelectElement);
  return {
    on: select("on"),
    category: select("category"),
    sku: input("sku"),
    kind: select("kind"),
    discount: input("discount"),
    starts: input("starts"),
    ends: input("ends"),
    budget: input("budget"),
    priority: input("priority"),
  };
}

/**
 * "212 of 340 shoppers stood 20 s or longer at Boots on 26 Nov 2026."
 * @param {import("/tablet/words.js").Words} words
 * @param {?{reached: number, shoppers: number, seconds: number, displays: string[], date: string}} reach
 * @returns {string}
 */
export function told(words, reach) {
  if (!reach) return words.of("offers.reach.none");
  const { reached: count, shoppers, seconds, displays } = reach;
  if (!displays.length) return words.of("offers.reach.nowhere");
  return words.of("offers.reach", { count, shoppers, seconds, where: displays.join(", "), date: words.date(reach.date) });
}

// What a field of date and time takes, in the time of this browser.
/** @param {string | number} time */
function local(time) {
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
