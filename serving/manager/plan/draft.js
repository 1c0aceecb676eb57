// The plan that is being drawn: every change can be undone, and each is kept in the browser until the plan is saved.

const MOST_STEPS = 100;

/** @typedef {{head: object, features: object[], image: object | null}} State */

/** The state of a plan's GeoJSON. @param {any} plan @returns {State} */
export function ofPlan(plan) {
  return { head: plan.aislewise, features: plan.features, image: null };
}

/** The state of a store that has no plan. @param {string} store @param {string} timezone @returns {State} */
export function empty(store, timezone) {
  return { head: { store, units: "m", timezone }, features: [], image: null };
}

export class Draft {
  /** `changed()` hears of every change; `broken()` of one that the browser could not keep. */
  constructor(store, storage, changed, broken) {
    Object.assign(this, { key: `aislewise:${store}:draft`, storage, changed, broken });
    this.done = [];
    this.undone = [];
    this.state = null;
  }

  /** What was left in the browser, whether there was any. */
  restore() {
    try {
      this.state = JSON.parse(this.storage.getItem(this.key)) ?? this.state;
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
    Object.assign(this, { state, done: [], undone: [] });
    this.kept();
    this.changed();
  }

  /** @param {Partial<State>} changes */
  change(changes) {
    this.done = [...this.done, this.state].slice(-MOST_STEPS);
    this.undone = [];
    this.#take({ ...this.state, ...changes });
  }

  /** Puts a feature in the place of another; without one, takes it away. @param {number} index @param {object | null} feature */
  replace(index, feature = null) {
    this.change({ features: this.state.features.toSpliced(index, 1, ...(feature ? [feature] : [])) });
  }

  /** Adds a feature at the end. @param {object} feature */
  add(feature) {
    this.change({ features: [...this.state.features, feature] });
  }

  undo() {
    if (!this.done.length) return;
    this.undone.push(this.state);
    this.#take(this.done.pop());
  }

  redo() {
    if (!this.undone.length) return;
    this.done.push(this.state);
    this.#take(this.undone.pop());
  }

  /** The plan as GeoJSON. */
  get plan() {
    return { type: "FeatureCollection", aislewise: this.state.head, features: this.state.features };
  }

  /** An id that no feature has, after the kind. */
  freeId(kind) {
    const taken = new Set(this.state.features.map(({ properties }) => properties?.id));
    let number = 1;
    while (taken.has(`${kind}-${number}`)) number += 1;
    return `${kind}-${number}`;
  }

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
