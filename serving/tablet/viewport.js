// What of the plan is seen: the whole floor, or a part of it that fingers, the wheel or keys have chosen.

/** @import { Box } from "./svg.js" */
/** @typedef {{x: number, y: number}} Point */

const CLOSEST = 12; // times
const STEP = 1.4;
const SLOP_PX = 6; // a finger that moves less has tapped

export class Viewport {
  // `svgs` show the same part of the plan; `home` hears the fingers. `changed(box, metresPerPixel)` hears of every change.
  /** @param {HTMLElement} home @param {SVGElement[]} svgs @param {(box: Box, scale: number) => void} changed */
  constructor(home, svgs, changed) {
    this.home = home;
    this.svgs = svgs;
    this.changed = changed;
    /** @type {Box | null} */
    this.whole = null;
    this.box = { x: 0, y: 0, width: 0, height: 0 };
    /** @type {Map<number, Point>} */
    this.pointers = new Map();
    this.moved = false;
    home.addEventListener("pointerdown", (event) => this.#down(event));
    home.addEventListener("pointermove", (event) => this.#drag(event));
    const lift = (/** @type {PointerEvent} */ event) => this.pointers.delete(event.pointerId);
    home.addEventListener("pointerup", lift);
    home.addEventListener("pointercancel", lift);
    home.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    home.addEventListener("keydown", (event) => this.#key(event));
    // the end of a drag is no tap on what lies below
    home.addEventListener("click", (event) => this.moved && event.stopPropagation(), { capture: true });
    new ResizeObserver(() => this.whole && this.#apply()).observe(home);
  }

  // Shows all of a floor, which is {x, y, width, height} in metres.
  /** @param {Box} whole */
  fit(whole) {
    this.whole = whole;
    this.all();
  }

  all() {
    if (!this.whole) return;
    this.box = { ...this.whole };
    this.#apply();
  }

  /** @param {number} factor @param {Point} [at] what stays where it is */
  zoom(factor, at = { x: this.box.x + this.box.width / 2, y: this.box.y + this.box.height / 2 }) {
    if (!this.whole) return;
    const width = Math.min(this.whole.width, Math.max(this.whole.width / CLOSEST, this.box.width / factor));
    const share = width / this.box.width;
    this.box = {
      x: at.x - (at.x - this.box.x) * share,
      y: at.y - (at.y - this.box.y) * share,
      width,
      height: this.box.height * share,
    };
    this.#apply();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.box = { ...this.box, x: this.box.x + dx, y: this.box.y + dy };
    this.#apply();
  }

  // Metres that a pixel stands for: the box is fitted into the page's.
  get scale() {
    const { width, height } = this.home.getBoundingClientRect();
    return Math.max(this.box.width / (width || 1), this.box.height / (height || 1));
  }

  #apply() {
    const { whole, box } = this;
    if (!whole) return;
    // the middle of what is seen stays on the floor
    box.x = Math.min(Math.max(box.x, whole.x - box.width / 2), whole.x + whole.width - box.width / 2);
    box.y = Math.min(Math.max(box.y, whole.y - box.height / 2), whole.y + whole.height - box.height / 2);
    const text = [box.x, box.y, box.width, box.height].join(" ");
    for (const svg of this.svgs) svg.setAttribute("viewBox", text);
    this.changed(box, this.scale);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (this.pointers.size === 0) this.moved = false;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  // One finger pans, two pinch: what lies between them stays there.
  /** @param {PointerEvent} event */
  #drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.whole) return;
    const now = { x: event.clientX, y: event.clientY };
    const slop = this.moved ? 0 : SLOP_PX;
    if (Math.hypot(now.x - before.x, now.y - before.y) < slop) return;
    if (!this.moved) this.home.setPointerCapture(event.pointerId);
    this.moved = true;
    const old = [...this.pointers.values()];
    this.pointers.set(event.pointerId, now);
    const { scale } = this;
    const [from, to] = [middle(old), middle([...this.pointers.values()])];
    this.pan((from.x - to.x) * scale, (from.y - to.y) * scale);
    if (old.length === 2) this.zoom(spread([...this.pointers.values()]) / spread(old), this.#metres(to));
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!this.whole) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 400), this.#metres({ x: event.clientX, y: event.clientY }));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.home || !this.whole) return;
    const step = this.box.width / 10;
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowLeft: () => this.pan(-step, 0),
      ArrowRight: () => this.pan(step, 0),
      ArrowUp: () => this.pan(0, -step),
      ArrowDown: () => this.pan(0, step),
      "+": () => this.zoom(STEP),
      "-": () => this.zoom(1 / STEP),
      0: () => this.all(),
    };
    const act = acts[event.key];
    if (!act) return;
    act();
    event.preventDefault();
  }

  /** @param {Point} pixel */
  #metres({ x, y }) {
    const { left, top, width, height } = this.home.getBoundingClientRect();
    const { box, scale } = this;
    return { x: box.x + box.width / 2 + (x - left - width / 2) * scale, y: box.y + box.height / 2 + (y - top - height / 2) * scale };
  }
}

/** @param {Point[]} points */
function middle(points) {
  const mean = (/** @type {"x" | "y"} */ name) => points.reduce((sum, point) => sum + point[name], 0) / points.length;
  return { x: mean("x"), y: mean("y") };
}

/** @param {Point[]} points */
function spread([a, b]) {
  return Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
}
