// The versions of a store's plan: which holds now, which held before, which will; one that has not begun can be taken back.

/** @import { Words } from "/tablet/words.js" */
/** @import { Later, Version } from "./calls.js" */
/** @typedef {{edit: (version: Version) => void, takeBack: (version: Later) => void}} Acts what the buttons do */

import { KINDS } from "./zoneform.js";

export class Versions {
  /** @type {Version[]} */
  plans = [];

  /** Lives in a table's body. @param {HTMLTableSectionElement} body @param {Words} words @param {Acts} acts */
  constructor(body, words, acts) {
    this.body = body;
    this.words = words;
    this.acts = acts;
  }

  /** @param {Version[]} plans */
  show(plans) {
    this.plans = plans;
    this.body.replaceChildren(...(plans.length ? plans.map((plan) => this.#row(plan)) : [this.#none()]));
  }

  /** @param {Version} plan */
  #row(plan) {
    const row = document.createElement("tr");
    row.dataset.testid = "plan-version";
    row.dataset.version = plan.version;
    const from = plan.from ? this.words.date(plan.from) : this.words.of("plan.always");
    const counts = KINDS.filter((kind) => plan.counts[kind]).map((kind) => this.words.of(`plan.count.${kind}`, { count: plan.counts[kind] }));
    for (const text of [plan.version, from, this.words.of(`plan.state.${plan.state}`), counts.join(", ")]) row.insertCell().textContent = text;
    const buttons = [this.#button("plan.edit", plan, () => this.acts.edit(plan))];
    if (plan.state === "later") buttons.push(this.#button("plan.take-back", plan, () => this.acts.takeBack(plan)));
    row.insertCell().append(...buttons);
    return row;
  }

  /** @param {string} key @param {Version} plan @param {() => void} act */
  #button(key, plan, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.words.of(key) });
    button.dataset.testid = key;
    button.setAttribute("aria-label", `${this.words.of(key)}: ${plan.version}`);
    button.addEventListener("click", act);
    return button;
  }

  #none() {
    const row = document.createElement("tr");
    Object.assign(row.insertCell(), { colSpan: 5, textContent: this.words.of("plan.versions.none") });
    return row;
  }
}
