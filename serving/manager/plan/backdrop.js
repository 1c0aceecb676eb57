// The picture that is traced: a person's own image of the plan, drawn below the zones. It never leaves the browser.

/** @import { Box } from "/tablet/svg.js" */
/** @import { Point } from "./geometry.js" */
/** @typedef {{id: string, x: number, y: number, width: number, height: number, metresPerPixel: number}} Image from its upper left corner, m; its size in pixels */

const KEPT = "aislewise-drawing";

export class Backdrop {
  /** @type {Map<string, ImageBitmap>} */
  pictures = new Map(); // by id: a change that is undone may bring one back
  /** @type {Image | null} */
  place = null;
  /** @type {Box | null} */
  box = null;
  scale = 1;
  resizing = new ResizeObserver(() => this.draw());

  /** Draws on a canvas. Where the picture lies is the draft's. @param {HTMLCanvasElement} canvas @param {string} store */
  constructor(canvas, store) {
    this.canvas = canvas;
    this.at = `/drawing/${encodeURIComponent(store)}`;
    this.resizing.observe(canvas);
  }

  /** Takes an image file. Throws where it is none. @param {File} file @returns {Promise<{id: string, width: number, height: number}>} */
  async take(file) {
    const picture = await createImageBitmap(file);
    const id = crypto.getRandomValues(new Uint32Array(1))[0].toString(16);
    this.pictures.set(id, picture);
    // kept with the draft, on https and localhost only
    await (await window.caches?.open(KEPT))?.put(this.at, new Response(file));
    return { id, width: picture.width, height: picture.height };
  }

  /** The image that was there before a reload, where the browser has kept it. @param {string} id */
  async restore(id) {
    const kept = await (await window.caches?.open(KEPT))?.match(this.at);
    if (kept) this.pictures.set(id, await createImageBitmap(await kept.blob()));
    this.draw();
  }

  /** Keeps no image for the next time. */
  async forget() {
    await (await window.caches?.open(KEPT))?.delete(this.at);
  }

  /** What of the plan is seen, in the page's metres, and metres to a pixel. @param {Box} box @param {number} scale */
  look(box, scale) {
    this.box = box;
    this.scale = scale;
    this.draw();
  }

  draw() {
    const { canvas, place, box, scale } = this;
    const picture = place && this.pictures.get(place.id);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    Object.assign(canvas, { width, height });
    if (!picture || !box) return;
    const x = width / 2 + (place.x - box.x - box.width / 2) / scale;
    const y = height / 2 + (-place.y - box.y - box.height / 2) / scale;
    const size = place.metresPerPixel / scale;
    canvas.getContext("2d")?.drawImage(picture, x, y, picture.width * size, picture.height * size);
  }

  end() {
    this.resizing.disconnect();
  }
}

/** An image that is so wide; its lower left corner stays where it is. @param {Image} image @param {number} metres @returns {Image} */
export function widened(image, metres) {
  const metresPerPixel = metres / image.width;
  return { ...image, metresPerPixel, y: image.y + image.height * (metresPerPixel - image.metresPerPixel) };
}

/**
 * An image scaled so that two of its points are `metres` apart; the first stays where it is.
 * @param {Image} image @param {Point[]} points @param {number} metres @returns {Image}
 */
export function scaled(image, [from, to], metres) {
  const share = metres / Math.hypot(to[0] - from[0], to[1] - from[1]);
  return {
    ...image,
    metresPerPixel: image.metresPerPixel * share,
    x: from[0] + (image.x - from[0]) * share,
    y: from[1] + (image.y - from[1]) * share,
  };
}
