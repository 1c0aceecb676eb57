// A report on the page: its plot, or plots of two days, its numbers, its files and the query behind it.

import { plot, file } from "./reports.js";
import { table } from "./numbers.js";
import { shown } from "./sentences.js";

export class Panel {
  /**
   * @param {HTMLTemplateElement} template
   * @param {string} store
   * @param {string} name of the report
   * @param {import("/tablet/words.js").Words} words
   */
  constructor(template, store, name, words) {
    Object.assign(this, { store, name, words });
    this.home = template.content.firstElementChild.cloneNode(true);
    this.home.dataset.testid = `report-${name}`;
    words.apply(this.home);
    this.title = this.#at("h3");
    this.title.textContent = words.of(`today.report.${name}`);
    this.title.id = `report-${name}`;
    this.home.setAttribute("aria-labelledby", this.title.id);
  }

  /** While its figures are on their way. */
  wait() {
    this.home.setAttribute("aria-busy", "true");
    this.#at(".error").hidden = true;
  }

  /**
   * @param {any} answer
   * @param {any} other of the day it is compared with, or null
   * @param {string | null} currency
   */
  show(answer, other, currency) {
    Object.assign(this, { answer, other, currency });
    this.home.removeAttribute("aria-busy");
    this.draw();
    this.count(answer, other);
    for (const link of this.home.querySelectorAll("[data-format]")) {
      link.href = file(this.store, this.name, answer.from, link.dataset.format);
      link.setAttribute("aria-label", this.words.of("today.save", { name: this.title.textContent, format: link.textContent }));
    }
    this.#at("[data-testid=query] p").textContent = answer.says;
    this.#at("pre").textContent = answer.query;
  }

  /** The pictures again, in the colours of now. */
  draw() {
    if (!this.answer) return;
    const days = [this.answer, this.other].filter(Boolean);
    this.#at(".pictures").replaceChildren(...days.map((answer) => this.#picture(answer)));
  }

  /** Puts down a table of the numbers. */
  count(answer, other) {
    this.#at("[data-testid=numbers] .wide").replaceChildren(table(this.words, answer, other, this.currency));
  }

  fail(why) {
    this.home.removeAttribute("aria-busy");
    this.#at(".error").hidden = false;
    this.#at(".error").textContent = this.words.of("failed", { why });
  }

  #picture(answer) {
    const figure = document.createElement("figure");
    const image = figure.appendChild(document.createElement("img"));
    image.alt = shown(this.words, answer, this.currency);
    image.src = plot(this.store, this.name, answer.from, this.words.language);
    figure.appendChild(document.createElement("figcaption")).textContent = this.words.date(answer.from);
    return figure;
  }

  #at(selector) {
    return this.home.querySelector(selector);
  }
}
