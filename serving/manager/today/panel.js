// A report on the page: its plot, or plots of two days or stores, its numbers, its files and the query behind it.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Answer } from "./reports.js" */

import { copied, within } from "/tablet/elements.js";
import { plot, file } from "./reports.js";
import { table } from "./numbers.js";
import { shown, which } from "./sentences.js";

export class Panel {
  /** @type {Answer | null} */
  #answer = null;
  /** @type {Answer | null} */
  #other = null;
  /** @type {string | null} */
  #currency = null;

  /**
   * @param {HTMLTemplateElement} template
   * @param {string} store
   * @param {string} name of the report
   * @param {Words} words
   */
  constructor(template, store, name, words) {
    this.store = store;
    this.name = name;
    this.words = words;
    this.home = copied(template);
    /** @type {Find} */
    this.at = within(this.home);
    this.home.dataset.testid = `report-${name}`;
    words.apply(this.home);
    this.title = this.at("h3");
    this.title.textContent = words.of(`today.report.${name}`);
    this.title.id = `report-${name}`;
    this.home.setAttribute("aria-labelledby", this.title.id);
  }

  /** While its figures are on their way. */
  wait() {
    this.home.setAttribute("aria-busy", "true");
    this.at(".error").hidden = true;
  }

  /**
   * @param {Answer} answer
   * @param {Answer | null} other of the day, or of the store, it is compared with
   * @param {string | null} currency
   */
  show(answer, other, currency) {
    this.#answer = answer;
    this.#other = other;
    this.#currency = currency;
    this.home.removeAttribute("aria-busy");
    this.draw();
    this.count(answer, other);
    for (const format of ["csv", "parquet"]) {
      const link = this.at(`[data-format=${format}]`, HTMLAnchorElement);
      link.href = file(this.store, this.name, answer.from, format);
      link.setAttribute("aria-label", this.words.of("today.save", { name: this.title.textContent, format: link.textContent }));
    }
    this.at("[data-testid=query] p").textContent = answer.says;
    this.at("pre").textContent = answer.query;
  }

  /** The pictures again, in the colours of now. */
  draw() {
    const [answer, other] = [this.#answer, this.#other];
    const both = [answer && this.#picture(answer, other), other && this.#picture(other, answer)].filter((one) => one !== null);
    this.at(".pictures").replaceChildren(...both);
  }

  /** Ends what plays: nothing here. */
  stop() {}

  /** Puts down a table of the numbers. @param {Answer} answer @param {Answer | null} other */
  count(answer, other) {
    this.at("[data-testid=numbers] .wide").replaceChildren(table(this.words, answer, other, this.#currency));
  }

  /** @param {string} why */
  fail(why) {
    this.home.removeAttribute("aria-busy");
    this.at(".error").hidden = false;
    this.at(".error").textContent = this.words.of("failed", { why });
  }

  /** @param {Answer} answer @param {Answer | null} beside */
  #picture(answer, beside) {
    const figure = document.createElement("figure");
    const image = figure.appendChild(document.createElement("img"));
    const day = which(this.words, answer, beside);
    image.alt = shown(this.words, answer, this.#currency, day);
    image.src = plot(answer.store, this.name, answer.from, this.words.language);
    figure.appendChild(document.createElement("figcaption")).textContent = day;
    return figure;
  }
}
