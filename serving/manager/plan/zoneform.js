// The form of the chosen zone: what it is, what it is called, and where its corners lie.

/** @import { Feature, Zone } from "/tablet/answers.js" */
/** @import { Words } from "/tablet/words.js" */
/** @typedef {"id" | "kind" | "name" | "floor" | "department" | "categories" | "faces"} Field */

import { named, within } from "/tablet/elements.js";
import { floorOf, known } from "/tablet/zones.js";
import { Corners } from "./corners.js";

export const KINDS = ["department", "display", "checkout", "entrance", "staff", "obstacle"];
/** @type {Field[]} */
const FIELDS = ["id", "kind", "name", "floor", "department", "categories", "faces"];

export class ZoneForm {
  /** @type {Feature[]} */
  features = [];
  index = -1;

  /**
   * @param {HTMLFormElement} form
   * @param {Words} words
   * @param {(features: Feature[]) => void} changed hears of all features with the zone as it is now
   * @param {() => void} removed hears of its end
   */
  constructor(form, words, changed, removed) {
    this.form = form;
    this.words = words;
    this.changed = changed;
    const [find, field] = [within(form), named(form)];
    const [kind, department] = [field("kind", HTMLSelectElement), field("department", HTMLSelectElement)];
    kind.append(...KINDS.map((one) => new Option(words.of(`plan.kind.${one}`), one)));
    const text = (/** @type {Field} */ name) => field(name, HTMLInputElement);
    this.fields = { id: text("id"), kind, name: text("name"), floor: text("floor"), department, categories: text("categories"), faces: text("faces") };
    for (const name of FIELDS) this.fields[name].addEventListener("change", () => this.#change(name));
    const [body, more] = [find("#plan-corners", HTMLTableSectionElement), find("#plan-corners-more")];
    this.corners = new Corners(body, more, words, (geometry) => this.#put({ geometry }));
    form.addEventListener("submit", (event) => event.preventDefault());
    field("remove").addEventListener("click", removed);
  }

  /** Shows the feature at an index; −1 is none. @param {Feature[]} features @param {number} index */
  show(features, index) {
    this.features = features;
    this.index = index;
    const zone = features[index];
    this.form.hidden = !zone;
    if (!zone) return;
    const { id, kind, name, department, categories, faces } = zone.properties;
    for (const label of this.form.querySelectorAll("label")) label.hidden = (label.dataset.for ?? kind) !== kind;
    this.fields.department.replaceChildren(new Option(this.words.of("plan.zone.department.where"), ""), ...this.#departments(zone));
    const lists = { categories: (categories ?? []).join(", "), faces: [faces ?? []].flat().join(", ") };
    const shown = { id, kind, name: name ?? "", floor: String(floorOf(zone)), department: department ?? "", ...lists };
    for (const field of FIELDS) this.fields[field].value = shown[field];
    this.corners.show(zone.geometry);
  }

  /** @param {Feature} zone */
  #departments(zone) {
    const found = this.features.filter((one) => known(one) && one.properties.kind === "department" && floorOf(one) === floorOf(zone));
    return found.map(({ properties: { id, name } }) => new Option(name || id, id));
  }

  /** @param {Field} field */
  #change(field) {
    const before = this.features[this.index].properties;
    const properties = { ...before, ...this.#read(field) };
    this.#put({ properties }, before.kind === "department" ? { from: before.id, to: properties.id } : null);
  }

  // What a field says of the zone; undefined is nothing, and not in the file.
  /** @param {Field} field @returns {Partial<Zone>} */
  #read(field) {
    const text = this.fields[field].value.trim();
    if (field === "floor") return { floor: Number.parseInt(text, 10) || 0 };
    if (field === "categories") return { categories: parts(text) };
    if (field === "faces") return { faces: text ? parts(text).map((one) => (Number.isNaN(Number(one)) ? one : Number(one))) : undefined };
    return { [field]: field === "department" ? text || undefined : text };
  }

  // The zone with these changes; displays follow a department that is called otherwise.
  /** @param {Partial<Feature>} changes @param {{from: string, to: string} | null} [renamed] */
  #put(changes, renamed = null) {
    const follow = (/** @type {Feature} */ zone) =>
      renamed && zone.properties?.department === renamed.from ? { ...zone, properties: { ...zone.properties, department: renamed.to } } : zone;
    this.changed(this.features.map((zone, i) => (i === this.index ? { ...zone, ...changes } : follow(zone))));
  }
}

/** @param {string} text */
function parts(text) {
  return text.split(",").map((one) => one.trim()).filter(Boolean);
}
