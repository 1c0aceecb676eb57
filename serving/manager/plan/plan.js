// The view "plan": a store's floor plan is drawn or imported, checked, and saved as a version from a date on.

/** @import { Feature, Session } from "/tablet/answers.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Later, Plan, Version } from "./calls.js" */
/** @import { Heard } from "./preview.js" */

import { Refused } from "/tablet/api.js";
import { within } from "/tablet/elements.js";
import { known } from "/tablet/zones.js";
import * as calls from "./calls.js";
import { Draft, empty, ofPlan } from "./draft.js";
import { Editor } from "./editor.js";
import { number } from "./number.js";
import { Preview } from "./preview.js";
import { Versions } from "./versions.js";

const DAY_MS = 86_400_000;
const [BEGIN, SAVE] = ["plan-begin", "plan-save"]; // panels

/** Fills the view, and returns what ends it. @param {HTMLElement} home @param {Session} session @param {Words} words */
export function open(home, session, words) {
  const view = new View(home, session.store, words);
  view.begin();
  return () => view.end();
}

class View {
  #at;

  /** @param {HTMLElement} home @param {string} store @param {Words} words */
  constructor(home, store, words) {
    this.#at = within(home);
    this.home = home;
    this.store = store;
    this.words = words;
    const nothing = empty(store, Intl.DateTimeFormat().resolvedOptions().timeZone);
    this.draft = new Draft(nothing, window.localStorage, () => this.editor.render(), () => this.#say(SAVE, words.of("plan.draft.large")));
    this.editor = new Editor(home, store, this.draft, words, () => this.#redrawn());
    this.preview = new Preview(this.editor.drawing.people, store, (heard) => this.#live(heard));
    const acts = { edit: (/** @type {Version} */ plan) => this.#edit(plan), takeBack: (/** @type {Later} */ plan) => this.#takeBack(plan) };
    this.versions = new Versions(this.#at("#plan-versions", HTMLTableSectionElement), words, acts);
    this.#at("#plan-timezones").append(...Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone, zone)));
    this.timezone = this.editor.named("timezone", HTMLInputElement);
    this.from = this.editor.named("from", HTMLInputElement);
    this.beside = this.editor.named("beside", HTMLInputElement);
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
      if (!now || this.draft.isOwn) return;
      const found = await calls.version(this.store, now.version);
      if (this.draft.isOwn) return; // somebody has begun to draw meanwhile
      this.editor.drawing.anew();
      this.draft.begin(ofPlan(found));
    });
  }

  end() {
    this.preview.stop();
    this.editor.end();
  }

  #listen() {
    const { editor } = this;
    const clicks = { new: () => this.#new(), check: () => this.#check(), save: () => this.#save(), download: () => this.#download(), live: () => this.#preview() };
    for (const [name, act] of Object.entries(clicks)) editor.named(name).addEventListener("click", act);
    this.#hear("image", (file) => this.#trace(file));
    this.#hear("import", (file) => this.#import(file));
    this.timezone.addEventListener("change", () => this.draft.change({ head: { ...this.draft.state.head, timezone: this.timezone.value.trim() } }));
  }

  /** @param {string} name @param {(file: File) => Promise<void>} take */
  #hear(name, take) {
    const input = this.editor.named(name, HTMLInputElement);
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      if (file) await take(file);
      input.value = ""; // the same file can be chosen again
    });
  }

  #redrawn() {
    const { features, head } = this.draft.state;
    this.timezone.value = head.timezone ?? "";
    this.preview.show(features, this.editor.floor);
  }

  /**
   * Runs what may be refused, and says why in the panel where it was asked for. Answers null then.
   * @template T
   * @param {string} where
   * @param {() => Promise<T>} work
   */
  async #tried(where, work) {
    try {
      return await work();
    } catch (error) {
      this.#say(where, "");
      this.#in(where, ".error").textContent = error instanceof Refused ? this.words.of("failed", { why: error.message }) : this.words.of("away");
      if (!(error instanceof Refused)) console.warn(error);
      return null;
    }
  }

  // What happened last, in the panel `plan-begin` or `plan-save`.
  /** @param {string} where @param {string} text @param {HTMLElement | null} [button] */
  #say(where, text, button = null) {
    for (const one of this.home.querySelectorAll(".said, .error")) one.replaceChildren();
    this.#in(where, ".said").replaceChildren(text, ...(button ? [" ", button] : []));
  }

  /** @param {string} where @param {string} selector */
  #in(where, selector) {
    return this.#at(`#${where} ${selector}`);
  }

  async #list() {
    const { plans } = await calls.versions(this.store);
    this.versions.show(plans);
    this.from.min = plans.length ? tomorrow() : "";
    if (!this.from.value && plans.length) this.from.value = tomorrow();
  }

  #new() {
    this.editor.drawing.anew();
    this.draft.change(empty(this.store, this.draft.state.head.timezone));
    this.#say(BEGIN, this.words.of("plan.new.done"));
  }

  /** @param {File} file */
  async #trace(file) {
    try {
      await this.editor.trace(file);
      this.#say(BEGIN, this.words.of("plan.image.done"));
    } catch {
      this.#say(BEGIN, this.words.of("plan.image.wrong", { name: file.name }));
    }
  }

  /** @param {File} file */
  async #import(file) {
    /** @type {unknown} */
    const content = await file.text().then(JSON.parse).catch(() => null);
    if (content === null || typeof content !== "object") return this.#say(BEGIN, this.words.of("plan.import.wrong", { name: file.name }));
    const isOurs = isPlan(content) && content.aislewise.store === this.store && !this.beside.checked;
    const found = isOurs ? { plan: content, notes: [] } : await this.#tried(BEGIN, () => calls.imported(this.store, this.#how(content)));
    if (!found) return;
    this.#take(found.plan);
    this.#say(BEGIN, [this.words.of("plan.import.done", { count: found.plan.features.filter(known).length }), ...found.notes].join(" · "));
  }

  /** @param {object} content of a file */
  #how(content) {
    const value = (/** @type {string} */ name) => this.editor.named(name, HTMLInputElement).value.trim();
    const { timezone, frame } = this.draft.state.head;
    return {
      file: content,
      timezone: (isPlan(content) && content.aislewise.timezone) || timezone,
      kinds: value("kinds"),
      rest: value("rest") || null,
      cut: this.editor.named("cut", HTMLInputElement).checked,
      ...(this.beside.checked ? { floor: this.editor.floor, frame } : {}),
    };
  }

  // An imported plan instead of the draft, or beside what it has; either can be undone.
  /** @param {Plan} plan */
  #take(plan) {
    const { head, features } = this.draft.state;
    this.editor.drawing.anew();
    if (!this.beside.checked) {
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
    const from = this.from.value || null;
    const saved = await this.#tried(SAVE, () => calls.save(this.store, plan, from));
    if (!saved) return;
    this.draft.kept();
    this.#say(SAVE, this.words.of(from ? "plan.saved.from" : "plan.saved", { version: saved.version, date: from && this.words.date(from) }));
    await this.#tried(SAVE, () => this.#list());
  }

  /** @param {Version} plan */
  async #edit(plan) {
    const found = await this.#tried(SAVE, () => calls.version(this.store, plan.version));
    if (!found) return;
    this.editor.drawing.anew();
    this.draft.change({ ...ofPlan(found), image: this.draft.state.image });
    this.#say(BEGIN, this.words.of("plan.edited", { version: plan.version }));
    this.editor.drawing.home.focus();
  }

  /** @param {Later} plan */
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

  /** @param {Plan} content @param {Later} plan */
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
    button.setAttribute("aria-pressed", String(on));
    this.#at("#plan-live-said").textContent = "";
    if (on) this.preview.start();
    else this.preview.stop();
  }

  /** @param {Heard | null} heard */
  #live(heard) {
    this.#at("#plan-live-said").textContent = heard ? this.words.of("plan.live.count", heard) : this.words.of("away");
  }
}

/** Whether a file has the form of a plan of ours. @param {object} content @returns {content is Plan} */
function isPlan(content) {
  if (!("aislewise" in content && "features" in content && Array.isArray(content.features))) return false;
  return isObject(content.aislewise) && content.features.every(isObject);
}

/** @param {unknown} one */
function isObject(one) {
  return typeof one === "object" && one !== null;
}

/** @param {Feature} zone @param {string} id @returns {Feature} */
function withId(zone, id) {
  return { ...zone, properties: { ...zone.properties, id } };
}

// As the browser's clock has it; the server decides by the store's.
function tomorrow() {
  const day = new Date(Date.now() + DAY_MS);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
