// What somebody has chosen for this tablet: language, theme, signals and the hours in which it is quiet.

const KEY = "aislewise:choices";
const DEFAULTS = { language: "", theme: "auto", signal: "both", quietFrom: "", quietTo: "" };

export class Choices {
  constructor(storage = window.localStorage) {
    this.storage = storage;
    try {
      Object.assign(this, DEFAULTS, JSON.parse(storage.getItem(KEY)));
    } catch {
      Object.assign(this, DEFAULTS);
    }
  }

  change(name, value) {
    this[name] = value;
    const kept = Object.fromEntries(Object.keys(DEFAULTS).map((one) => [one, this[one]]));
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
