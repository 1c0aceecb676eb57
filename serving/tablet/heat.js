// Where people stood: the squares of a map, and the button that lays the last hour's over the floor.

/** @import { Cell } from "./answers.js" */
/** @import { Words } from "./words.js" */

import { Refused } from "./api.js";
import { make } from "./svg.js";

const AGAIN_MS = 60_000;

/**
 * Squares of a metre, the more seconds the less is seen through them; by the root, or one queue would hide all else.
 * @param {{cell_x_m: number, cell_y_m: number, seconds: number}[]} cells
 * @param {number} [most] seconds of the strongest
 * @returns {SVGElement}
 */
export function layer(cells, most = Math.max(1e-9, ...cells.map(({ seconds }) => seconds))) {
  const group = make("g", { class: "heat" });
  group.append(...cells.map((cell) => square(cell, most)));
  return group;
}

/** @param {{cell_x_m: number, cell_y_m: number, seconds: number}} cell @param {number} most */
function square({ cell_x_m, cell_y_m, seconds }, most) {
  const opacity = (0.15 + 0.75 * Math.sqrt(seconds / most)).toFixed(3);
  const place = { x: cell_x_m, y: -cell_y_m - 1, width: 1, height: 1 };
  return make("rect", { class: "cell", ...place, "fill-opacity": opacity, "data-testid": "cell" });
}

export class HeatButton {
  /** @type {number | undefined} */
  #timer;

  /**
   * `ask` gets the last hour, `draw` lays its cells down, or takes them away where it is given null.
   * @param {HTMLElement} button
   * @param {HTMLElement} said
   * @param {Words} words
   * @param {() => Promise<{as_of: number, cells: Cell[]}>} ask
   * @param {(cells: Cell[] | null) => void} draw
   */
  constructor(button, said, words, ask, draw) {
    this.button = button;
    this.said = said;
    this.words = words;
    this.ask = ask;
    this.draw = draw;
    button.onclick = () => (this.#on ? this.end() : this.#begin());
  }

  end() {
    clearInterval(this.#timer);
    this.#pressed(false);
    this.draw(null);
  }

  get #on() {
    return this.button.getAttribute("aria-pressed") === "true";
  }

  #begin() {
    this.#pressed(true);
    this.#again();
    this.#timer = setInterval(() => this.#again(), AGAIN_MS);
  }

  async #again() {
    try {
      const { as_of, cells } = await this.ask();
      if (!this.#on) return;
      this.draw(cells);
      this.said.textContent = cells.length ? this.words.of("heat.as-of", { time: this.#clock(as_of) }) : this.words.of("heat.none");
    } catch (error) {
      if (!this.#on) return;
      this.draw(null); // an old hour is not the last one
      this.said.textContent = this.words.of("heat.failed", { why: error instanceof Refused ? error.message : this.words.of("away") });
    }
  }

  /** @param {boolean} on */
  #pressed(on) {
    this.button.setAttribute("aria-pressed", String(on));
    this.said.hidden = !on;
    this.said.textContent = "";
  }

  /** @param {number} ms */
  #clock(ms) {
    return new Intl.DateTimeFormat(this.words.language, { timeStyle: "short" }).format(new Date(ms));
  }
}
