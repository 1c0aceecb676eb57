// The form that says where the plan lies on Earth: three of its points with what a map says of them.

/** @import { Words } from "/tablet/words.js" */
/** @import { Frame } from "./calls.js" */
/** @import { Pair } from "./earth.js" */
/** @import { Point } from "./geometry.js" */
/** @typedef {{pairs: HTMLElement, frame: HTMLElement, set: HTMLElement, away: HTMLElement}} Page its elements */
/** @typedef {{x: HTMLInputElement, y: HTMLInputElement, place: HTMLInputElement}} Fields of a point */

import { fitted, parsed } from "./earth.js";
import { number } from "./number.js";

const POINTS = 3;
const WELL_M = 2; // further off, and a person should look again
const WELL_SCALE = 0.03;

export class PlaceForm {
  /** @type {Fields[]} */
  #fields = [];
  #said = ""; // what the last fit was worth stays until the next

  /**
   * @param {Page} page
   * @param {Words} words
   * @param {(done: (at: Point) => void) => void} pick lets a person point at the plan
   * @param {(frame: Frame | null) => void} changed hears of the frame, null of its end
   */
  constructor(page, words, pick, changed) {
    this.page = page;
    this.words = words;
    this.pick = pick;
    this.changed = changed;
    page.pairs.replaceChildren(...Array.from({ length: POINTS }, (_, i) => this.#pair(i + 1)));
    page.set.addEventListener("click", () => this.#set());
    page.away.addEventListener("click", () => this.#change(null, ""));
  }

  /** @param {Frame} [frame] */
  show(frame) {
    this.page.away.hidden = !frame;
    if (!this.#said) this.page.frame.textContent = this.#told(frame);
  }

  /** @param {Frame} [frame] */
  #told(frame) {
    if (!frame) return this.words.of("plan.earth.none");
    const degrees = (frame.rotation_deg ?? 0).toFixed(1);
    return this.words.of("plan.earth.is", { lat: frame.lat.toFixed(6), lon: frame.lon.toFixed(6), degrees });
  }

  /** @param {number} number */
  #pair(number) {
    const group = document.createElement("fieldset");
    Object.assign(group, { className: "pair" }).dataset.testid = "earth-pair";
    const legend = Object.assign(document.createElement("legend"), { textContent: this.words.of("plan.earth.point", { n: number }) });
    const [x, y, place] = ["plan.earth.x", "plan.earth.y", "plan.earth.latlon"].map((key) => this.#input(key));
    for (const input of [x, y]) Object.assign(input.control, { type: "number", step: "any" });
    const pick = Object.assign(document.createElement("button"), { type: "button", className: "wide", textContent: this.words.of("plan.earth.pick") });
    pick.addEventListener("click", () =>
      this.pick(([atX, atY]) => {
        x.control.value = atX.toFixed(2);
        y.control.value = atY.toFixed(2);
      }),
    );
    place.label.className = "wide";
    group.append(legend, pick, x.label, y.label, place.label);
    this.#fields.push({ x: x.control, y: y.control, place: place.control });
    return group;
  }

  /** @param {string} key */
  #input(key) {
    const label = document.createElement("label");
    const control = Object.assign(document.createElement("input"), { autocomplete: /** @type {const} */ ("off") });
    label.append(Object.assign(document.createElement("span"), { textContent: this.words.of(key) }), control);
    return { label, control };
  }

  #set() {
    const pairs = this.#fields.map(paired).filter((pair) => pair !== null);
    const found = pairs.length === POINTS ? fitted(pairs) : null;
    if (!found) return this.#say(this.words.of("plan.earth.missing"));
    const [off, scale] = [Math.max(...found.offM), found.scale];
    const isWell = off <= WELL_M && Math.abs(scale - 1) <= WELL_SCALE;
    this.#change(found.frame, this.words.of(isWell ? "plan.earth.fits" : "plan.earth.off", { off: number(this.words, off, 1), scale: number(this.words, scale * 100, 0) }));
  }

  /** @param {Frame | null} frame @param {string} said */
  #change(frame, said) {
    this.#say(said);
    this.changed(frame);
  }

  /** @param {string} text */
  #say(text) {
    this.#said = text;
    this.page.frame.textContent = text;
  }
}

/** What stands in the fields of a point, null where something is missing. @param {Fields} fields @returns {Pair | null} */
function paired({ x, y, place }) {
  const there = parsed(place.value);
  const isWhole = Number.isFinite(x.valueAsNumber) && Number.isFinite(y.valueAsNumber);
  return there && isWhole ? { x: x.valueAsNumber, y: y.valueAsNumber, ...there } : null;
}
