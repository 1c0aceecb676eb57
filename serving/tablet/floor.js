// The floor plan: one floor of it at a time. Still shapes lie below, the picture of the shoppers above them, and on top
// what can be tapped: what moves does not make the browser paint the plan again.

/** @import { Cell, Feature, Plan, Visit } from "./answers.js" */
/** @import { Words } from "./words.js" */
/** @typedef {Record<"home" | "buttons" | "closer" | "wider" | "all", HTMLElement>} Page */

import { Dots } from "./dots.js";
import { Picture } from "./picture.js";
import { layer } from "./heat.js";
import { bounds, make } from "./svg.js";
import { Viewport } from "./viewport.js";
import { drawn, floorOf, known } from "./zones.js";

const MARGIN = 0.03;
const STEP = 1.4;

export class Floor {
  /**
   * `named(visit)` says who a point is.
   * @param {Page} page
   * @param {Words} words
   * @param {(visit: Visit) => string} named
   * @param {(visitId: string) => void} tapped
   */
  constructor(page, words, named, tapped) {
    this.page = page;
    this.words = words;
    this.named = named;
    this.floor = 0;
    this.department = "";
    /** @type {Feature[] | null} */
    this.zones = null;
    this.still = make("svg", { class: "still", role: "img", "aria-label": words.of("plan") });
    this.canvas = document.createElement("canvas");
    this.picture = new Picture(this.canvas);
    this.moving = make("svg", { class: "moving", role: "group", "aria-label": words.of("shoppers") });
    this.layer = this.moving.appendChild(make("g"));
    this.dots = new Dots(this.layer, tapped);
    this.view = new Viewport(page.home, [this.still, this.moving], (box, scale) => {
      this.layer.style.setProperty("--metres", String(scale));
      this.picture.look(box, scale);
    });
    page.closer.onclick = () => this.view.zoom(STEP);
    page.wider.onclick = () => this.view.zoom(1 / STEP);
    page.all.onclick = () => this.view.all();
    /** @type {Visit[]} */
    this.visits = [];
    /** @type {Cell[] | null} */
    this.cells = null;
  }

  /** @param {Plan} plan */
  show(plan) {
    this.zones = plan.features.filter(known);
    const floors = [...new Set(this.zones.map(floorOf))].sort((a, b) => a - b);
    this.page.buttons.hidden = floors.length < 2;
    this.page.buttons.replaceChildren(...floors.map((floor) => this.#button(floor)));
    this.page.home.replaceChildren(this.still, this.canvas, this.moving);
    this.page.home.dataset.drawn = "";
    this.turn(floors.includes(0) ? 0 : floors[0]);
  }

  // Shows another floor.
  /** @param {number} floor */
  turn(floor) {
    this.floor = floor;
    const zones = (this.zones ?? []).filter((zone) => floorOf(zone) === floor);
    const box = bounds(zones);
    const longer = Math.max(box.width, box.height);
    this.still.replaceChildren(...drawn(zones, longer / 100));
    this.heat(this.cells);
    const pad = longer * MARGIN;
    this.view.fit({ x: box.x - pad, y: box.y - pad, width: box.width + 2 * pad, height: box.height + 2 * pad });
    for (const button of this.page.buttons.children)
      button.setAttribute("aria-pressed", String(Number(button.getAttribute("data-floor")) === floor));
    this.own(this.department);
    this.move(this.visits);
  }

  // Lays where people stood over the zones and below their names; null takes it away.
  /** @param {Cell[] | null} cells */
  heat(cells) {
    this.cells = cells;
    this.still.querySelector(".heat")?.remove();
    if (!cells) return;
    const names = this.still.querySelector(".label");
    this.still.insertBefore(layer(cells.filter((cell) => cell.floor === this.floor)), names);
  }

  // Moves everybody to where they are now; `visits` is the answer of the API.
  /** @param {Visit[]} visits */
  move(visits) {
    this.visits = visits;
    if (!this.zones) return;
    this.picture.move(this.dots.move(visits.filter((visit) => visit.floor === this.floor), this.named));
  }

  // Marks the shoppers whom an open card is about.
  /** @param {string[]} visitIds */
  call(visitIds) {
    this.dots.call(visitIds);
    this.picture.call(visitIds);
  }

  // Highlights one's own department.
  /** @param {string} department */
  own(department) {
    this.department = department;
    for (const zone of this.still.querySelectorAll("[data-zone]"))
      zone.classList.toggle("own", zone.getAttribute("data-zone") === department);
  }

  // Whether what is shown is of now.
  /** @param {boolean} isStale */
  stale(isStale) {
    this.canvas.classList.toggle("stale", isStale);
  }

  /** @param {number} floor */
  #button(floor) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: this.words.of("floor", { n: floor }) });
    button.dataset.floor = String(floor);
    button.addEventListener("click", () => this.turn(floor));
    return button;
  }
}
