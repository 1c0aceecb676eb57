// For how long data are kept, and what was removed: figures and a table.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Act, Privacy, Rows } from "./calls.js" */

export class Kept {
  /** @param {Find} find @param {Words} words */
  constructor(find, words) {
    this.find = find;
    this.words = words;
    this.time = new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeStyle: "short" });
  }

  /** @param {Privacy} found */
  show({ retention, oldest_salt, acts }) {
    this.find("kept").replaceChildren(...Object.entries(retention).map(([name, days]) => this.#figure(name, days)));
    this.find("kept-salt").textContent = oldest_salt
      ? this.words.of("privacy.kept.salt", { date: this.words.date(oldest_salt) })
      : this.words.of("privacy.kept.none");
    const table = this.find("acts", HTMLTableElement);
    table.hidden = acts.length === 0;
    this.find("acts-none").hidden = acts.length > 0;
    table.tBodies[0].replaceChildren(...acts.map((act) => this.#row(act)));
  }

  /** @param {string} name @param {number} days */
  #figure(name, days) {
    const [pair, what, value] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
    what.textContent = this.words.of(`privacy.table.${name}`);
    value.textContent = days ? this.words.of("privacy.days", { count: days }) : this.words.of("privacy.ever");
    value.dataset.testid = `kept-${name}`;
    pair.append(what, value);
    return pair;
  }

  /** @param {Act} act */
  #row(act) {
    const row = document.createElement("tr");
    row.dataset.testid = "act";
    const kind = act.kind ? this.words.of(`privacy.kind.${act.kind}`) : "";
    const what = this.words.of(`privacy.what.${act.what}`, { kind });
    const state = act.state === "begun" ? ` ${this.words.of("privacy.begun")}` : "";
    const at = Object.assign(document.createElement("th"), { scope: "row", textContent: this.time.format(new Date(act.at)) });
    row.append(at, cell(what + state), cell(this.words.of(`privacy.by.${act.by}`)), cell(this.#counts(act)));
    return row;
  }

  /** @param {Act} act */
  #counts({ rows, salts, board }) {
    /** @type {Rows} */
    const all = salts ? { ...rows, salts } : rows;
    const found = counts(this.words, all);
    return board ? `${found}, ${this.words.of("privacy.board", { count: board })}` : found;
  }
}

/**
 * "Positions: 80, Visits: 2"
 * @param {Words} words
 * @param {Rows} rows
 * @returns {string}
 */
export function counts(words, rows) {
  const number = new Intl.NumberFormat(words.language);
  const texts = Object.entries(rows).map(([name, count]) => `${words.of(`privacy.table.${name}`)}: ${number.format(count)}`);
  return texts.join(", ") || words.of("privacy.nothing");
}

/** @param {string} text */
function cell(text) {
  return Object.assign(document.createElement("td"), { textContent: text });
}
