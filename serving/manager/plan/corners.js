// The corners of the chosen zone as numbers: a way to draw without a pointer.

import { rings } from "/tablet/svg.js";
import { corners } from "./geometry.js";
import { withCorner, withMoreCorners } from "./tools.js";

const MOST = 60; // rows; whoever has more corners moves them by hand

export class Corners {
  /** Lives in a table's body; `changed(geometry)` hears what a person has made of it. */
  constructor(body, more, words, changed) {
    Object.assign(this, { body, more, words, changed });
    body.addEventListener("change", ({ target }) => this.#move(target.closest("tr")));
    body.addEventListener("click", ({ target }) => this.#click(target.closest("button")));
  }

  show(geometry) {
    this.geometry = geometry;
    const all = rings({ geometry }).flatMap((ring, i) => corners(ring).map((at, j) => ({ at, name: `${i} ${j}` })));
    const shown = all.slice(0, MOST);
    this.more.hidden = all.length <= MOST;
    const isSame = this.body.children.length === shown.length && [...this.body.children].every((row, i) => row.dataset.name === shown[i].name);
    if (!isSame) this.body.replaceChildren(...shown.map(({ name }, number) => this.#row(name, number + 1)));
    for (const [i, { at }] of shown.entries())
      for (const [j, input] of [...this.body.children[i].querySelectorAll("input")].entries()) input.value = String(at[j]);
  }

  #row(name, number) {
    const row = document.createElement("tr");
    row.dataset.name = name;
    row.dataset.testid = "corner";
    const say = (key) => this.words.of(key, { n: number });
    row.append(cell(String(number)), cell(this.#input(say("plan.corner.x"))), cell(this.#input(say("plan.corner.y"))));
    row.append(cell(this.#button("more", "+", say("plan.corner.more")), this.#button("less", "−", say("plan.corner.less"))));
    return row;
  }

  #input(label) {
    const input = Object.assign(document.createElement("input"), { type: "number", step: "any" });
    input.setAttribute("aria-label", label);
    return input;
  }

  #button(name, text, label) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, name });
    button.setAttribute("aria-label", label);
    return button;
  }

  #move(row) {
    const at = [...row.querySelectorAll("input")].map((input) => input.valueAsNumber);
    if (at.every(Number.isFinite)) this.changed(withCorner(this.geometry, place(row), at));
    else this.show(this.geometry);
  }

  #click(button) {
    if (!button) return;
    const [ring, number] = place(button.closest("tr"));
    if (button.name === "more") this.changed(withMoreCorners(this.geometry, [ring, number]));
    else if (corners(rings(this)[ring]).length > 3) this.changed(withCorner(this.geometry, [ring, number], null));
    this.body.children[Math.min(number, this.body.children.length - 1)]?.querySelector(`button[name=${button.name}]`).focus();
  }
}

function place(row) {
  return row.dataset.name.split(" ").map(Number);
}

function cell(...content) {
  const found = document.createElement("td");
  found.append(...content);
  return found;
}
