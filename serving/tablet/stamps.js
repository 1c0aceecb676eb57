// Small pictures that are drawn once and then stamped: a circle costs more to draw than to copy.

/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Brush */

const TURN = 2 * Math.PI;
const MOST = 400; // a pinch makes a new size at every step

export class Stamps {
  // `fine` is the screen's pixels to one of the page.
  /** @param {number} fine */
  constructor(fine) {
    this.fine = fine;
    /** @type {Map<string, OffscreenCanvas>} */
    this.made = new Map();
  }

  // Stamps the picture of this name onto x, y; `draw(brush)` makes it, `reach` px around its middle, if there is none.
  /** @type {(brush: Brush, name: string, x: number, y: number, reach: number, draw: (brush: Brush) => void) => void} */
  put(brush, name, x, y, reach, draw) {
    let stamp = this.made.get(name);
    if (!stamp) {
      if (this.made.size >= MOST) this.made.clear();
      const size = 2 * Math.ceil(reach * this.fine);
      stamp = new OffscreenCanvas(size, size);
      const own = /** @type {Brush} */ (stamp.getContext("2d"));
      own.setTransform(this.fine, 0, 0, this.fine, size / 2, size / 2);
      draw(own);
      this.made.set(name, stamp);
    }
    // on whole pixels a stamp is copied, between them it would be worked out anew
    const half = stamp.width / 2;
    brush.drawImage(stamp, Math.round(x * this.fine) - half, Math.round(y * this.fine) - half);
  }
}

// A full circle.
/** @param {Brush} brush @param {number} radius */
export function disc(brush, radius) {
  arc(brush, radius, 1);
  brush.fill();
}

// The path of a share of a circle, from the top.
/** @param {Brush} brush @param {number} radius @param {number} share */
export function arc(brush, radius, share) {
  brush.beginPath();
  brush.arc(0, 0, radius, -TURN / 4, share * TURN - TURN / 4);
}
