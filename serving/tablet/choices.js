// What somebody has chosen for this tablet: language, theme, signals and the hours in which it is quiet.

const KEY = "aislewise:choices";
/** @typedef {"language" | "theme" | "signal" | "quietFrom" | "quietTo"} Choice */
/** @type {Choice[]} */
export const NAMES = ["language", "theme", "signal", "quietFrom", "quietTo"];

export class Choices {
  language = "";
  theme = "auto";
  signal = "both";
  quietFrom = "";
  quietTo = "";

  constructor(storage = window.localStorage) {
    this.storage = storage;
    try {
      Object.assign(this, JSON.parse(storage.getItem(KEY) ?? "null"));
    } catch {
      // what cannot be read was not chosen
    }
  }

  /** @param {Choice} name @param {string} value */
  change(name, value) {
    this[name] = value;
    const kept = Object.fromEntries(NAMES.map((one) => [one, this[one]]));
    this.storage.setItem(KEY, JSON.stringify(kept));
  }

  // Whether the tablet keeps quiet now; the hours may go over midnight.
  quiet(now = new Date()) {
    const { quietFrom: from, quietTo: to } = this;
    if (!from || !to || from === to) return false;
    const time = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
    return from < to ? from <= time && time < to : time >= from || time < to;
  }
}
