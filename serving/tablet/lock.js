// The lock of a paired tablet: what cards and plan say is hidden until the PIN is typed that was chosen at pairing.
// It keeps customers and passers-by from reading along; it is no encryption, and who can open the browser's tools can
// read what the tablet has. Browsers hash on https and localhost only: elsewhere there is no lock.

/** @import { Words } from "./words.js" */
/** @typedef {{section: HTMLElement, form: HTMLElement, pin: HTMLInputElement, error: HTMLElement, button: HTMLElement}} Page */
/** @typedef {{salt: number[], hash: string, locked: boolean, wrong: number}} State */

const KEY = "aislewise:lock";
const ROUNDS = 200_000;
const TRIES = 5;
const LOOK_MS = 1000;
const TOUCHES = ["pointerdown", "keydown"];

export class Lock {
  /** @type {State | null} */
  #state;
  #minutes = 0;
  #touched = Date.now();

  // `tooOften` is called after too many wrong PINs.
  /** @param {Page} page @param {Words} words @param {() => void} tooOften @param {Storage} [storage] */
  constructor(page, words, tooOften, storage = window.localStorage) {
    this.page = page;
    this.words = words;
    this.tooOften = tooOften;
    this.storage = storage;
    this.#state = this.#read();
    for (const name of TOUCHES) window.addEventListener(name, () => (this.#touched = Date.now()), { capture: true });
    setInterval(() => this.#look(), LOOK_MS);
    page.button.addEventListener("click", () => this.lock());
    page.form.addEventListener("submit", (event) => (event.preventDefault(), this.#try()));
    this.#show();
  }

  // Whether this browser can keep a PIN.
  static get possible() {
    return Boolean(window.crypto.subtle);
  }

  // Takes a PIN; none is no lock.
  /** @param {string} pin */
  async choose(pin) {
    if (!pin || !Lock.possible) return this.forget();
    const salt = Array.from(window.crypto.getRandomValues(new Uint8Array(16)));
    this.#keep({ salt, hash: await hashed(pin, salt), locked: false, wrong: 0 });
  }

  // Locks by itself after so many minutes without a touch; 0 is never.
  /** @param {number} minutes */
  after(minutes) {
    this.#minutes = minutes;
    this.#touched = Date.now();
  }

  lock() {
    if (!this.#state || this.#state.locked) return;
    this.#keep({ ...this.#state, locked: true });
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    this.page.pin.focus();
  }

  forget() {
    this.#state = null;
    this.storage.removeItem(KEY);
    this.#show();
  }

  async #try() {
    const state = this.#state;
    if (!state) return;
    const right = (await hashed(this.page.pin.value, state.salt)) === state.hash;
    const wrong = right ? 0 : state.wrong + 1;
    this.page.pin.value = "";
    this.#touched = Date.now();
    if (wrong >= TRIES) return this.tooOften();
    this.#keep({ ...state, locked: !right, wrong });
    this.page.error.textContent = right ? "" : this.words.of("pin.wrong", { count: TRIES - wrong });
  }

  #look() {
    if (this.#minutes && Date.now() - this.#touched >= this.#minutes * 60_000) this.lock();
  }

  /** @param {State} state */
  #keep(state) {
    this.#state = state;
    this.storage.setItem(KEY, JSON.stringify(state));
    this.#show();
  }

  #show() {
    const locked = this.#state?.locked === true;
    document.body.toggleAttribute("data-locked", locked);
    this.page.section.hidden = !locked;
    this.page.button.hidden = !this.#state || locked;
  }

  /** @returns {State | null} */
  #read() {
    try {
      return JSON.parse(this.storage.getItem(KEY) ?? "null");
    } catch {
      return null;
    }
  }
}

/** @param {string} pin @param {number[]} salt */
async function hashed(pin, salt) {
  const { subtle } = window.crypto;
  const key = await subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations: ROUNDS };
  return Array.from(new Uint8Array(await subtle.deriveBits(how, key, 256)), (byte) => byte.toString(16)).join(" ");
}
