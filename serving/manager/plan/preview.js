// Who is in the store now, over the draft: do people stand where the draft has its zones?

/** @import { Feature, Visit } from "/tablet/answers.js" */
/** @typedef {{count: number, inside: number}} Heard how many are there, and how many of them in a zone */

import { shoppers } from "/tablet/api.js";
import { make, rings } from "/tablet/svg.js";
import { floorOf, known } from "/tablet/zones.js";
import { contains } from "./geometry.js";

const EVERY_MS = 1000;
const POINT_PX = 7;

export class Preview {
  #on = false;
  #timer = 0;
  /** @type {Feature[]} */
  #features = [];
  #floor = 0;

  // Draws into an SVG group; `heard` is told null while nobody answers.
  /** @param {SVGElement} layer @param {string} store @param {(heard: Heard | null) => void} heard */
  constructor(layer, store, heard) {
    this.layer = layer;
    this.store = store;
    this.heard = heard;
  }

  start() {
    this.#on = true;
    this.#ask();
  }

  stop() {
    this.#on = false;
    window.clearTimeout(this.#timer);
    this.layer.replaceChildren();
  }

  /** What the draft is now. @param {Feature[]} features @param {number} floor */
  show(features, floor) {
    this.#features = features;
    this.#floor = floor;
  }

  async #ask() {
    try {
      const visits = await shoppers(this.store);
      if (this.#on) this.#draw(visits);
    } catch {
      if (this.#on) this.heard(null);
    }
    if (this.#on) this.#timer = window.setTimeout(() => this.#ask(), EVERY_MS);
  }

  /** @param {Visit[]} visits */
  #draw(visits) {
    const here = visits.filter(({ floor }) => floor === this.#floor);
    const zones = this.#features.filter((zone) => known(zone) && zone.properties.kind !== "obstacle" && floorOf(zone) === this.#floor);
    const inside = here.filter(({ x_m, y_m }) => zones.some((zone) => contains(rings(zone), [x_m, y_m])));
    this.layer.replaceChildren(...here.map(person));
    this.heard({ count: here.length, inside: inside.length });
  }
}

/** @param {Visit} visit */
function person({ visit_id, x_m, y_m }) {
  const element = make("g", { class: "person", "data-testid": "person", "data-visit": visit_id });
  element.style.transform = `translate(${x_m}px, ${-y_m}px) scale(var(--metres))`;
  element.append(make("circle", { r: POINT_PX }));
  return element;
}
