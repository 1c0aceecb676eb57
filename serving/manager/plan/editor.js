// The drawing with its tools, forms and keys: everything that changes the draft before it is saved.

/** @import { Feature, Ring, Zone } from "/tablet/answers.js" */
/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Image } from "./backdrop.js" */
/** @import { Frame } from "./calls.js" */
/** @import { Draft } from "./draft.js" */
/** @import { Hooks } from "./drawing.js" */
/** @import { Fault } from "./faults.js" */
/** @import { Point } from "./geometry.js" */
/** @typedef {"move" | "rectangle" | "polygon"} Name of a tool that is chosen by a button */

import { within } from "/tablet/elements.js";
import { floorOf, known } from "/tablet/zones.js";
import { scaled, widened } from "./backdrop.js";
import { Drawing } from "./drawing.js";
import { faults } from "./faults.js";
import { box, moved } from "./geometry.js";
import { number } from "./number.js";
import { PlaceForm } from "./placeform.js";
import { distance } from "./snap.js";
import { MoveTool, PointsTool, PolygonTool, RectangleTool } from "./tools.js";
import { KINDS, ZoneForm } from "./zoneform.js";

const STEP = 1.4; // of the zoom
const FINE_M = 0.05;
const NEW_M = [4, 3];
const FIRST_WIDTH_M = 40; // of an image whose scale nobody has said
/** @type {Name[]} */
const TOOLS = ["move", "rectangle", "polygon"];
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Editor {
  chosen = -1; // index of a feature, −1 is none
  floor = 0;
  /** @type {Fault[]} */
  faults = [];
  /** @type {Feature[] | null} */
  #checked = null; // those that the faults are of
  /** @type {Point[] | null} */
  #points = null; // that say the picture's scale
  #at;

  /**
   * @param {HTMLElement} home the view
   * @param {string} store
   * @param {Draft} draft
   * @param {Words} words
   * @param {() => void} redrawn hears after every change
   */
  constructor(home, store, draft, words, redrawn) {
    this.home = home;
    this.draft = draft;
    this.words = words;
    this.redrawn = redrawn;
    this.#at = within(home);
    /** @type {Find} */
    this.named = (name, kind) => this.#at(`[name="${name}"]`, kind);
    this.mover = new MoveTool((geometry) => this.#put({ geometry }));
    /** @type {Hooks} */
    const hooks = { label: words.of("plan.drawing"), mover: this.mover, select: (index) => this.choose(index), key: (event) => this.#key(event) };
    this.drawing = new Drawing(this.#at("#plan-home"), store, hooks);
    this.tools = TOOLS.map((name) => ({ name, button: this.#at(`[name=tool][value=${name}]`) }));
    this.form = new ZoneForm(this.#at("#plan-zone", HTMLFormElement), words, (features) => draft.change({ features }), () => this.#remove());
    const page = { pairs: this.#at("#plan-pairs"), frame: this.#at("#plan-frame"), set: this.named("earth-set"), away: this.named("earth-away") };
    this.place = new PlaceForm(page, words, (done) => this.#pick(1, ([at]) => done(at)), (frame) => this.#frame(frame));
    this.#listen();
    this.hold("move");
  }

  #listen() {
    this.named("new-kind").append(...KINDS.map((kind) => new Option(this.words.of(`plan.kind.${kind}`), kind)));
    for (const { name, button } of this.tools) button.addEventListener("click", () => this.hold(name));
    const clicks = {
      undo: () => this.draft.undo(),
      redo: () => this.draft.redo(),
      closer: () => this.drawing.view.zoom(STEP),
      wider: () => this.drawing.view.zoom(1 / STEP),
      all: () => this.drawing.view.all(),
      finish: () => this.drawing.tool?.finish?.(),
      add: () => this.#addHere(),
      "scale-points": () => this.#pick(2, (points) => this.#scalePoints(points)),
      "scale-set": () => this.#scale(),
      "image-away": () => this.draft.change({ image: null }),
    };
    for (const [name, act] of Object.entries(clicks)) this.named(name).addEventListener("click", act);
    const [zone, grid] = [this.named("zone", HTMLSelectElement), this.named("grid", HTMLSelectElement)];
    zone.addEventListener("change", () => this.choose(Number(zone.value)));
    grid.addEventListener("change", () => (this.drawing.grid = Number(grid.value)));
    const [floor, width] = [this.named("more-floor", HTMLInputElement), this.named("image-width", HTMLInputElement)];
    floor.addEventListener("change", () => this.#moreFloor(floor));
    width.addEventListener("change", () => this.#imageWidth(width.valueAsNumber));
    this.home.addEventListener("click", () => this.#finishing());
  }

  /** Takes a tool in hand. @param {Name} name */
  hold(name) {
    const tools = {
      move: () => this.mover,
      rectangle: () => new RectangleTool((ring) => this.#add(ring)),
      polygon: () => new PolygonTool((ring) => this.#add(ring)),
    };
    this.drawing.hold(tools[name]());
    for (const one of this.tools) one.button.setAttribute("aria-pressed", String(one.name === name));
    this.named("scale-points").setAttribute("aria-pressed", "false");
    this.#finishing();
  }

  /** Chooses a feature, on whatever floor it is; −1 is none. @param {number} index */
  choose(index) {
    this.chosen = index;
    this.render();
  }

  /** Lays an image below the drawing, its lower left corner at 0, 0. @param {File} file */
  async trace(file) {
    const { id, width, height } = await this.drawing.backdrop.take(file);
    const metresPerPixel = FIRST_WIDTH_M / width;
    this.drawing.anew();
    this.draft.change({ image: { id, x: 0, y: height * metresPerPixel, width, height, metresPerPixel } });
  }

  render() {
    const { features, image, head } = this.draft.state;
    if (!features[this.chosen] || !known(features[this.chosen])) this.chosen = -1;
    if (this.chosen >= 0) this.floor = floorOf(features[this.chosen]);
    if (this.#checked !== features) this.faults = faults(features);
    this.#checked = features;
    const floors = [...new Set([...features.filter(known).map(floorOf), this.floor])].sort((a, b) => a - b);
    this.#at("#plan-floors").replaceChildren(...floors.map((floor) => this.#floorButton(floor)));
    this.drawing.show(this.draft.state, this.floor, this.chosen, new Set(this.faults.flatMap(({ at }) => at)));
    const zone = this.named("zone", HTMLSelectElement);
    zone.replaceChildren(new Option(this.words.of("plan.zone.none"), "-1"), ...this.#options(features));
    zone.value = String(this.chosen);
    this.form.show(features, this.chosen);
    this.place.show(head.frame);
    this.named("undo", HTMLButtonElement).disabled = !this.draft.done.length;
    this.named("redo", HTMLButtonElement).disabled = !this.draft.undone.length;
    this.#imageAt(image);
    this.#at("#plan-faults").replaceChildren(...this.faults.map((fault) => this.#fault(fault)));
    this.#finishing();
    this.redrawn();
  }

  /** @param {Image | null} image */
  #imageAt(image) {
    for (const name of ["image-away", "scale-points", "scale-set"]) this.named(name, HTMLButtonElement).disabled = !image;
    const width = this.named("image-width", HTMLInputElement);
    width.disabled = !image;
    width.value = image ? (image.width * image.metresPerPixel).toFixed(2) : "";
  }

  end() {
    this.drawing.end();
  }

  /** @param {Feature[]} features */
  #options(features) {
    const here = [...features.entries()].filter(([, zone]) => known(zone) && floorOf(zone) === this.floor);
    const said = (/** @type {Zone} */ { kind, name, id }) => `${name || id || "?"} (${this.words.of(`plan.kind.${kind}`)})`;
    return here.map(([i, zone]) => new Option(said(zone.properties), String(i)));
  }

  /** @param {number} floor */
  #floorButton(floor) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.words.of("floor", { n: floor }) });
    button.dataset.floor = String(floor);
    button.setAttribute("aria-pressed", String(floor === this.floor));
    button.addEventListener("click", () => this.#turn(floor));
    return button;
  }

  /** @param {Fault} fault */
  #fault({ at, key, values }) {
    const item = document.createElement("li");
    const text = this.words.of(key, { ...values, area: number(this.words, Number(values.area ?? 0), 2) });
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.dataset.testid = "plan-fault";
    button.addEventListener("click", () => this.choose(at[at.length - 1]));
    item.append(button);
    return item;
  }

  /** @param {number} floor */
  #turn(floor) {
    this.floor = floor;
    this.chosen = -1;
    this.render();
  }

  /** @param {HTMLInputElement} input */
  #moreFloor(input) {
    if (Number.isInteger(input.valueAsNumber)) this.#turn(input.valueAsNumber);
    input.value = "";
  }

  /** @param {Ring} ring */
  #add(ring) {
    const kind = this.named("new-kind", HTMLSelectElement).value;
    const properties = { id: this.draft.freeId(kind), kind, name: "", floor: this.floor };
    const geometry = moved({ type: "Polygon", coordinates: [ring] }, 0, 0);
    this.chosen = this.draft.state.features.length;
    this.draft.add({ type: "Feature", properties, geometry });
  }

  // A rectangle in the middle of what is seen: a way to draw without a pointer.
  #addHere() {
    const [x, y] = this.drawing.middle.map((value, i) => Math.round(value - NEW_M[i] / 2));
    this.#add(box([x, y], [x + NEW_M[0], y + NEW_M[1]]));
    this.form.fields.name.focus();
  }

  /** @param {Partial<Feature>} changes */
  #put(changes) {
    this.draft.replace(this.chosen, { ...this.draft.state.features[this.chosen], ...changes });
  }

  #remove() {
    const index = this.chosen;
    this.chosen = -1;
    this.draft.replace(index);
    this.named("zone").focus();
  }

  /** @param {Frame | null} frame */
  #frame(frame) {
    const { frame: _, ...head } = this.draft.state.head;
    this.draft.change({ head: frame ? { ...head, frame } : head });
  }

  // Lets a person point at places; afterwards zones are moved again.
  /** @param {number} count @param {(points: Point[]) => void} done */
  #pick(count, done) {
    this.hold("move");
    this.drawing.hold(new PointsTool(count, (points) => (this.hold("move"), done(points))));
    for (const { button } of this.tools) button.setAttribute("aria-pressed", "false");
    this.named("scale-points").setAttribute("aria-pressed", String(count === 2));
    this.drawing.home.focus();
  }

  /** @param {Point[]} points */
  #scalePoints(points) {
    this.#points = points;
    const metres = this.named("scale-metres", HTMLInputElement);
    metres.value = distance(points[0], points[1]).toFixed(2);
    metres.focus();
    metres.select();
  }

  #scale() {
    const metres = this.named("scale-metres", HTMLInputElement).valueAsNumber;
    const { image } = this.draft.state;
    this.drawing.anew();
    if (image && this.#points && metres > 0) this.draft.change({ image: scaled(image, this.#points, metres) });
    this.#points = null;
  }

  /** @param {number} metres */
  #imageWidth(metres) {
    const { image } = this.draft.state;
    this.drawing.anew();
    if (image && metres > 0) this.draft.change({ image: widened(image, metres) });
  }

  #finishing() {
    this.named("finish").hidden = !(this.drawing.tool instanceof PolygonTool && this.drawing.tool.points.length > 2);
  }

  // Keys on the drawing: those of the tool, then those of the chosen zone; the rest moves what is seen.
  /** @param {KeyboardEvent} event */
  #key(event) {
    const isOurs = event.target === this.drawing.home && this.#press(event);
    if (isOurs) event.preventDefault();
    return isOurs;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (this.drawing.tool?.key?.(event.key)) return true;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === "z") return this.draft.undo(), true;
    if (isCommand && event.key === "y") return this.draft.redo(), true;
    if (event.key === "Escape") return this.hold("move"), this.choose(-1), true;
    const zone = this.draft.state.features[this.chosen];
    if (!zone) return false;
    if (event.key === "Delete") return this.#remove(), true;
    const way = ARROWS[event.key];
    if (!way) return false;
    const step = event.shiftKey ? 1 : this.drawing.grid || FINE_M;
    this.#put({ geometry: moved(zone.geometry, way[0] * step, way[1] * step) });
    return true;
  }
}
