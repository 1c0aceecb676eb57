// The drawing with its tools, forms and keys: everything that changes the draft before it is saved.

import { floorOf, known } from "/tablet/zones.js";
import { scaled, widened } from "./backdrop.js";
import { Drawing } from "./drawing.js";
import { faults } from "./faults.js";
import { box, moved } from "./geometry.js";
import { number } from "./number.js";
import { PlaceForm } from "./placeform.js";
import { MoveTool, PointsTool, PolygonTool, RectangleTool } from "./tools.js";
import { KINDS, ZoneForm } from "./zoneform.js";

const STEP = 1.4; // of the zoom
const FINE_M = 0.05;
const NEW_M = [4, 3];
const FIRST_WIDTH_M = 40; // of an image whose scale nobody has said
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Editor {
  /** `home` is the view; `draft` is already begun. `redrawn()` hears after every change. */
  constructor(home, store, draft, words, redrawn) {
    Object.assign(this, { home, draft, words, redrawn, chosen: -1, floor: 0, points: null });
    this.mover = new MoveTool((geometry) => this.#put({ geometry }));
    const hooks = { label: words.of("plan.drawing"), mover: this.mover, select: (index) => this.choose(index), key: (event) => this.#key(event) };
    this.drawing = new Drawing(this.#at("#plan-home"), store, hooks);
    const change = (features) => draft.change({ features });
    this.form = new ZoneForm(this.#at("#plan-zone"), words, change, () => this.#remove());
    const page = { pairs: this.#at("#plan-pairs"), frame: this.#at("#plan-frame"), set: this.named("earth-set"), away: this.named("earth-away") };
    this.place = new PlaceForm(page, words, (done) => this.#pick(1, ([at]) => done(at)), (frame) => this.#frame(frame));
    this.#listen();
    this.hold("move");
  }

  named(name) {
    return this.home.querySelector(`[name="${name}"]`);
  }

  #at(selector) {
    return this.home.querySelector(selector);
  }

  #listen() {
    this.named("new-kind").append(...KINDS.map((kind) => new Option(this.words.of(`plan.kind.${kind}`), kind)));
    for (const button of this.home.querySelectorAll("[name=tool]")) button.addEventListener("click", () => this.hold(button.value));
    const clicks = {
      undo: () => this.draft.undo(),
      redo: () => this.draft.redo(),
      closer: () => this.drawing.view.zoom(STEP),
      wider: () => this.drawing.view.zoom(1 / STEP),
      all: () => this.drawing.view.all(),
      finish: () => this.drawing.tool.finish?.(),
      add: () => this.#addHere(),
      "scale-points": () => this.#pick(2, (points) => this.#scalePoints(points)),
      "scale-set": () => this.#scale(),
      "image-away": () => this.draft.change({ image: null }),
    };
    for (const [name, act] of Object.entries(clicks)) this.named(name).addEventListener("click", act);
    this.named("zone").addEventListener("change", ({ target }) => this.choose(Number(target.value)));
    this.named("grid").addEventListener("change", ({ target }) => (this.drawing.grid = Number(target.value)));
    this.named("more-floor").addEventListener("change", ({ target }) => this.#moreFloor(target));
    this.named("image-width").addEventListener("change", ({ target }) => this.#imageWidth(target.valueAsNumber));
    this.home.addEventListener("click", () => this.#finishing());
  }

  /** Takes a tool in hand: `move`, `rectangle` or `polygon`. */
  hold(name) {
    const tools = { move: () => this.mover, rectangle: () => new RectangleTool((ring) => this.#add(ring)), polygon: () => new PolygonTool((ring) => this.#add(ring)) };
    this.drawing.hold(tools[name]());
    for (const button of this.home.querySelectorAll("[name=tool]")) button.setAttribute("aria-pressed", button.value === name);
    this.named("scale-points").setAttribute("aria-pressed", "false");
    this.#finishing();
  }

  /** Chooses a feature, on whatever floor it is; −1 is none. */
  choose(index) {
    this.chosen = index;
    this.render();
  }

  /** Lays an image below the drawing, its lower left corner at 0, 0. */
  async trace(file) {
    const { id, width, height } = await this.drawing.backdrop.take(file);
    const metresPerPixel = FIRST_WIDTH_M / width;
    this.drawing.anew();
    this.draft.change({ image: { id, x: 0, y: height * metresPerPixel, width, height, metresPerPixel } });
  }

  render() {
    const { features, image, head } = this.draft.state;
    if (!known(features[this.chosen] ?? {})) this.chosen = -1;
    if (this.chosen >= 0) this.floor = floorOf(features[this.chosen]);
    if (this.checked !== features) Object.assign(this, { checked: features, faults: faults(features) });
    const floors = [...new Set([...features.filter(known).map(floorOf), this.floor])].sort((a, b) => a - b);
    this.#at("#plan-floors").replaceChildren(...floors.map((floor) => this.#floorButton(floor)));
    this.drawing.show(this.draft.state, this.floor, this.chosen, new Set(this.faults.flatMap(({ at }) => at)));
    this.named("zone").replaceChildren(new Option(this.words.of("plan.zone.none"), -1), ...this.#options(features));
    this.named("zone").value = this.chosen;
    this.form.show(features, this.chosen);
    this.place.show(head.frame);
    this.named("undo").disabled = !this.draft.done.length;
    this.named("redo").disabled = !this.draft.undone.length;
    for (const name of ["image-width", "image-away", "scale-points", "scale-set"]) this.named(name).disabled = !image;
    this.named("image-width").value = image ? (image.width * image.metresPerPixel).toFixed(2) : "";
    this.#at("#plan-faults").replaceChildren(...this.faults.map((fault) => this.#fault(fault)));
    this.#finishing();
    this.redrawn();
  }

  end() {
    this.drawing.end();
  }

  #options(features) {
    const here = features.map((zone, i) => [zone, i]).filter(([zone]) => known(zone) && floorOf(zone) === this.floor);
    const said = ({ kind, name, id }) => `${name || id || "?"} (${this.words.of(`plan.kind.${kind}`)})`;
    return here.map(([zone, i]) => new Option(said(zone.properties), i));
  }

  #floorButton(floor) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.words.of("floor", { n: floor }) });
    button.dataset.floor = floor;
    button.setAttribute("aria-pressed", floor === this.floor);
    button.addEventListener("click", () => this.#turn(floor));
    return button;
  }

  #fault({ at, key, values }) {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.words.of(key, { ...values, area: number(this.words, values.area ?? 0, 2) }) });
    button.dataset.testid = "plan-fault";
    button.addEventListener("click", () => this.choose(at.at(-1)));
    item.append(button);
    return item;
  }

  #turn(floor) {
    this.floor = floor;
    this.chosen = -1;
    this.render();
  }

  #moreFloor(input) {
    if (Number.isInteger(input.valueAsNumber)) this.#turn(input.valueAsNumber);
    input.value = "";
  }

  #add(ring) {
    const kind = this.named("new-kind").value;
    const properties = { id: this.draft.freeId(kind), kind, name: "", floor: this.floor };
    const geometry = moved({ type: "Polygon", coordinates: [ring] }, 0, 0);
    this.chosen = this.draft.state.features.length;
    this.draft.add({ type: "Feature", properties, geometry });
  }

  // A rectangle in the middle of what is seen: a way to draw without a pointer.
  #addHere() {
    const [x, y] = this.drawing.middle.map((value, i) => Math.round(value - NEW_M[i] / 2));
    this.#add(box([x, y], [x + NEW_M[0], y + NEW_M[1]]));
    this.#at("#plan-zone").elements.name.focus();
  }

  #put(changes) {
    this.draft.replace(this.chosen, { ...this.draft.state.features[this.chosen], ...changes });
  }

  #remove() {
    const index = this.chosen;
    this.chosen = -1;
    this.draft.replace(index);
    this.named("zone").focus();
  }

  #frame(frame) {
    const { frame: _, ...head } = this.draft.state.head;
    this.draft.change({ head: frame ? { ...head, frame } : head });
  }

  // Lets a person point at places; afterwards zones are moved again.
  #pick(count, done) {
    this.hold("move");
    this.drawing.hold(new PointsTool(count, (points) => (this.hold("move"), done(points))));
    for (const button of this.home.querySelectorAll("[name=tool]")) button.setAttribute("aria-pressed", "false");
    this.named("scale-points").setAttribute("aria-pressed", count === 2);
    this.drawing.home.focus();
  }

  #scalePoints(points) {
    this.points = points;
    const metres = this.named("scale-metres");
    metres.value = Math.hypot(points[1][0] - points[0][0], points[1][1] - points[0][1]).toFixed(2);
    metres.focus();
    metres.select();
  }

  #scale() {
    const metres = this.named("scale-metres").valueAsNumber;
    this.drawing.anew();
    if (this.points && metres > 0) this.draft.change({ image: scaled(this.draft.state.image, this.points, metres) });
    this.points = null;
  }

  #imageWidth(metres) {
    const { image } = this.draft.state;
    this.drawing.anew();
    if (metres > 0) this.draft.change({ image: widened(image, metres) });
  }

  #finishing() {
    this.named("finish").hidden = !(this.drawing.tool instanceof PolygonTool && this.drawing.tool.points.length > 2);
  }

  // Keys on the drawing: those of the tool, then those of the chosen zone; the rest moves what is seen.
  #key(event) {
    const isOurs = event.target === this.drawing.home && this.#press(event);
    if (isOurs) event.preventDefault();
    return isOurs;
  }

  #press(event) {
    if (this.drawing.tool.key?.(event.key)) return true;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === "z") return this.draft.undo(), true;
    if (isCommand && event.key === "y") return this.draft.redo(), true;
    if (event.key === "Escape") return this.hold("move"), this.choose(-1), true;
    const zone = this.draft.state.features[this.chosen];
    if (!zone) return false;
    if (event.key === "Delete") return this.#remove(), true;
    const [dx, dy] = ARROWS[event.key] ?? [];
    if (dx === undefined) return false;
    const step = event.shiftKey ? 1 : this.drawing.grid || FINE_M;
    this.#put({ geometry: moved(zone.geometry, dx * step, dy * step) });
    return true;
  }
}
