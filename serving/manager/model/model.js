// The view of the recommender: shows the bundles, and changes the champion after asking, with a way to take it back.

/** @import { Words } from "/tablet/words.js" */
/** @import { Bundles, Canary } from "./bundles.js" */
/** @typedef {() => Promise<Bundles>} Change */
/** @typedef {Record<string, string | null>} Names what a sentence is about */

import * as api from "/tablet/api.js";
import { told } from "/tablet/day.js";
import { at, below } from "/tablet/elements.js";
import { currency } from "/tablet/words.js";
import { element } from "./bundle.js";
import * as bundles from "./bundles.js";

const UNDO_MS = 60_000;

/**
 * @param {HTMLElement} home
 * @param {{store: string}} session
 * @param {Words} words
 * @returns {() => void}
 */
export function open(home, session, words) {
  const view = new Model(home, session.store, words);
  view.begin();
  return () => view.close();
}

class Model {
  #ended = false;
  /** @type {number | undefined} */
  #timer;
  /** @type {string | null} */
  #currency = null;
  /** @type {Bundles | null} */
  #listed = null;
  /** @type {Change | null} */
  #back = null; // takes back what was done last
  #at;

  /** @param {HTMLElement} home @param {string} store @param {Words} words */
  constructor(home, store, words) {
    this.store = store;
    this.words = words;
    this.#at = below(home);
    this.dialog = this.#at("sure", HTMLDialogElement);
    this.#at("roll-back").addEventListener("click", () => this.#rollBack());
    this.#at("undo-change").addEventListener("click", () => this.#undo());
  }

  async begin() {
    // without a plan money has no currency
    const plan = await api.plan(this.store).catch(() => null);
    this.#currency = currency(plan?.aislewise?.currency);
    const [listed] = await Promise.all([bundles.listed().catch((error) => this.#fail(error)), this.#lift()]);
    if (listed) this.#show(listed);
  }

  close() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.dialog.close();
  }

  async #lift() {
    const said = await api.lift(this.store).catch(() => null);
    this.#at("model-lift").textContent = said ? told(this.words, said.lift, this.#currency) : this.words.of("away");
  }

  /** @param {Bundles} listed */
  #show(listed) {
    if (this.#ended) return;
    this.#listed = listed;
    const { champion, back_to, canary } = listed;
    this.#at("model-state").textContent = champion ? "" : this.words.of("model.no-champion");
    this.#at("champion").hidden = !champion;
    this.#at("champion-name").textContent = champion ?? "";
    this.#at("roll-back").hidden = !back_to;
    this.#at("canary").hidden = !canary;
    if (canary) this.#at("canary").textContent = this.#canary(canary);
    this.#at("no-bundles").hidden = listed.bundles.length > 0;
    const template = at("bundle", HTMLTemplateElement);
    const promote = (/** @type {string} */ version) => this.#promote(version);
    this.#at("bundles").replaceChildren(...listed.bundles.map((one) => element(template, this.words, one, this.#currency, promote)));
  }

  /** @param {Canary} canary */
  #canary({ before, champions, share }) {
    return this.words.of("model.canary", { before, champions: champions.join(", "), share: this.words.percent(share) });
  }

  async #rollBack() {
    if (!this.#listed) return;
    const { champion, back_to, canary } = this.#listed;
    if (!champion) return;
    const words = { champion, bundle: back_to };
    const ends = canary ? ` ${this.words.of("model.ends")}` : "";
    if (await this.#sure("model.back.sure", words, this.words.of("model.back.means", words) + ends))
      await this.#change(() => bundles.rollBack(champion), "model.back.done", words, () => bundles.promote(champion, canary?.before));
  }

  /** @param {string} bundle */
  async #promote(bundle) {
    if (!this.#listed) return;
    const { champion, canary } = this.#listed;
    const words = { champion: champion ?? "–", bundle };
    const ends = canary ? ` ${this.words.of("model.ends")}` : "";
    const undo = champion ? () => bundles.rollBack(bundle) : null;
    if (await this.#sure("model.promote.sure", words, this.words.of("model.promote.means", words) + ends))
      await this.#change(() => bundles.promote(bundle), "model.promote.done", words, undo);
  }

  // Whether the person says yes; what it means stands below the question.
  /** @type {(question: string, values: Names, meaning: string) => Promise<boolean>} */
  #sure(question, values, meaning) {
    const { dialog } = this;
    this.#at("sure-question").textContent = this.words.of(question, values);
    this.#at("sure-meaning").textContent = meaning;
    this.#at("sure-yes").textContent = this.words.of("model.yes", values);
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }

  /** @param {Change} call @param {string} key @param {Names} values @param {Change | null} undo */
  async #change(call, key, values, undo) {
    try {
      this.#show(await call());
      this.#fail(null);
      this.#offer(this.words.of(key, values), undo);
    } catch (error) {
      this.#fail(error);
      const listed = await bundles.listed().catch(() => null);
      if (listed) this.#show(listed);
    }
  }

  // For a minute what was done can be taken back with one tap.
  /** @param {string} text @param {Change | null} undo */
  #offer(text, undo) {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    this.#back = undo;
    this.#at("changed").hidden = false;
    this.#at("changed-text").textContent = text;
    this.#at("undo-change").hidden = !undo;
    this.#timer = setTimeout(() => (this.#at("changed").hidden = true), UNDO_MS);
  }

  async #undo() {
    const undo = this.#back;
    if (undo) await this.#change(undo, "model.undone", {}, null);
  }

  /** @param {unknown} error or null where all is well */
  #fail(error) {
    if (this.#ended) return;
    const why = error instanceof api.Refused ? error.message : this.words.of("away");
    this.#at("model-error").hidden = !error;
    this.#at("model-error").textContent = error ? this.words.of("failed", { why }) : "";
    if (error && !this.#listed) this.#at("model-state").textContent = "";
  }
}
