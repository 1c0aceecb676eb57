// The form of an offer: what is wrong is said at its field before and after the server has looked at it.

import { Refused } from "/tablet/api.js";

const DAY_MS = 86_400_000;

export class Form {
  #offer = null;
  #id = ""; // of a new offer: what is sent twice is made once
  #asked = 0;

  // `calls` are calls.js's; `saved(offer, before)` and `removed(offer)` hear what was done.
  constructor(dialog, calls, words, saved, removed) {
    Object.assign(this, { dialog, calls, words, saved, removed });
    this.form = dialog.querySelector("form");
    this.fields = this.form.elements;
    this.fields.on.addEventListener("change", () => this.#choose());
    for (const field of [this.fields.sku, this.fields.category]) field.addEventListener("change", () => this.#reach());
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#save()));
    this.#find("offer-cancel").addEventListener("click", () => dialog.close());
    this.#find("offer-delete").addEventListener("click", () => this.#remove());
  }

  // Opens it for a new offer, or with one to change. `categories` are those that the store sells.
  open(categories, offer = null) {
    this.#offer = offer;
    this.#id = `offer-${Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(16)).join("")}`;
    this.#find("offer-title").textContent = this.words.of(offer ? "offers.edit" : "offers.new");
    this.#find("offer-delete").hidden = offer === null;
    this.fields.category.replaceChildren(...categories.map((one) => new Option(one, one)));
    const now = Math.floor(Date.now() / 60_000) * 60_000; // it holds at once
    const fresh = { kind: "clearance", discount: 0.2, starts: now, ends: now + 7 * DAY_MS, budget: null, priority: 0 };
    this.#fill(offer ?? { ...fresh, sku: null, category: categories[0] ?? null });
    this.#wrong(null);
    this.dialog.showModal();
  }

  #fill({ sku, category, kind, discount, starts, ends, budget, priority }) {
    const filled = { sku: sku ?? "", category: category ?? "", kind, budget: budget ?? "", priority };
    for (const [name, value] of Object.entries(filled)) this.fields[name].value = value;
    this.fields.discount.value = Math.round(discount * 1000) / 10;
    this.fields.starts.value = local(starts);
    this.fields.ends.value = local(ends);
    this.fields.on.value = sku ? "sku" : "category";
    this.#choose();
  }

  #choose() {
    const on = this.fields.on.value;
    for (const part of this.form.querySelectorAll("[data-on]")) part.hidden = part.dataset.on !== on;
    this.#reach();
  }

  // Says what is on it and whom it may reach; only the newest question is answered.
  async #reach() {
    const [mine, on] = [++this.#asked, this.fields.on.value];
    const value = this.fields[on].value.trim();
    const say = (text) => mine === this.#asked && (this.#find("offer-reach").textContent = text);
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
    await this.#call(async () => {
      await this.calls.remove(this.#offer.offer_id);
      this.dialog.close();
      this.removed(this.#offer);
    });
  }

  // One call at a time, and what it is refused for at the field that is meant.
  async #call(work) {
    const buttons = this.form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      await work();
    } catch (error) {
      const known = `offers.wrong.${error.field}` in this.words.texts;
      const why = error instanceof Refused ? this.words.of("failed", { why: error.message }) : this.words.of("away");
      this.#wrong(known ? error.field : "", known ? null : why);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  #read() {
    const { on, sku, category, kind, discount, starts, ends, budget, priority } = this.fields;
    return {
      [on.value]: (on.value === "sku" ? sku : category).value.trim(),
      kind: kind.value,
      discount: discount.valueAsNumber / 100,
      starts: new Date(starts.value).getTime(),
      ends: new Date(ends.value).getTime(),
      budget: budget.value === "" ? null : budget.valueAsNumber,
      priority: priority.value === "" ? 0 : priority.valueAsNumber,
    };
  }

  // The first field that is wrong; the server sees the rest.
  #fault(offer) {
    const on = this.fields.on.value;
    if (!offer[on]) return on;
    if (!(offer.discount > 0 && offer.discount <= 1)) return "discount";
    if (Number.isNaN(offer.starts)) return "starts";
    if (!(offer.ends > offer.starts)) return "ends";
    if (offer.budget !== null && !(offer.budget >= 0)) return "budget";
    return Number.isInteger(offer.priority) ? null : "priority";
  }

  #wrong(field, text = null) {
    for (const one of this.fields) one.removeAttribute("aria-invalid"), one.removeAttribute("aria-describedby");
    this.#find("offer-error").textContent = text ?? (field ? this.words.of(`offers.wrong.${field}`) : "");
    if (!field || !this.fields[field]) return;
    this.fields[field].setAttribute("aria-invalid", "true");
    this.fields[field].setAttribute("aria-describedby", "offer-error");
    this.fields[field].focus();
  }

  #find(testId) {
    return this.dialog.querySelector(`[data-testid=${testId}]`);
  }
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
function local(time) {
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
