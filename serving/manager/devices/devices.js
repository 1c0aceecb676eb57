// The view of staff and devices: what each part of it does is said at the top, with an undo where there is one.

import * as api from "/tablet/api.js";
import { Calls } from "./calls.js";
import { Health } from "./health.js";
import { Staff } from "./staff.js";
import { Tablets } from "./tablets.js";

const AGAIN_MS = 5000;
const MINUTES = [0, 1, 2, 5, 10, 30];

/**
 * Fills the view; the function that it returns ends it.
 * @param {HTMLElement} home
 * @param {{store: string}} session
 * @param {import("/tablet/words.js").Words} words
 * @returns {() => void}
 */
export function open(home, session, words) {
  const view = new Devices(home, session, words);
  view.refresh();
  return () => view.end();
}

class Devices {
  #undo = null;
  #ended = false;
  #timer = setInterval(() => this.refresh(), AGAIN_MS);

  constructor(home, session, words) {
    Object.assign(this, { home, words, calls: new Calls(session.store) });
    const find = (testId) => home.querySelector(`[data-testid=${testId}]`);
    const act = (work, said, undo = null) => this.#do(work, said, undo);
    this.find = find;
    this.tablets = new Tablets(find, this.calls, words, act);
    this.staff = new Staff(find, this.calls, words, act);
    this.health = new Health(find, this.calls, words);
    this.#lock();
    find("devices-undo").addEventListener("click", () => this.#takeBack());
  }

  async refresh() {
    this.health.refresh();
    try {
      this.#show(await this.calls.all());
    } catch (error) {
      if (!this.#ended) this.#say(this.#why(error));
    }
  }

  end() {
    this.#ended = true;
    clearInterval(this.#timer);
    this.tablets.end();
  }

  // What has not changed is left alone: somebody may be at one of its buttons.
  #show(found) {
    if (this.#ended) return;
    const text = JSON.stringify(found, (key, value) => (key === "seen" ? undefined : value));
    if (text !== this.shown) this.#showAll(found);
    this.shown = text;
    this.tablets.seen(found);
  }

  #showAll(found) {
    this.tablets.show(found);
    this.staff.show(found);
    this.find("lock-minutes").value = found.lock_minutes;
  }

  #lock() {
    const choice = this.find("lock-minutes");
    const text = (minutes) => this.words.of(minutes ? "devices.lock.minutes" : "devices.lock.never", { count: minutes });
    choice.append(...MINUTES.map((minutes) => new Option(text(minutes), minutes)));
    choice.addEventListener("change", () =>
      this.#do(() => this.calls.lock(Number(choice.value)), this.words.of("devices.done.lock")),
    );
  }

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
    await this.#do(undo, this.words.of("devices.done.undo"));
  }

  #say(text, undo = null) {
    this.#undo = undo;
    this.find("devices-said").textContent = text;
    this.find("devices-undo").hidden = undo === null;
  }

  #why(error) {
    return error instanceof api.Refused ? this.words.of("failed", { why: error.message }) : this.words.of("away");
  }
}
