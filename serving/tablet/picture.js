// How the shoppers look: a point each, a ring that fills with the time they have stood there, and a halo as large as
// their place is uncertain. One canvas: 200 that move cost less there than as elements (docs/decisions/022-shoppers-on-a-canvas.md).

/** @import { Place } from "./dots.js" */
/** @import { Brush } from "./stamps.js" */
/** @import { Box } from "./svg.js" */
/** @typedef {Place & {fromX: number, fromY: number, since: number}} Dot */

import { Stamps, arc, disc } from "./stamps.js";

const GLIDE_MS = 1000; // from one place to the next, as often as places come
const DOT_PX = 6.5;
const RING_PX = 10;
const CALL_PX = 22;
const LARGEST_PX = 400; // of a halo: more than the page shows
const FINEST = 2; // pixels of the screen to one of the page, at most

export class Picture {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @type {Map<string, Dot>} */
    this.dots = new Map();
    this.fine = Math.min(FINEST, window.devicePixelRatio);
    this.stamps = new Stamps(this.fine);
    this.shopper = this.act = this.sheet = "";
    /** @type {Box | null} */
    this.box = null;
    this.scale = 1;
    this.until = 0;
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    /** @type {number | null} */
    this.frame = null;
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  // Everybody's places, as `Dots.move` gives them; who was there before glides on.
  /** @param {Place[]} places */
  move(places, now = performance.now()) {
    const before = this.dots;
    this.dots = new Map(
      places.map((place) => {
        const old = before.get(place.id);
        const from = old ? at(old, now) : place;
        return [place.id, { ...place, fromX: from.x, fromY: from.y, since: this.calm.matches || !old ? now - GLIDE_MS : now }];
      }),
    );
    this.until = now + GLIDE_MS;
    this.#colours();
    this.#draw();
  }

  /** @param {string[]} visitIds */
  call(visitIds) {
    const called = new Set(visitIds);
    for (const dot of this.dots.values()) dot.called = called.has(dot.id);
    this.#draw();
  }

  // What of the plan is seen: its box in metres, and metres to a pixel.
  /** @param {Box} box @param {number} scale */
  look(box, scale) {
    this.box = box;
    this.scale = scale;
    this.#draw();
  }

  // A stylesheet's variables are known only where they are used.
  #colours() {
    const { color, outlineColor, caretColor } = getComputedStyle(this.canvas);
    if (this.shopper !== color || this.act !== outlineColor || this.sheet !== caretColor) this.stamps = new Stamps(this.fine);
    Object.assign(this, { shopper: color, act: outlineColor, sheet: caretColor });
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.fine = Math.min(FINEST, window.devicePixelRatio);
    this.stamps = new Stamps(this.fine);
    Object.assign(this.canvas, { width: clientWidth * this.fine, height: clientHeight * this.fine });
    this.#draw();
  }

  // Draws the next frame, and goes on while anybody moves.
  #draw() {
    this.frame ??= requestAnimationFrame((now) => {
      this.frame = null;
      if (this.box) this.#paint(now, this.box);
      if (now < this.until && !this.calm.matches) this.#draw();
    });
  }

  /** @param {number} now @param {Box} box */
  #paint(now, box) {
    const { brush, canvas, scale, fine } = this;
    brush.clearRect(0, 0, canvas.width, canvas.height);
    const [width, height] = [canvas.width / fine, canvas.height / fine];
    const marks = [...this.dots.values()].map((dot) => {
      const { x, y } = at(dot, now);
      return { dot, x: width / 2 + (x - box.x - box.width / 2) / scale, y: height / 2 + (y - box.y - box.height / 2) / scale };
    });
    for (const { x, y, dot } of marks) this.#halo(brush, x, y, Math.round(dot.halo / scale));
    for (const { x, y, dot } of marks) this.#mark(brush, x, y, dot);
  }

  /** @param {Brush} brush @param {number} x @param {number} y @param {number} radius */
  #halo(brush, x, y, radius) {
    if (radius <= RING_PX) return;
    const shown = Math.min(radius, LARGEST_PX);
    this.stamps.put(brush, `halo ${shown}`, x, y, shown, (own) => {
      Object.assign(own, { fillStyle: this.shopper, globalAlpha: 0.1 });
      disc(own, shown);
    });
  }

  /** @param {Brush} brush @param {number} x @param {number} y @param {Dot} dot */
  #mark(brush, x, y, { ring, called }) {
    this.stamps.put(brush, `mark ${ring} ${called}`, x, y, CALL_PX + 3, (own) => {
      if (called) this.#call(own);
      Object.assign(own, { strokeStyle: this.shopper, lineWidth: 3 });
      arc(own, RING_PX, ring);
      own.stroke();
      Object.assign(own, { fillStyle: this.shopper, strokeStyle: this.sheet, lineWidth: 2 });
      disc(own, DOT_PX);
      own.stroke();
    });
  }

  /** @param {Brush} own */
  #call(own) {
    Object.assign(own, { fillStyle: this.act, strokeStyle: this.act, lineWidth: 3, globalAlpha: 0.25 });
    disc(own, CALL_PX);
    own.globalAlpha = 1;
    own.stroke();
  }
}

/** @param {Dot} dot @param {number} now */
function at(dot, now) {
  const share = Math.min(1, (now - dot.since) / GLIDE_MS);
  return { x: dot.fromX + (dot.x - dot.fromX) * share, y: dot.fromY + (dot.y - dot.fromY) * share };
}
