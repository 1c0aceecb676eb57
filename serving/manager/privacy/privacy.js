// The view of privacy: what each part of it does is said at the top, with an undo where there is one.

/** @typedef {() => Promise<unknown>} Work a call */
/** @typedef {(work: Work, said: string, undo?: Work | null) => Promise<void>} Act does it, says so, and can take it back */

import * as api from "/tablet/api.js";
import { below } from "/tablet/elements.js";
import { Calls } from "./calls.js";
import { Erasing } from "./erasing.js";
import { Kept } from "./kept.js";
import { OptOuts } from "./optouts.js";

/**
 * Fills the view; the function that it returns ends it.
 * @param {HTMLElement} home
 * @param {{store: string}} session
 * @param {import("/tablet/words.js").Words} words
 * @returns {() => void}
 */
export function open(home, session, words) {
  const view = new Privacy(home, session, words);
  view.refresh();
  return () => view.end();
}

class Privacy {
  /** @type {Work | null} */
  #undo = null;
  #ended = false;

  /** @param {HTMLElement} home @param {{store: string}} session @param {import("/tablet/words.js").Words} words */
  constructor(home, session, words) {
    this.words = words;
    this.calls = new Calls(session.store);
    this.find = below(home);
    /** @type {Act} */
    const act = (work, said, undo = null) => this.#do(work, said, undo);
    this.kept = new Kept(this.find, words);
    this.optOuts = new OptOuts(this.find, this.calls, words, act);
    this.erasing = new Erasing(this.find, this.calls, words, {
      say: (text) => this.#say(text),
      why: (error) => this.#why(error),
      done: () => this.refresh(),
    });
    this.find("privacy-undo").addEventListener("click", () => this.#takeBack());
  }

  async refresh() {
    try {
      const found = await this.calls.all();
      if (this.#ended) return;
      this.kept.show(found);
      this.optOuts.show(found.opted_out);
    } catch (error) {
      if (!this.#ended) this.#say(this.#why(error));
    }
  }

  end() {
    this.#ended = true;
  }

  /** @type {Act} */
  async #do(work, said, undo = null) {
    try {
      await work();
      this.#say(said, undo);
    } catch (error) {
      this.#say(this.#why(error));
    }
    await this.refresh();
  }

  async #takeBack() {
    const undo = this.#undo;
    if (undo) await this.#do(undo, this.words.of("privacy.done.undo"));
  }

  /** @param {string} text @param {Work | null} [undo] */
  #say(text, undo = null) {
    this.#undo = undo;
    this.find("privacy-said").textContent = text;
    this.find("privacy-undo").hidden = undo === null;
  }

  /** @param {unknown} error */
  #why(error) {
    return error instanceof api.Refused ? this.words.of("failed", { why: error.message }) : this.words.of("away");
  }
}
