// The view "plan": a store's floor plan is drawn or imported, checked, and saved as a version from a date on.

import * as calls from "./calls.js";
import { Draft, empty, ofPlan } from "./draft.js";
import { Editor } from "./editor.js";
import { number } from "./number.js";
import { Preview } from "./preview.js";
import { Versions } from "./versions.js";

const DAY_MS = 86_400_000;
const [BEGIN, SAVE] = ["plan-begin", "plan-save"]; // panels

/** Fills the view, and returns what ends it. */
export function open(home, session, words) {
  const view = new View(home, session.store, words);
  view.begin();
  return () => view.end();
}

class View {
  constructor(home, store, words) {
    Object.assign(this, { home, store, words });
    this.draft = new Draft(store, window.localStorage, () => this.editor.render(), () => this.#say(SAVE, words.of("plan.draft.large")));
    this.draft.state = empty(store, Intl.DateTimeFormat().resolvedOptions().timeZone);
    this.editor = new Editor(home, store, this.draft, words, () => this.#redrawn());
    this.preview = new Preview(this.editor.drawing.people, store, (heard) => this.#live(heard));
    this.versions = new Versions(this.#id("plan-versions"), words, { edit: (plan) => this.#edit(plan), takeBack: (plan) => this.#takeBack(plan) });
    this.#id("plan-timezones").append(...Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone, zone)));
    this.#listen();
  }

  /** Goes on with what was left in the browser, else with the plan that holds. */
  async begin() {
    const isLeft = this.draft.restore();
    this.editor.render();
    if (isLeft) this.#say(BEGIN, this.words.of("plan.draft.restored"));
    const { image } = this.draft.state;
    await (image ? this.editor.drawing.backdrop.restore(image.id) : this.editor.drawing.backdrop.forget());
    await this.#tried(SAVE, async () => {
      await this.#list();
      const now = this.versions.plans.find(({ state }) => state === "now");
      const found = now && !this.draft.isOwn && (await calls.version(this.store, now.version));
      if (!found || this.draft.isOwn) return;
      this.editor.drawing.anew();
      this.draft.begin(ofPlan(found));
    });
  }

  end() {
    this.preview.stop();
    this.editor.end();
  }

  #id(id) {
    return this.home.querySelector(`#${id}`);
  }

  #listen() {
    const { editor } = this;
    const clicks = { new: () => this.#new(), check: () => this.#check(), save: () => this.#save(), download: () => this.#download(), live: () => this.#preview() };
    for (const [name, act] of Object.entries(clicks)) editor.named(name).addEventListener("click", act);
    for (const [name, take] of Object.entries({ image: (file) => this.#trace(file), import: (file) => this.#import(file) }))
      editor.named(name).addEventListener("change", async ({ target }) => {
        if (target.files[0]) await take(target.files[0]);
        target.value = ""; // the same file can be chosen again
      });
    editor.named("timezone").addEventListener("change", ({ target }) => this.draft.change({ head: { ...this.draft.state.head, timezone: target.value.trim() } }));
  }

  #redrawn() {
    const { features, head } = this.draft.state;
    this.editor.named("timezone").value = head.timezone ?? "";
    this.preview?.show(features, this.editor.floor);
  }

  // Runs what may be refused, and says why in the panel where it was asked for.
  async #tried(where, work) {
    try {
      return await work();
    } catch (error) {
      this.#say(where, "");
      this.#in(where, ".error").textContent = error.status ? this.words.of("failed", { why: error.message }) : this.words.of("away");
      if (!error.status) console.warn(error);
      return null;
    }
  }

  // What happened last, in the panel `plan-begin` or `plan-save`.
  #say(where, text, button = null) {
    for (const one of this.home.querySelectorAll(".said, .error")) one.replaceChildren();
    this.#in(where, ".said").replaceChildren(text, ...(button ? [" ", button] : []));
  }

  #in(where, selector) {
    return this.#id(where).querySelector(selector);
  }

  async #list() {
    const { plans } = await calls.versions(this.store);
    this.versions.show(plans);
    const from = this.editor.named("from");
    from.min = plans.length ? tomorrow() : "";
    if (!from.value && plans.length) from.value = tomorrow();
  }

  #new() {
    this.editor.drawing.anew();
    this.draft.change({ ...empty(this.store, this.draft.state.head.timezone) });
    this.#say(BEGIN, this.words.of("plan.new.done"));
  }

  async #trace(file) {
    try {
      await this.editor.trace(file);
      this.#say(BEGIN, this.words.of("plan.image.done"));
    } catch {
      this.#say(BEGIN, this.words.of("plan.image.wrong", { name: file.name }));
    }
  }

  async #import(file) {
    const content = await file.text().then(JSON.parse).catch(() => null);
    if (content === null || typeof content !== "object") return this.#say(BEGIN, this.words.of("plan.import.wrong", { name: file.name }));
    const isOurs = content.aislewise?.store === this.store && !this.editor.named("beside").checked;
    const found = isOurs ? { plan: content, notes: [] } : await this.#tried(BEGIN, () => calls.imported(this.store, this.#how(content)));
    if (!found) return;
    this.#take(found.plan);
    this.#say(BEGIN, [this.words.of("plan.import.done", { count: found.plan.features.length }), ...found.notes].join(" · "));
  }

  #how(content) {
    const value = (name) => this.editor.named(name).value.trim();
    const isBeside = this.editor.named("beside").checked;
    const { timezone, frame } = this.draft.state.head;
    return {
      file: content,
      timezone: content.aislewise?.timezone ?? timezone,
      kinds: value("kinds"),
      rest: value("rest") || null,
      cut: this.editor.named("cut").checked,
      ...(isBeside ? { floor: this.editor.floor, frame } : {}),
    };
  }

  // An imported plan instead of the draft, or beside what it has; either can be undone.
  #take(plan) {
    const { head, features } = this.draft.state;
    this.editor.drawing.anew();
    if (!this.editor.named("beside").checked) {
      this.editor.floor = plan.features.find((zone) => Number.isInteger(zone.properties?.floor))?.properties.floor ?? 0;
      return this.draft.change({ head: { ...plan.aislewise, store: this.store }, features: plan.features });
    }
    const taken = new Set(features.map(({ properties }) => properties?.id));
    const renamed = plan.features.map((zone) => (taken.has(zone.properties.id) ? withId(zone, `${this.editor.floor}-${zone.properties.id}`) : zone));
    return this.draft.change({ head: { ...head, frame: head.frame ?? plan.aislewise.frame }, features: [...features, ...renamed] });
  }

  async #check() {
    const found = await this.#tried(SAVE, () => calls.check(this.store, this.draft.plan));
    if (!found) return;
    const [width, depth] = [found.width_m, found.depth_m].map((metres) => number(this.words, metres, 1));
    const count = Object.values(found.counts).reduce((sum, one) => sum + one);
    this.#say(SAVE, this.words.of("plan.check.well", { width, depth, count }));
  }

  async #save() {
    const { plan } = this.draft;
    const from = this.editor.named("from").value || null;
    const saved = await this.#tried(SAVE, () => calls.save(this.store, plan, from));
    if (!saved) return;
    this.draft.kept();
    this.#say(SAVE, this.words.of(from ? "plan.saved.from" : "plan.saved", { version: saved.version, date: from && this.words.date(from) }));
    await this.#tried(SAVE, () => this.#list());
  }

  async #edit(plan) {
    const found = await this.#tried(SAVE, () => calls.version(this.store, plan.version));
    if (!found) return;
    this.editor.drawing.anew();
    this.draft.change({ ...ofPlan(found), image: this.draft.state.image });
    this.#say(BEGIN, this.words.of("plan.edited", { version: plan.version }));
    this.editor.drawing.home.focus();
  }

  async #takeBack(plan) {
    const content = await this.#tried(SAVE, async () => {
      const found = await calls.version(this.store, plan.version);
      await calls.takeBack(this.store, plan.from);
      await this.#list();
      return found;
    });
    if (!content) return;
    const back = Object.assign(document.createElement("button"), { type: "button", textContent: this.words.of("plan.put-back") });
    back.dataset.testid = "plan-put-back";
    back.addEventListener("click", () => this.#putBack(content, plan));
    this.#say(SAVE, this.words.of("plan.taken-back", { version: plan.version }), back);
  }

  async #putBack(content, { from, version }) {
    const saved = await this.#tried(SAVE, () => calls.save(this.store, content, from));
    if (saved) this.#say(SAVE, this.words.of("plan.saved.from", { version, date: this.words.date(from) }));
    await this.#tried(SAVE, () => this.#list());
  }

  #download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(this.draft.plan)], { type: "application/geo+json" }));
    link.download = `${this.store}.geojson`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  #preview() {
    const button = this.editor.named("live");
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    this.#id("plan-live-said").textContent = "";
    if (on) this.preview.start();
    else this.preview.stop();
  }

  #live(heard) {
    this.#id("plan-live-said").textContent = heard ? this.words.of("plan.live.count", heard) : this.words.of("away");
  }
}

function withId(zone, id) {
  return { ...zone, properties: { ...zone.properties, id } };
}

// As the browser's clock has it; the server decides by the store's.
function tomorrow() {
  const day = new Date(Date.now() + DAY_MS);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
