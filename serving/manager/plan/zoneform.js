// The form of the chosen zone: what it is, what it is called, and where its corners lie.

import { floorOf, known } from "/tablet/zones.js";
import { Corners } from "./corners.js";

export const KINDS = ["department", "display", "checkout", "entrance", "staff", "obstacle"];

export class ZoneForm {
  /** `changed(features)` hears of all features with the zone as it is now; `removed()` of its end. */
  constructor(form, words, changed, removed) {
    Object.assign(this, { form, words, changed });
    this.fields = form.elements;
    this.fields.kind.append(...KINDS.map((kind) => new Option(words.of(`plan.kind.${kind}`), kind)));
    const [body, more] = [form.querySelector("#plan-corners"), form.querySelector("#plan-corners-more")];
    this.corners = new Corners(body, more, words, (geometry) => this.#put({ geometry }));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => target.name && this.#change(target.name));
    this.fields.remove.addEventListener("click", removed);
  }

  /** Shows the feature at an index; −1 is none. */
  show(features, index) {
    Object.assign(this, { features, index });
    const zone = features[index];
    this.form.hidden = !zone;
    if (!zone) return;
    const { id, kind, name = "", department, categories = [], faces } = zone.properties;
    for (const label of this.form.querySelectorAll("[data-for]")) label.hidden = label.dataset.for !== kind;
    this.fields.department.replaceChildren(new Option(this.words.of("plan.zone.department.where"), ""), ...this.#departments(zone));
    const shown = { id, kind, name, floor: floorOf(zone), department: department ?? "", categories: categories.join(", "), faces: [faces ?? []].flat().join(", ") };
    for (const [field, value] of Object.entries(shown)) this.fields[field].value = value;
    this.corners.show(zone.geometry);
  }

  #departments(zone) {
    const found = this.features.filter((one) => known(one) && one.properties.kind === "department" && floorOf(one) === floorOf(zone));
    return found.map(({ properties: { id, name } }) => new Option(name || id, id));
  }

  #change(field) {
    const before = this.features[this.index].properties;
    const value = this.#read(field);
    const properties = { ...before, [field]: value };
    if (value === undefined) delete properties[field];
    this.#put({ properties }, field === "id" && before.kind === "department" ? [before.id, value] : null);
  }

  #read(field) {
    const text = this.fields[field].value.trim();
    if (field === "floor") return Number.parseInt(text, 10) || 0;
    if (field === "categories") return parts(text);
    if (field === "faces") return text ? parts(text).map((one) => (Number.isNaN(Number(one)) ? one : Number(one))) : undefined;
    return field === "department" ? text || undefined : text;
  }

  // The zone with these changes; displays follow a department that is called otherwise.
  #put(changes, renamed = null) {
    const follow = (zone) =>
      renamed && zone.properties?.department === renamed[0] ? { ...zone, properties: { ...zone.properties, department: renamed[1] } } : zone;
    this.changed(this.features.map((zone, i) => (i === this.index ? { ...zone, ...changes } : follow(zone))));
  }
}

function parts(text) {
  return text.split(",").map((one) => one.trim()).filter(Boolean);
}
