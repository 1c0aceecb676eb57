// Who is in the store now, over the draft: do people stand where the draft has its zones?

import { shoppers } from "/tablet/api.js";
import { make, rings } from "/tablet/svg.js";
import { floorOf, known } from "/tablet/zones.js";
import { contains } from "./geometry.js";

const EVERY_MS = 1000;
const POINT_PX = 7;

export class Preview {
  /** Draws into an SVG group; `heard({count, inside})` says how many are there, and in a zone; null while nobody answers. */
  constructor(layer, store, heard) {
    Object.assign(this, { layer, store, heard, on: false, features: [], floor: 0 });
  }

  start() {
    this.on = true;
    this.#ask();
  }

  stop() {
    this.on = false;
    window.clearTimeout(this.timer);
    this.layer.replaceChildren();
  }

  /** What the draft is now. */
  show(features, floor) {
    Object.assign(this, { features, floor });
  }

  async #ask() {
    try {
      const visits = await shoppers(this.store);
      if (this.on) this.#draw(visits);
    } catch {
      if (this.on) this.heard(null);
    }
    if (this.on) this.timer = window.setTimeout(() => this.#ask(), EVERY_MS);
  }

  #draw(visits) {
    const here = visits.filter(({ floor }) => floor === this.floor);
    const zones = this.features.filter((zone) => known(zone) && zone.properties.kind !== "obstacle" && floorOf(zone) === this.floor);
    const inside = here.filter(({ x_m, y_m }) => zones.some((zone) => contains(rings(zone), [x_m, y_m])));
    this.layer.replaceChildren(...here.map(person));
    this.heard({ count: here.length, inside: inside.length });
  }
}

function person({ visit_id, x_m, y_m }) {
  const element = make("g", { class: "person", "data-testid": "person", "data-visit": visit_id });
  element.style.transform = `translate(${x_m}px, ${-y_m}px) scale(var(--metres))`;
  element.append(make("circle", { r: POINT_PX }));
  return element;
}
