// The corners of the chosen zone as numbers: a way to draw without a pointer.

/** @import { Geometry } from "/tablet/answers.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Place } from "./tools.js" */

import { within } from "/tablet/elements.js";
import { rings } from "/tablet/svg.js";
import { corners } from "./geometry.js";
import { withCorner, withMoreCorners } from "./tools.js";

const MOST = 60; // rows; whoever has more corners moves them by hand

export class Corners {
  /** @type {Geometry} */
  geometry = { type: "Polygon", coordinates: [] };

  // Lives in a table's body; `changed(geometry)` hears what a person has made of it.
  /** @param {HTMLTableSectionElement} body @param {HTMLElement} more @param {Words} words @param {(geometry: Geometry) => void} changed */
  constructor(body, more, words, changed) {
    this.body = body;
    this.more = more;
    this.words = words;
    this.changed = changed;
  }

  /** @param {Geometry} geometry */
  show(geometry) {
    this.geometry = geometry;
    const all = rings({ geometry }).flatMap((ring, i) => corners(ring).map((at, j) => ({ at, place: [i, j], name: `${i} ${j}` })));
    const shown = all.slice(0, MOST);
    this.more.hidden = all.length <= MOST;
    const { rows } = this.body;
    const isSame = rows.length === shown.length && [...rows].every((row, i) => row.dataset.name === shown[i].name);
    if (!isSame) this.body.replaceChildren(...shown.map(({ place, name }, index) => this.#row(place, name, index)));
    for (const [i, { at }] of shown.entries())
      for (const [j, input] of rows[i].querySelectorAll("input").entries()) input.value = String(at[j]);
  }

  /** @param {Place} place @param {string} name @param {number} index */
  #row(place, name, index) {
    const row = document.createElement("tr");
    row.dataset.name = name;
    row.dataset.testid = "corner";
    const say = (/** @type {string} */ key) => this.words.of(key, { n: index + 1 });
    const [x, y] = [this.#input(say("plan.corner.x")), this.#input(say("plan.corner.y"))];
    row.addEventListener("change", () => this.#move(place, [x.valueAsNumber, y.valueAsNumber]));
    const more = this.#button("more", "+", say("plan.corner.more"), () => this.#add(place, index));
    const less = this.#button("less", "−", say("plan.corner.less"), () => this.#remove(place, index));
    row.append(cell(String(index + 1)), cell(x), cell(y), cell(more, less));
    return row;
  }

  /** @param {string} label */
  #input(label) {
    const input = Object.assign(document.createElement("input"), { type: "number", step: "any" });
    input.setAttribute("aria-label", label);
    return input;
  }

  /** @param {string} name @param {string} text @param {string} label @param {() => void} act */
  #button(name, text, label, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, name });
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  }

  /** @param {Place} place @param {number[]} at */
  #move(place, at) {
    if (at.every(Number.isFinite)) this.changed(withCorner(this.geometry, place, at));
    else this.show(this.geometry);
  }

  /** @param {Place} place @param {number} index */
  #add(place, index) {
    this.changed(withMoreCorners(this.geometry, place));
    this.#focus(index, "more");
  }

  /** @param {Place} place @param {number} index */
  #remove(place, index) {
    if (corners(rings(this)[place[0]]).length > 3) this.changed(withCorner(this.geometry, place, null));
    this.#focus(index, "less");
  }

  // The button in a row, or in the last: the table may have been made anew.
  /** @param {number} index @param {"more" | "less"} name */
  #focus(index, name) {
    const { rows } = this.body;
    within(rows[Math.min(index, rows.length - 1)])(`button[name=${name}]`).focus();
  }
}

/** @param {(Node | string)[]} content */
function cell(...content) {
  const found = document.createElement("td");
  found.append(...content);
  return found;
}
