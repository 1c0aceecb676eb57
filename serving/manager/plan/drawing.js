// The drawing: a floor's zones over the picture that is traced, the chosen one with its corners, and the hand's gestures.

/** @import { Feature } from "/tablet/answers.js" */
/** @import { Image } from "./backdrop.js" */
/** @import { State } from "./draft.js" */
/** @import { Point } from "./geometry.js" */
/** @import { Holds, Tool } from "./tools.js" */
/** @typedef {{label: string, mover: Tool, select: (index: number) => void, key: (event: KeyboardEvent) => boolean}} Hooks */

import { bounds, make, rings } from "/tablet/svg.js";
import { Viewport } from "/tablet/viewport.js";
import { drawn, floorOf, known } from "/tablet/zones.js";
import { Backdrop } from "./backdrop.js";
import { corners } from "./geometry.js";
import { snapped, snappedMove, targets } from "./snap.js";

const REACH_PX = 12; // so near, and it snaps
const CORNER_PX = 7;
const ROOM = 0.25; // of the longer side, round what is drawn
const LEAST_M = 12;
const NEW = { x: 0, y: -20, width: 30, height: 20 };

export class Drawing {
  /** @type {Tool | null} */
  tool = null; // null pans
  grid = 0.25;
  chosen = -1;
  floor = 0;
  /** @type {Feature[]} */
  features = [];
  scale = 1; // metres to a pixel
  unit = 1; // a hundredth of the floor's longer side, m
  #isFitted = false;
  #dragging = false;
  #dragged = false;

  /** @param {HTMLElement} home what is drawn in @param {string} store @param {Hooks} hooks */
  constructor(home, store, hooks) {
    this.home = home;
    this.hooks = hooks;
    this.canvas = document.createElement("canvas");
    this.svg = make("svg", { class: "zones", role: "img", "aria-label": hooks.label });
    this.still = this.svg.appendChild(make("g"));
    this.marks = this.svg.appendChild(make("g"));
    this.people = this.svg.appendChild(make("g", { class: "people" }));
    home.replaceChildren(this.canvas, this.svg);
    home.dataset.drawn = "";
    this.backdrop = new Backdrop(this.canvas, store);
    this.#listen();
    this.view = new Viewport(home, [this.svg], (box, scale) => {
      this.scale = scale;
      this.svg.style.setProperty("--metres", String(scale));
      this.backdrop.look(box, scale);
      this.#mark();
    });
  }

  /**
   * Draws a state's floor.
   * @param {State} state @param {number} floor
   * @param {number} chosen index of a feature, −1 is none
   * @param {Set<number>} wrong indices of features with a fault
   */
  show({ features, image }, floor, chosen, wrong) {
    const isNew = this.floor !== floor || !this.#isFitted;
    this.features = features;
    this.floor = floor;
    this.chosen = chosen;
    this.backdrop.place = image;
    const here = features.filter((zone) => known(zone) && floorOf(zone) === floor);
    if (isNew || this.#outgrown(here, image)) this.fit(here, image);
    const shapes = drawn(here.map((zone) => numbered(zone, features.indexOf(zone))), this.unit);
    this.still.replaceChildren(...shapes);
    for (const shape of shapes) {
      if (shape.dataset.zone === undefined) continue; // a name
      const index = Number(shape.dataset.zone);
      shape.dataset.id = features[index].properties.id;
      shape.classList.toggle("wrong", wrong.has(index));
      shape.classList.toggle("chosen", index === chosen);
    }
    this.svg.classList.toggle("traced", Boolean(image));
    this.#mark();
    this.backdrop.draw();
  }

  /** Something else will be shown: all of it is to be seen then. */
  anew() {
    this.#isFitted = false;
  }

  /** Shows all that is drawn, the picture too. @param {Feature[]} zones @param {Image | null} image */
  fit(zones, image) {
    this.#isFitted = true;
    const box = extent(zones, image);
    const longer = Math.max(box.width, box.height, LEAST_M);
    this.unit = longer / 100;
    const pad = longer * ROOM;
    this.view.fit({ x: box.x - pad, y: box.y - pad, width: box.width + 2 * pad, height: box.height + 2 * pad });
    this.view.zoom(1 + ROOM); // there is room to draw outside, but it need not be seen
  }

  /** Takes another tool in hand. @param {Tool} tool */
  hold(tool) {
    this.tool = tool;
    this.home.classList.toggle("exact", tool !== this.hooks.mover);
    this.#mark();
  }

  /** The middle of what is seen, in the plan's metres. */
  get middle() {
    const { x, y, width, height } = this.view.box;
    return [x + width / 2, -(y + height / 2)];
  }

  end() {
    this.backdrop.end();
  }

  /** @param {Feature[]} here @param {Image | null} image */
  #outgrown(here, image) {
    const [box, { whole }] = [extent(here, image), this.view];
    if (!whole) return true;
    return box.x < whole.x || box.y < whole.y || box.x + box.width > whole.x + whole.width || box.y + box.height > whole.y + whole.height;
  }

  #listen() {
    this.svg.addEventListener("pointerdown", (event) => this.#down(event));
    this.svg.addEventListener("pointermove", (event) => this.#move(event));
    this.svg.addEventListener("pointerup", () => this.#up(true));
    this.svg.addEventListener("pointercancel", () => this.#up(false));
    this.svg.addEventListener("click", (event) => this.#click(event));
    // the drawing's own keys come before those that pan
    this.home.addEventListener("keydown", (event) => this.hooks.key(event) && event.stopImmediatePropagation());
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!event.isPrimary || !this.tool?.down(this.#at(event), this.#held(event))) return;
    event.stopPropagation();
    this.svg.setPointerCapture(event.pointerId);
    this.#dragging = this.#dragged = true;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.tool || (!this.#dragging && !this.tool.points)) return;
    this.tool.move(this.#at(event));
    this.#mark();
    if (this.#dragging) event.stopPropagation();
  }

  /** @param {boolean} isDone whether the gesture came to its end */
  #up(isDone) {
    if (!this.#dragging) return;
    this.#dragging = false;
    if (isDone) this.tool?.up?.();
    this.#mark();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const isDrag = this.#dragged;
    this.#dragged = false;
    if (isDrag) return; // its end is no tap
    if (this.tool?.click) this.tool.click(this.#at(event), this.scale * REACH_PX);
    else if (this.tool === this.hooks.mover) this.hooks.select(Number(touched(event, "data-zone") ?? -1));
    this.#mark();
  }

  // The zone that is chosen, or its corner, where one of them was touched.
  /** @param {MouseEvent} event @returns {Holds | null} */
  #held(event) {
    const zone = this.features[this.chosen];
    if (!zone) return null;
    const corner = touched(event, "data-corner");
    if (corner !== null) return { zone, corner: corner.split(" ").map(Number) };
    return touched(event, "data-zone") === String(this.chosen) ? { zone } : null;
  }

  // Where the hand is, snapped: to other zones of the floor, else to the grid; Alt is free.
  /** @param {MouseEvent} event @returns {Point} */
  #at(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM()?.inverse());
    const exact = [at.x, -at.y];
    if (event.altKey || this.tool?.exact) return exact;
    const held = this.tool?.held;
    const others = this.features.filter((zone, i) => known(zone) && floorOf(zone) === this.floor && !(held && i === this.chosen));
    const reach = this.scale * REACH_PX;
    if (!held || held.corner) return snapped(exact, targets(others), reach, this.grid);
    const by = [exact[0] - held.from[0], exact[1] - held.from[1]];
    const [dx, dy] = snappedMove(held.zone, by, targets(others), reach, this.grid);
    return [held.from[0] + dx, held.from[1] + dy];
  }

  // Corners of what is chosen, and what the tool is about to draw.
  #mark() {
    const zone = this.tool === this.hooks.mover ? this.features[this.chosen] : null;
    const handles = zone && floorOf(zone) === this.floor ? rings(zone).flatMap((ring, i) => corners(ring).map((at, j) => this.#corner(at, `${i} ${j}`))) : [];
    const sketch = this.tool?.sketch ?? [];
    const line = sketch.length ? [make("path", { class: "sketch", d: `M${sketch.map(([x, y]) => `${x} ${-y}`).join("L")}` })] : [];
    const points = this.tool?.points?.map(([x, y]) => make("circle", { class: "point", cx: x, cy: -y, r: this.scale * CORNER_PX })) ?? [];
    this.marks.replaceChildren(...line, ...points, ...(sketch.length ? [] : handles));
  }

  /** @param {Point} at @param {string} name */
  #corner([x, y], name) {
    const handle = make("g", { class: "corner", transform: `translate(${x} ${-y}) scale(${this.scale})` });
    handle.append(make("circle", { class: "reach", r: 24, "data-corner": name }), make("circle", { class: "knob", r: CORNER_PX }));
    return handle;
  }
}

/** What an attribute says of the shape that was touched, null where it has none. @param {MouseEvent} event @param {string} name */
function touched({ target }, name) {
  return (target instanceof Element && target.closest(`[${name}]`)?.getAttribute(name)) || null;
}

/** A zone that is known by its number: ids may stand twice while one draws. @param {Feature} zone @param {number} index @returns {Feature} */
function numbered(zone, index) {
  const { id, name } = zone.properties;
  return { ...zone, properties: { ...zone.properties, id: String(index), name: name || id || "?" } };
}

/** On the page, in metres. @param {Feature[]} zones @param {Image | null} image */
function extent(zones, image) {
  const all = image ? [...zones, pictured(image)] : zones;
  return all.length ? bounds(all) : NEW;
}

/** @param {Image} image @returns {Pick<Feature, "geometry">} */
function pictured({ x, y, width, height, metresPerPixel }) {
  const [right, low] = [x + width * metresPerPixel, y - height * metresPerPixel];
  return { geometry: { type: "Polygon", coordinates: [[[x, y], [right, y], [right, low], [x, low], [x, y]]] } };
}
