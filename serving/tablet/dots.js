// The shoppers on the plan, as what can be tapped, reached by keys and read aloud; how they look is `picture.js`.

/** @import { Visit } from "./answers.js" */
/** @typedef {{id: string, x: number, y: number, halo: number, ring: number, called: boolean}} Place */

import { make } from "./svg.js";

const FULL_S = 180; // so long at one place and the ring is closed
const SIGMAS = 2; // the halo holds the shopper six times in seven

export class Dots {
  // Lives in an SVG group. `tapped(visitId)` is called for a tap, Enter or a space.
  /** @param {SVGElement} layer @param {(visitId: string) => void} tapped */
  constructor(layer, tapped) {
    this.layer = layer;
    this.tapped = tapped;
    /** @type {Map<string, SVGElement>} */
    this.dots = new Map();
    /** @type {Set<string>} */
    this.called = new Set();
    layer.addEventListener("click", (event) => this.#tap(event.target));
    layer.addEventListener("keydown", (event) => this.#key(event));
  }

  // Moves everybody to where they are now, and says where that is, the halo in
  // metres, the ring a share. `named(visit)` says in words who a point is.
  /** @type {(visits: Visit[], named: (visit: Visit) => string) => Place[]} */
  move(visits, named) {
    const ids = new Set(visits.map((visit) => visit.visit_id));
    for (const [id, element] of this.dots) if (!ids.has(id)) element.remove(), this.dots.delete(id);
    const places = visits.map((visit) => this.#place(this.dots.get(visit.visit_id) ?? this.#make(visit.visit_id), visit, named));
    this.#rove();
    return places;
  }

  // Marks the shoppers whom an open card is about.
  /** @param {string[]} visitIds */
  call(visitIds) {
    this.called = new Set(visitIds);
    for (const [id, element] of this.dots) element.classList.toggle("called", this.called.has(id));
  }

  /** @param {SVGElement} element @param {Visit} visit @param {(visit: Visit) => string} named */
  #place(element, visit, named) {
    const id = visit.visit_id;
    const [x, y] = [visit.x_m, -visit.y_m];
    const halo = Math.round(10 * SIGMAS * (visit.sigma_m ?? 0)) / 10;
    const ring = Math.round(Math.min(1, (visit.dwell[visit.display ?? visit.department ?? ""] ?? 0) / FULL_S) * 50) / 50;
    element.style.transform = `translate(${x}px, ${y}px)`;
    put(element, "aria-label", named(visit));
    put(element, "data-halo", halo);
    put(element, "data-ring", ring);
    return { id, x, y, halo, ring, called: this.called.has(id) };
  }

  /** @param {string} id */
  #make(id) {
    const element = make("g", { class: "shopper", role: "button", "data-testid": "shopper", "data-visit": id, tabindex: -1 });
    element.append(make("circle", { class: "hit", r: 24 }));
    element.classList.toggle("called", this.called.has(id));
    this.dots.set(id, element);
    this.layer.append(element);
    return element;
  }

  // One of the points can be reached by Tab; from it, arrows lead to the others.
  #rove() {
    const elements = this.#elements;
    if (elements.length && !elements.some((element) => element.getAttribute("tabindex") === "0"))
      elements[0].setAttribute("tabindex", "0");
  }

  get #elements() {
    return /** @type {SVGElement[]} */ ([...this.layer.children]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") this.#tap(event.target);
    else if (!step) return;
    else {
      const elements = this.#elements;
      const before = elements.findIndex((element) => element === event.target);
      const next = elements.at((before + step) % elements.length);
      elements[before]?.setAttribute("tabindex", "-1");
      next?.setAttribute("tabindex", "0");
      next?.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {EventTarget | null} target */
  #tap(target) {
    const visit = target instanceof Element && target.closest("[data-visit]")?.getAttribute("data-visit");
    if (visit) this.tapped(visit);
  }
}

/** @param {Element} element @param {string} name @param {string | number} value */
function put(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}
