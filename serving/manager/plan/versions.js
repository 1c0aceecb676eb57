// The versions of a store's plan: which holds now, which held before, which will; one that has not begun can be taken back.

import { KINDS } from "./zoneform.js";

export class Versions {
  /** Lives in a table's body. `edit(version)` and `takeBack(version)` are what its buttons do. */
  constructor(body, words, { edit, takeBack }) {
    Object.assign(this, { body, words, edit, takeBack });
    this.plans = [];
  }

  show(plans) {
    this.plans = plans;
    this.body.replaceChildren(...(plans.length ? plans.map((plan) => this.#row(plan)) : [this.#none()]));
  }

  #row(plan) {
    const row = document.createElement("tr");
    row.dataset.testid = "plan-version";
    row.dataset.version = plan.version;
    const from = plan.from ? this.words.date(plan.from) : this.words.of("plan.always");
    const counts = KINDS.filter((kind) => plan.counts[kind]).map((kind) => this.words.of(`plan.count.${kind}`, { count: plan.counts[kind] }));
    for (const text of [plan.version, from, this.words.of(`plan.state.${plan.state}`), counts.join(", ")]) row.insertCell().textContent = text;
    row.insertCell().append(this.#button("plan.edit", plan, this.edit), ...(plan.state === "later" ? [this.#button("plan.take-back", plan, this.takeBack)] : []));
    return row;
  }

  #button(key, plan, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.words.of(key) });
    button.dataset.testid = key;
    button.setAttribute("aria-label", `${this.words.of(key)}: ${plan.version}`);
    button.addEventListener("click", () => act(plan));
    return button;
  }

  #none() {
    const row = document.createElement("tr");
    Object.assign(row.insertCell(), { colSpan: 5, textContent: this.words.of("plan.versions.none") });
    return row;
  }
}
