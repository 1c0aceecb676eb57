// The plan that is being drawn: every change can be undone, and each is kept in the browser until the plan is saved.

/** @import { Feature } from "/tablet/answers.js" */
/** @import { Image } from "./backdrop.js" */
/** @import { Head, Plan } from "./calls.js" */
/** @typedef {{head: Head, features: Feature[], image: Image | null}} State */

const MOST_STEPS = 100;

/** The state of a plan's GeoJSON. @param {Plan} plan @returns {State} */
export function ofPlan(plan) {
  return { head: plan.aislewise, features: plan.features, image: null };
}

/** The state of a store that has no plan. @param {string} store @param {string} [timezone] @returns {State} */
export function empty(store, timezone) {
  return { head: { store, units: "m", timezone }, features: [], image: null };
}

export class Draft {
  /** @type {State[]} */
  done = [];
  /** @type {State[]} */
  undone = [];

  /**
   * @param {State} state where nothing was left in the browser
   * @param {Storage} storage
   * @param {() => void} changed hears of every change
   * @param {() => void} broken hears of one that the browser could not keep
   */
  constructor(state, storage, changed, broken) {
    this.key = `aislewise:${state.head.store}:draft`;
    this.state = state;
    this.storage = storage;
    this.changed = changed;
    this.broken = broken;
  }

  /** What was left in the browser, whether there was any. */
  restore() {
    try {
      this.state = JSON.parse(this.storage.getItem(this.key) ?? "null") ?? this.state;
    } catch {
      this.kept();
    }
    return this.isOwn;
  }

  /** Whether it is more than what the server has. */
  get isOwn() {
    return this.storage.getItem(this.key) !== null;
  }

  /** What the server has need not be kept here. */
  kept() {
    this.storage.removeItem(this.key);
  }

  /** Begins anew with a state that nobody has changed. @param {State} state */
  begin(state) {
    this.state = state;
    this.done = [];
    this.undone = [];
    this.kept();
    this.changed();
  }

  /** @param {Partial<State>} changes */
  change(changes) {
    this.done = [...this.done, this.state].slice(-MOST_STEPS);
    this.undone = [];
    this.#take({ ...this.state, ...changes });
  }

  /** Puts a feature in the place of another; without one, takes it away. @param {number} index @param {Feature | null} feature */
  replace(index, feature = null) {
    this.change({ features: this.state.features.toSpliced(index, 1, ...(feature ? [feature] : [])) });
  }

  /** Adds a feature at the end. @param {Feature} feature */
  add(feature) {
    this.change({ features: [...this.state.features, feature] });
  }

  undo() {
    const before = this.done.pop();
    if (!before) return;
    this.undone.push(this.state);
    this.#take(before);
  }

  redo() {
    const after = this.undone.pop();
    if (!after) return;
    this.done.push(this.state);
    this.#take(after);
  }

  /** The plan as GeoJSON. */
  get plan() {
    return { type: "FeatureCollection", aislewise: this.state.head, features: this.state.features };
  }

  /** An id that no feature has, after the kind. @param {string} kind */
  freeId(kind) {
    const taken = new Set(this.state.features.map(({ properties }) => properties?.id));
    let number = 1;
    while (taken.has(`${kind}-${number}`)) number += 1;
    return `${kind}-${number}`;
  }

  /** @param {State} state */
  #take(state) {
    this.state = state;
    try {
      this.storage.setItem(this.key, JSON.stringify(state));
    } catch {
      this.broken();
    }
    this.changed();
  }
}
