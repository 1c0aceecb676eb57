// What a tablet remembers over a reload and while it is closed: its place in the stream and the open cards.
// The token is not in it: only the cookie has it, and no script can read that.

/** @import { Card } from "./queue.js" */
/** @import { Day } from "./day.js" */
/** @typedef {{
 *   place: string | null, heard: number, department: string, cards: Card[], day: Day | null, withheld: string[],
 * }} State */

/** @type {State} */
const EMPTY = { place: null, heard: 0, department: "", cards: [], day: null, withheld: [] };
const FRESH_MS = 600_000; // after this long what was said meanwhile is of no use: begin at now

export class Memory {
  // A tab has its own; a new tab, or the app opened again, goes on from the last one.
  /** @param {string} store @param {Storage} [tab] @param {Storage} [device] */
  constructor(store, tab = window.sessionStorage, device = window.localStorage) {
    this.key = `aislewise:${store}:memory`;
    this.tab = tab;
    this.device = device;
    /** @type {State} */
    this.state = { ...EMPTY, ...(this.#read(tab) ?? this.#read(device)) };
  }

  get place() {
    return Date.now() - this.state.heard < FRESH_MS ? this.state.place : null;
  }

  // Changes all at once: a place never goes ahead of its card.
  /** @param {Partial<State>} changes */
  change(changes) {
    if ("place" in changes) changes = { ...changes, heard: Date.now() };
    Object.assign(this.state, changes);
    const text = JSON.stringify(this.state);
    this.tab.setItem(this.key, text);
    this.device.setItem(this.key, text);
  }

  forget() {
    this.state = { ...EMPTY };
    this.tab.removeItem(this.key);
    this.device.removeItem(this.key);
  }

  /** @param {Storage} storage @returns {Partial<State> | null} */
  #read(storage) {
    try {
      return JSON.parse(storage.getItem(this.key) ?? "null");
    } catch {
      return null;
    }
  }
}
