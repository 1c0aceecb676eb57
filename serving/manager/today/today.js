// The view of a day: asks for the reports of the day that was chosen, and of another day or store to compare with.

/** @import { Plan } from "/tablet/answers.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Answer, Answers } from "./reports.js" */
/** @import { Figure } from "./sentences.js" */

import * as api from "/tablet/api.js";
import { named, within } from "/tablet/elements.js";
import { currency } from "/tablet/words.js";
import { onShade } from "/manager/shade.js";
import { Heat } from "./heat.js";
import { Panel } from "./panel.js";
import { figures, listed } from "./reports.js";
import { main } from "./sentences.js";

const PANELS = ["visitors", "dwell", "conversion", "funnel", "lift", "heat"];
const DAY_MS = 86_400_000;

/**
 * @param {HTMLElement} home
 * @param {{store: string, stores?: string[]}} session
 * @param {Words} words
 * @returns {() => void}
 */
export function open(home, session, words) {
  const view = new Today(home, session, words);
  view.begin();
  return () => view.close();
}

class Today {
  #turn = new AbortController(); // of the day that is shown
  #unwatch = () => {};
  #today = ""; // in the store, empty before it is known
  #delay_s = 0;
  /** @type {string | null} */
  #currency = null;
  /** @type {Panel[]} */
  panels = [];
  #at;

  /** @param {HTMLElement} home @param {{store: string, stores?: string[]}} session @param {Words} words */
  constructor(home, { store, stores = [] }, words) {
    this.store = store;
    this.words = words;
    this.#at = within(home);
    this.form = this.#at("form", HTMLFormElement);
    const field = named(this.form);
    this.day = field("day", HTMLInputElement);
    this.against = field("against", HTMLInputElement);
    this.other = field("store", HTMLSelectElement);
    const others = stores.filter((one) => one !== store);
    this.other.replaceChildren(new Option(words.of("today.against.own"), store), ...others.map((one) => new Option(one, one)));
    this.#at("[data-testid=against-stores]").hidden = others.length === 0;
    this.other.addEventListener("change", () => this.load());
    this.now = field("today");
    this.yesterday = field("yesterday");
    this.now.addEventListener("click", () => this.#choose(this.#today));
    this.yesterday.addEventListener("click", () => this.#choose(dayBefore(this.#today)));
    for (const date of [this.day, this.against]) date.addEventListener("change", () => date.validity.valid && this.load());
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  async begin() {
    const { signal } = this.#turn;
    try {
      this.#say(this.words.of("today.loading"));
      const [known, plan] = await Promise.all([listed(this.store, signal), api.plan(this.store)]);
      if (signal.aborted) return;
      this.#today = known.today;
      this.#delay_s = known.delay_s;
      this.#currency = currency(plan.aislewise?.currency);
      this.panels = PANELS.map((name) => this.#panel(name, plan));
      this.#at("[data-testid=reports]").replaceChildren(...this.panels.map((panel) => panel.home));
      this.#unwatch = onShade(() => this.panels.forEach((panel) => panel.draw()));
      for (const field of [this.day, this.against]) field.max = this.#today;
      this.#choose(this.#today);
    } catch (error) {
      if (!signal.aborted) this.#say(this.#why(error));
    }
  }

  // Asks for everything of the day, and shows each report as it comes.
  async load() {
    if (!this.#today) return; // what was chosen before the day is known is looked at then
    this.#turn.abort();
    const { signal } = (this.#turn = new AbortController());
    const [day, against, store] = [this.day.value, this.against.value, this.other.value];
    this.now.setAttribute("aria-pressed", String(day === this.#today));
    this.yesterday.setAttribute("aria-pressed", String(day === dayBefore(this.#today)));
    this.#say(this.words.of("today.loading"));
    const asked = [{ store: this.store, day }];
    if (against || store !== this.store) asked.push({ store, day: against || day });
    await this.#know(store);
    if (signal.aborted) return;
    const answers = await Promise.all(this.panels.map((panel) => this.#report(panel, asked, signal)));
    if (!signal.aborted) this.#sum(Object.fromEntries(answers.filter((one) => one !== null).map((one) => [one.name, one])));
  }

  close() {
    this.#turn.abort();
    this.#unwatch();
    for (const panel of this.panels) panel.stop();
  }

  // The plan of another store, for its map; without one there is no map of it.
  /** @param {string} store */
  async #know(store) {
    const heat = this.panels.find((panel) => panel instanceof Heat);
    if (store === this.store || !heat || heat.elsewhere.has(store)) return;
    heat.know(store, await api.plan(store).catch(() => ({ features: [] })));
  }

  // The answer, null where there is none.
  /** @type {(panel: Panel, asked: {store: string, day: string}[], signal: AbortSignal) => Promise<Answer | null>} */
  async #report(panel, asked, signal) {
    panel.wait();
    try {
      const [answer, other] = await Promise.all(asked.map(({ store, day }) => figures(store, panel.name, day, signal)));
      panel.show(answer, other ?? null, this.#currency);
      return answer;
    } catch (error) {
      if (!signal.aborted) panel.fail(this.#why(error));
      return null;
    }
  }

  /** @param {Answers} answers */
  #sum(answers) {
    const { as_of, timezone } = answers.visitors ?? {};
    const none = answers.visitors !== undefined && !answers.visitors.rows.some((row) => row.visits !== 0);
    this.#at("[data-testid=no-history]").hidden = !none;
    this.#at("[data-testid=figures]").hidden = none;
    this.#at("[data-testid=reports]").hidden = none;
    this.#at(".large").replaceChildren(...(none ? [] : main(this.words, answers, this.#currency).map((one) => this.#figure(one))));
    if (as_of) this.#say(this.words.of("today.as-of", { time: this.#moment(as_of, timezone), delay: this.words.duration(this.#delay_s) }));
    else this.#say("");
  }

  /** @param {Figure} figure */
  #figure({ name, number, said }) {
    const home = document.createElement("div");
    home.dataset.testid = `figure-${name}`;
    const [title, value, text] = ["dt", "dd", "dd"].map((tag) => home.appendChild(document.createElement(tag)));
    title.textContent = this.words.of(`today.figure.${name}`);
    value.textContent = number;
    value.className = "number";
    text.textContent = said;
    return home;
  }

  /** @param {string} name @param {Plan} plan */
  #panel(name, plan) {
    const template = this.#at("#report", HTMLTemplateElement);
    return name === "heat" ? new Heat(template, this.#at("#heat", HTMLTemplateElement), this.store, this.words, plan) : new Panel(template, this.store, name, this.words);
  }

  /** @param {string} day */
  #choose(day) {
    this.day.value = day;
    this.load();
  }

  /** @param {string} text @param {string} [timeZone] */
  #moment(text, timeZone) {
    return new Intl.DateTimeFormat(this.words.language, { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(text));
  }

  /** @param {unknown} error */
  #why(error) {
    if (!(error instanceof api.Refused)) return this.words.of("away");
    return error.status === 404 ? this.words.of("plan.none") : error.message;
  }

  /** @param {string} text */
  #say(text) {
    this.#at("[data-testid=as-of]").textContent = text;
  }
}

/** The day before one that is written 2026-11-24. @param {string} day */
function dayBefore(day) {
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
}
