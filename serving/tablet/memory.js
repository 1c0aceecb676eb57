// What this tab remembers over a reload: its place in the stream, the open cards, and outcomes that are still to be sent.
// It lives as long as the tab does. The token is not in it: only the cookie has it, and no script can read that.

const EMPTY = { place: null, department: "", cards: [], unsent: [] };

export class Memory {
  constructor(store, storage = window.sessionStorage) {
    this.key = `aislewise:${store}`;
    this.storage = storage;
    this.state = { ...EMPTY, ...this.#read() };
  }

  // Changes all at once: a place never goes ahead of its card.
  change(changes) {
    Object.assign(this.state, changes);
    this.storage.setItem(this.key, JSON.stringify(this.state));
  }

  forget() {
    this.state = { ...EMPTY };
    this.storage.removeItem(this.key);
  }

  #read() {
    try {
      return JSON.parse(this.storage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }
}
