// The view of offers: shows them, makes, changes, pauses and resumes them, and takes the last of it back.

/** @import { Words } from "/tablet/words.js" */
/** @import { Day, Offer, Posted } from "./calls.js" */
/** @import { Act } from "./table.js" */
/** @typedef {() => Promise<unknown>} Work a call */

import * as api from "/tablet/api.js";
import { below } from "/tablet/elements.js";
import { currency } from "/tablet/words.js";
import { Calls } from "./calls.js";
import { Form } from "./form.js";
import { Table, name } from "./table.js";

const AGAIN_MS = 15_000;

/**
 * Fills the view; the function that it returns ends it.
 * @param {HTMLElement} home
 * @param {{store: string}} session
 * @param {import("/tablet/words.js").Words} words
 * @returns {() => void}
 */
export function open(home, session, words) {
  const view = new Offers(home, session, words);
  view.begin();
  return () => view.end();
}

class Offers {
  /** @type {string[]} */
  #categories = [];
  /** @type {{undo: Work, offer: Offer} | null} */
  #undo = null;
  /** @type {number | undefined} */
  #timer;
  #ended = false;

  /** @param {HTMLElement} home @param {{store: string}} session @param {Words} words */
  constructor(home, session, words) {
    this.find = below(home);
    this.words = words;
    this.store = session.store;
    /** @type {Table | null} */
    this.table = null;
    this.calls = new Calls(session.store);
    /** @type {import("./form.js").Saved} */
    const saved = (offer, before) => this.#saved(offer, before);
    this.form = new Form(this.find("offer-form", HTMLDialogElement), this.calls, words, saved, (offer) => this.#removed(offer));
    this.find("offer-new").addEventListener("click", () => this.form.open(this.#categories));
    this.find("offers-undo").addEventListener("click", () => this.#takeBack());
  }

  async begin() {
    const plan = await api.plan(this.store).catch(() => null); // without a plan money has no currency
    if (this.#ended) return;
    const money = currency(plan?.aislewise?.currency);
    this.table = new Table(this.find("offers", HTMLTableElement), this.words, money, (offer, what) => this.#tap(offer, what));
    await this.#load();
    this.#timer = setInterval(() => this.#load(), AGAIN_MS);
  }

  end() {
    this.#ended = true;
    clearInterval(this.#timer);
  }

  // Shows all as they are now. While somebody is at a button of the table, only what they did changes it.
  /** @param {string | null} [focus] of the offer */
  async #load(focus = null) {
    const busy = () => this.find("offers").contains(document.activeElement);
    if (this.#timer && !focus && busy()) return;
    try {
      const { offers, categories, day } = await this.calls.all();
      if (this.#ended || !this.table) return;
      this.#categories = categories;
      this.find("offer-new", HTMLButtonElement).disabled = false; // the form offers these
      this.table.show(offers);
      this.find("offers-none").hidden = offers.length > 0;
      this.find("offers-day").textContent = this.#told(day);
      if (focus) this.table.focus(focus);
    } catch (error) {
      if (!this.#ended) this.#say(this.#why(error));
    }
  }

  /** @param {Day | null} day */
  #told(day) {
    if (!day) return this.words.of("offers.reach.none");
    return this.words.of("offers.reach.about", { ...day, date: this.words.date(day.date) });
  }

  /** @param {Offer} offer @param {Act} what */
  async #tap(offer, what) {
    if (what === "edit") return this.form.open(this.#categories, offer);
    const back = what === "pause" ? "resume" : "pause";
    await this.#do(() => this.calls[what](offer.offer_id), `offers.done.${what}`, offer, () => this.calls[back](offer.offer_id));
  }

  /** @param {Offer} offer @param {Offer | null} before */
  #saved(offer, before) {
    const back = before
      ? () => this.calls.change(offer.offer_id, posted(before))
      : () => this.calls.remove(offer.offer_id);
    return this.#do(null, before ? "offers.done.edit" : "offers.done.new", offer, back);
  }

  /** @param {Offer} offer */
  #removed(offer) {
    return this.#do(null, "offers.done.delete", offer, async () => {
      await this.calls.add({ ...posted(offer), offer_id: offer.offer_id });
      if (offer.paused) await this.calls.pause(offer.offer_id);
    });
  }

  /** @param {Work | null} work @param {string} key @param {Offer} offer @param {Work} undo */
  async #do(work, key, offer, undo) {
    try {
      await work?.();
      this.#say(this.words.of(key, { name: name(offer) }), { undo, offer });
    } catch (error) {
      this.#say(this.#why(error));
    }
    await this.#load(offer.offer_id);
  }

  async #takeBack() {
    if (!this.#undo) return;
    const { undo, offer } = this.#undo;
    this.find("offers-undo").hidden = true;
    try {
      await undo();
      this.#say(this.words.of("offers.done.undo", { name: name(offer) }));
    } catch (error) {
      this.#say(this.#why(error));
    }
    await this.#load(offer.offer_id);
  }

  /** @param {string} text @param {{undo: Work, offer: Offer} | null} [undo] */
  #say(text, undo = null) {
    this.#undo = undo;
    this.find("offers-said").textContent = text;
    this.find("offers-undo").hidden = undo === null;
  }

  /** @param {unknown} error */
  #why(error) {
    return error instanceof api.Refused ? this.words.of("failed", { why: error.message }) : this.words.of("away");
  }
}

// The part of an offer that is posted.
/** @param {Offer} offer @returns {Posted} */
function posted({ kind, sku, category, discount, starts, ends, budget, priority }) {
  return { kind, sku, category, discount, starts, ends, budget, priority };
}
