// The numbers of a report as a table; beside those of another day or store, with the difference.

/** @import { Words } from "/tablet/words.js" */
/** @import { Row, Value } from "./reports.js" */
/** @typedef {{name: string, store: string, from: string, keys: string[], rows: Row[]}} Rows of a day */

import { COLUMNS, isNumber, written } from "./columns.js";
import { which } from "./sentences.js";

const DAYS = ["date", "to_date", "bundle"]; // columns that say which day a row is of

/**
 * @param {Words} words
 * @param {Rows} answer
 * @param {Rows | null} other
 * @param {string | null} currency
 * @returns {HTMLTableElement}
 */
export function table(words, answer, other, currency) {
  const columns = Object.entries(COLUMNS[answer.name]);
  // how far the ends of intervals lie apart says nothing
  const compared = other ? columns.filter(([name, kind]) => isNumber(kind) && !name.startsWith("ci_")) : [];
  const then = other ? which(words, other, answer) : "";
  const made = document.createElement("table");
  const heads = [
    ...columns.map(([name, kind]) => [label(words, name), kind]),
    ...compared.map(([name, kind]) => [`${label(words, name)}, ${then}`, kind]),
    ...compared.map(([name, kind]) => [`${label(words, name)}, ${words.of("today.difference")}`, kind]),
  ];
  const head = made.createTHead().insertRow();
  head.append(...heads.map(([text, kind]) => cell("th", text, kind, "col")));
  const body = made.createTBody();
  for (const [row, before] of paired(answer, other)) {
    const line = body.insertRow();
    /** @type {(of: Row | null, column: [string, string]) => string} */
    const value = (of, [name, kind]) => withheld(words, of, name) ?? written(words, kind, of?.[name], currency);
    line.append(...columns.map((column, at) => cell(at ? "td" : "th", value(row ?? before, column), column[1], at ? "" : "row")));
    if (row === null) for (const [at, [, kind]] of columns.entries()) if (isNumber(kind)) line.cells[at].textContent = "–";
    line.append(...compared.map((column) => cell("td", value(before, column), column[1])));
    line.append(...compared.map(([name, kind]) => cell("td", difference(words, kind, row?.[name], before?.[name], currency), kind)));
  }
  return made;
}

// Rows of both days that are about the same, null where a day has none.
/** @type {(answer: Rows, other: Rows | null) => [Row | null, Row | null][]} */
function paired({ keys, rows }, other) {
  if (!other) return rows.map((row) => [row, null]);
  const name = (/** @type {Row} */ row) => keys.filter((key) => !DAYS.includes(key)).map((key) => row[key]).join("|");
  const left = new Map(other.rows.map((row) => [name(row), row]));
  /** @type {[Row | null, Row | null][]} */
  const both = rows.map((row) => [row, left.get(name(row)) ?? null]);
  for (const row of rows) left.delete(name(row));
  return both.concat([...left.values()].map((row) => [null, row]));
}

/** @param {Words} words @param {Row | null} row @param {string} name */
function withheld(words, row, name) {
  return row && name === "visits" && row.visits === null ? words.of("today.withheld") : null;
}

/** @type {(words: Words, kind: string, now: Value | undefined, before: Value | undefined, currency: string | null) => string} */
function difference(words, kind, now, before, currency) {
  if (now == null || before == null) return "–";
  const change = Number(now) - Number(before);
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  // half of a share is not the same as half a hundredth more
  const size = kind === "percent" ? words.of("today.points", { n: written(words, "decimal", 100 * Math.abs(change)) }) : written(words, kind, Math.abs(change), currency);
  return `${sign}${size}`;
}

/** @param {Words} words @param {string} name */
function label(words, name) {
  return words.of(`today.column.${name}`);
}

/** @param {"td" | "th"} tag @param {string} text @param {string} kind @param {string} [scope] */
function cell(tag, text, kind, scope = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.classList.toggle("number", isNumber(kind));
  if (scope) made.setAttribute("scope", scope);
  return made;
}
