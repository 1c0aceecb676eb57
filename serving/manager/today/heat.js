// Where people stood, over the plan, by the hour: a map a day or store, both at the same hour and in the same colours.

/** @import { Feature, Plan } from "/tablet/answers.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { HeatFigures, Square } from "./reports.js" */
/** @typedef {Square & {place: string}} Placed */

import { layer } from "/tablet/heat.js";
import { bounds, make } from "/tablet/svg.js";
import { drawn, floorOf, known } from "/tablet/zones.js";
import { clock } from "./columns.js";
import { Panel } from "./panel.js";
import { which } from "./sentences.js";

const STEP_MS = 900;
const MOST = 10; // rows of the table
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Heat extends Panel {
  /** @type {HeatFigures | null} */
  #answer = null;
  /** @type {HeatFigures | null} */
  #other = null;
  /** @type {(number | null)[]} */
  #hours = [null]; // null is the whole day
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {HTMLTemplateElement} template
   * @param {HTMLTemplateElement} controls
   * @param {string} store
   * @param {Words} words
   * @param {Plan} plan
   */
  constructor(template, controls, store, words, plan) {
    super(template, store, "heat", words);
    this.zones = plan.features.filter(known);
    /** @type {Map<string, Feature[]>} */
    this.elsewhere = new Map();
    this.at(".pictures").replaceWith(controls.content.cloneNode(true));
    words.apply(this.home);
    this.slider = this.at("[type=range]", HTMLInputElement);
    this.said = this.at("output");
    this.play = this.at("[name=play]", HTMLButtonElement);
    this.floor = this.at("select", HTMLSelectElement);
    this.maps = this.at(".maps");
    const floors = [...new Set(this.zones.map(floorOf))].sort((a, b) => a - b);
    this.floor.replaceChildren(...floors.map((floor) => new Option(String(floor), String(floor))));
    this.floor.closest("label")?.toggleAttribute("hidden", floors.length < 2);
    this.floor.addEventListener("change", () => this.#turn());
    this.slider.addEventListener("input", () => this.#turn());
    this.play.addEventListener("click", () => this.#playOrStop());
    this.#name();
  }

  /** The plan of another store, before it is compared with. @param {string} store @param {Plan} plan */
  know(store, plan) {
    this.elsewhere.set(store, plan.features.filter(known));
  }

  /** @param {HeatFigures} answer @param {HeatFigures | null} other @param {string | null} currency */
  show(answer, other, currency) {
    this.stop();
    this.#answer = answer;
    this.#other = other;
    const hours = new Set([answer, other].flatMap((one) => one?.rows.map((row) => row.hour) ?? []));
    this.#hours = [null, ...[...hours].filter((hour) => hour !== null).sort((a, b) => a - b)];
    this.slider.max = String(this.#hours.length - 1);
    this.slider.value = "0";
    this.play.disabled = this.slider.disabled = this.#hours.length < 2;
    super.show(answer, other, currency);
  }

  /** Draws the hour that the slider is at. */
  draw() {
    this.#turn();
  }

  count() {} // a table of the hour comes with the map

  /** Ends what plays. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#name();
  }

  // With less motion a tap goes on by an hour; else the hours go by until it is tapped again.
  #playOrStop() {
    if (this.#timer) return this.stop();
    this.#next();
    if (!still.matches) this.#timer = setInterval(() => this.#next(), STEP_MS);
    this.#name();
  }

  #next() {
    this.slider.value = String((Number(this.slider.value) + 1) % this.#hours.length);
    this.#turn();
  }

  #name() {
    this.play.textContent = this.words.of(this.#timer ? "today.stop" : still.matches ? "today.next" : "today.play");
  }

  #turn() {
    if (!this.#answer) return;
    const hour = this.#hours[Number(this.slider.value)];
    const text = hour === null ? this.words.of("today.all-day") : `${clock(this.words, hour)}–${clock(this.words, hour + 1)}`;
    this.said.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
    const floor = Number(this.floor.value);
    const cells = (/** @type {HeatFigures} */ answer) => answer.rows.filter((row) => row.hour === hour && row.floor === floor);
    const [mine, other] = [this.#answer, this.#other];
    const days = other ? [mine, other] : [mine];
    const most = Math.max(1e-9, ...days.flatMap((day) => cells(day).map((row) => row.seconds)));
    const title = (/** @type {HeatFigures} */ day) => which(this.words, day, day === mine ? other : mine);
    this.maps.replaceChildren(...days.map((day) => this.#map(day, title(day), cells(day), floor, most, text)));
    this.#busiest(this.#answer, cells, text);
  }

  /** @type {(day: HeatFigures, where: string, cells: Square[], floor: number, most: number, hour: string) => HTMLElement} */
  #map(day, where, cells, floor, most, hour) {
    const plan = this.elsewhere.get(day.store) ?? this.zones;
    const zones = plan.filter((zone) => floorOf(zone) === floor);
    const box = bounds(zones);
    const top = this.#top(cells, plan)[0];
    const main = top ? this.words.of("today.heat.most", { place: top.place, count: top.visits }) : this.words.of("today.nothing");
    const label = this.words.of("today.picture", { name: `${this.words.of("today.report.heat")}, ${hour}`, day: where, main });
    const svg = make("svg", { viewBox: [box.x, box.y, box.width, box.height].join(" "), role: "img", "aria-label": label });
    svg.append(...drawn(zones, Math.max(box.width, box.height) / 100));
    svg.insertBefore(layer(cells, most), svg.querySelector(".label")); // names stay on top
    const figure = document.createElement("figure");
    figure.append(svg, Object.assign(document.createElement("figcaption"), { textContent: where }));
    return figure;
  }

  // The table: the cells where most time was spent, beside the same of the other day.
  /** @param {HeatFigures} day @param {(answer: HeatFigures) => Square[]} cells @param {string} hour */
  #busiest(day, cells, hour) {
    const top = this.#top(cells(day), this.zones);
    const answer = { ...day, rows: top };
    // a square metre of one store is none of another's
    const other = this.#other?.store === day.store && { ...this.#other, rows: this.#placed(cells(this.#other), this.zones).filter((row) => top.some((one) => same(one, row))) };
    super.count(answer, other || null);
    this.at("table", HTMLTableElement).createCaption().textContent = this.words.of("today.heat.busiest", { hour });
  }

  /** @param {Square[]} cells @param {Feature[]} zones */
  #top(cells, zones) {
    return this.#placed(cells.toSorted((a, b) => b.seconds - a.seconds).slice(0, MOST), zones);
  }

  /** @type {(cells: Square[], zones: Feature[]) => Placed[]} */
  #placed(cells, zones) {
    return cells.map((row) => ({ ...row, place: `${this.#place(row, zones)} (${row.cell_x_m}, ${row.cell_y_m})` }));
  }

  // The display, else the department, that a cell's middle lies in.
  /** @param {Square} cell @param {Feature[]} zones */
  #place({ floor, cell_x_m, cell_y_m }, zones) {
    const inside = zones.filter((zone) => floorOf(zone) === floor && zone.properties.kind !== "obstacle" && holds(zone, cell_x_m + 0.5, cell_y_m + 0.5));
    const zone = inside.find(({ properties }) => properties.kind === "display") ?? inside[0];
    return zone ? zone.properties.name || zone.properties.id : this.words.of("today.between-zones");
  }
}

/** @type {(keyof Square)[]} */
const WHICH = ["floor", "cell_x_m", "cell_y_m", "hour"];

/** @param {Square} a @param {Square} b */
const same = (a, b) => WHICH.every((key) => a[key] === b[key]);

/** @param {Feature} zone @param {number} x @param {number} y */
function holds({ geometry }, x, y) {
  const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
  return polygons.some((rings) => rings.reduce((inside, ring) => inside !== winds(ring, x, y), false));
}

/** @param {number[][]} ring @param {number} x @param {number} y */
function winds(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
