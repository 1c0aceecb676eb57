// The form that says where the plan lies on Earth: three of its points with what a map says of them.

import { fitted, parsed } from "./earth.js";
import { number } from "./number.js";

const POINTS = 3;
const WELL_M = 2; // further off, and a person should look again
const WELL_SCALE = 0.03;

export class PlaceForm {
  /** `pick(done)` lets a person point at the plan; `changed(frame)` hears of the frame, null of its end. */
  constructor(page, words, pick, changed) {
    Object.assign(this, { page, words, pick, changed });
    page.pairs.replaceChildren(...Array.from({ length: POINTS }, (_, i) => this.#pair(i + 1)));
    page.set.addEventListener("click", () => this.#set());
    page.away.addEventListener("click", () => this.#change(null, ""));
  }

  show(frame) {
    this.page.away.hidden = !frame;
    if (this.said) return; // what the last fit was worth stays until the next
    const numbers = frame && { lat: frame.lat.toFixed(6), lon: frame.lon.toFixed(6), degrees: (frame.rotation_deg ?? 0).toFixed(1) };
    this.page.frame.textContent = frame ? this.words.of("plan.earth.is", numbers) : this.words.of("plan.earth.none");
  }

  #pair(number) {
    const group = document.createElement("fieldset");
    Object.assign(group, { className: "pair" }).dataset.testid = "earth-pair";
    const legend = Object.assign(document.createElement("legend"), { textContent: this.words.of("plan.earth.point", { n: number }) });
    const [x, y, place] = ["plan.earth.x", "plan.earth.y", "plan.earth.latlon"].map((key) => this.#input(key));
    for (const input of [x, y]) Object.assign(input.control, { type: "number", step: "any" });
    const pick = Object.assign(document.createElement("button"), { type: "button", className: "wide", textContent: this.words.of("plan.earth.pick") });
    pick.addEventListener("click", () => this.pick(([atX, atY]) => Object.assign(x.control, { value: atX.toFixed(2) }) && Object.assign(y.control, { value: atY.toFixed(2) })));
    place.label.className = "wide";
    group.append(legend, pick, x.label, y.label, place.label);
    return group;
  }

  #input(key) {
    const label = document.createElement("label");
    const control = Object.assign(document.createElement("input"), { autocomplete: "off" });
    label.append(Object.assign(document.createElement("span"), { textContent: this.words.of(key) }), control);
    return { label, control };
  }

  #set() {
    const pairs = [...this.page.pairs.children].map((group) => {
      const [x, y, place] = [...group.querySelectorAll("input")];
      return { x: x.valueAsNumber, y: y.valueAsNumber, ...parsed(place.value) };
    });
    const isWhole = pairs.every(({ x, y, lon }) => Number.isFinite(x) && Number.isFinite(y) && lon !== undefined);
    const found = isWhole ? fitted(pairs) : null;
    if (!found) return this.#say(this.words.of("plan.earth.missing"));
    const [off, scale] = [Math.max(...found.offM), found.scale];
    const isWell = off <= WELL_M && Math.abs(scale - 1) <= WELL_SCALE;
    this.#change(found.frame, this.words.of(isWell ? "plan.earth.fits" : "plan.earth.off", { off: number(this.words, off, 1), scale: number(this.words, scale * 100, 0) }));
  }

  #change(frame, said) {
    this.#say(said);
    this.changed(frame);
  }

  #say(text) {
    this.said = text;
    this.page.frame.textContent = text;
  }
}
