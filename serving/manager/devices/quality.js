// Whether the data are good for something, in figures and in words: what is wrong, and what to do about it.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, Quality as Found, Unfit } from "./calls.js" */

const AGAIN_MS = 60_000; // the server makes it once a minute
const MUCH_LATE = 0.05; // of the positions: then a sender buffers, or a clock is wrong
const MUCH_OUTSIDE = 0.05;
const LARGE_M = 5; // a display is a few metres wide

export class Quality {
  #asked = -Infinity;

  /** @param {Find} find @param {Calls} calls @param {Words} words */
  constructor(find, calls, words) {
    this.find = find;
    this.calls = calls;
    this.words = words;
    this.metres = new Intl.NumberFormat(words.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.share = new Intl.NumberFormat(words.language, { style: "percent", maximumFractionDigits: 1 });
  }

  async refresh() {
    if (performance.now() - this.#asked < AGAIN_MS) return;
    this.#asked = performance.now();
    try {
      this.#show(await this.calls.quality());
    } catch {
      this.#asked = -Infinity;
    }
  }

  /** @param {Found} found */
  #show(found) {
    const { late, outside, sigma_m, sigma_p95_m } = found;
    this.#write("late", late === null ? null : this.share.format(late));
    this.#write("outside", outside === null ? null : this.share.format(outside));
    this.#write("sigma", sigma_m === null ? null : this.#size(sigma_m));
    this.#write("sigma-p95", sigma_p95_m === null ? null : this.#size(sigma_p95_m));
    const said = [...this.#advice(found), ...this.#zones(found.zones)];
    const lines = said.length ? said : [this.words.of(found.positions ? "devices.quality.well" : "devices.quality.none")];
    const items = lines.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
    this.find("quality-advice").replaceChildren(...items);
  }

  /** @param {Found} found */
  #advice({ late, outside, sigma_m, without_sigma }) {
    const wrong = {
      late: (late ?? 0) > MUCH_LATE,
      outside: (outside ?? 0) > MUCH_OUTSIDE,
      coarse: (sigma_m ?? 0) > LARGE_M,
      unsized: without_sigma === 1,
    };
    return Object.entries(wrong).flatMap(([name, so]) => (so ? [this.words.of(`devices.quality.${name}`)] : []));
  }

  // One line for each kind of fault.
  /** @param {Unfit[]} zones */
  #zones(zones) {
    const kinds = { "no category": "category", "no product": "product", "not in the plan": "strange" };
    return Object.entries(kinds).flatMap(([why, name]) => {
      const names = zones.filter((zone) => zone.why === why).map((zone) => zone.name);
      return names.length ? [this.words.of(`devices.quality.${name}`, { zones: names.join(", ") })] : [];
    });
  }

  /** @param {number} metres */
  #size(metres) {
    return this.words.of("devices.quality.metres", { metres: this.metres.format(metres) });
  }

  /** @param {string} name @param {string | null} value */
  #write(name, value) {
    this.find(`quality-${name}`).textContent = value ?? "–";
  }
}
