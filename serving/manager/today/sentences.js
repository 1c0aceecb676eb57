// What the figures of a day say, in words: with intervals, and nothing where nothing can be said.

/** @import { Words } from "/tablet/words.js" */
/** @import { Answer, Answers, Buyers, Hour, Interval, Night, Step, Stay } from "./reports.js" */
/** @typedef {{name: string, number: string, said: string}} Figure */

import { told } from "/tablet/day.js";
import { clock, written } from "./columns.js";

/**
 * The day's main figures.
 * @param {Words} words
 * @param {Answers} answers
 * @param {string | null} currency
 * @returns {Figure[]}
 */
export function main(words, { visitors, conversion, funnel, lift }, currency) {
  return [
    visitors && conversion && visits(words, visitors, conversion),
    conversion && bought(words, conversion.rows[0]),
    funnel && prompted(words, funnel, "accepted"),
    funnel && prompted(words, funnel, "sold"),
    lift && brought(words, lift.rows.at(-1), currency),
  ].filter((one) => one !== undefined);
}

/**
 * Which day it is, and beside another store's which store.
 * @param {Words} words
 * @param {{store: string, from: string}} answer
 * @param {{store: string} | null} [beside]
 * @returns {string}
 */
export function which(words, answer, beside) {
  const day = words.date(answer.from);
  return beside && beside.store !== answer.store ? `${answer.store}, ${day}` : day;
}

/**
 * What a picture shows, for those who do not see it; `day` says of when, and where.
 * @param {Words} words
 * @param {Answer} answer
 * @param {string | null} currency
 * @param {string} [day]
 * @returns {string}
 */
export function shown(words, answer, currency, day = words.date(answer.from)) {
  const name = words.of(`today.report.${answer.name}`);
  return words.of("today.picture", { name, day, main: answer.rows.length ? inWords(words, answer, currency) : words.of("today.nothing") });
}

/** @param {Words} words @param {Answer} answer @param {string | null} currency */
function inWords(words, answer, currency) {
  switch (answer.name) {
    case "visitors":
      return mostVisits(words, answer.rows);
    case "dwell":
      return longest(words, answer.rows);
    case "conversion":
      return sentence(bought(words, answer.rows[0]));
    case "funnel":
      return taken(words, answer.rows);
    case "lift":
      return sentence(brought(words, answer.rows.at(-1), currency));
    case "heat":
      return ""; // its maps say it themselves
  }
}

/** @param {Figure} figure */
const sentence = ({ number, said }) => (number === "–" ? said : `${number}. ${said}`);

/** @param {Words} words @param {{rows: Hour[]}} visitors @param {{rows: Buyers[]}} conversion */
function visits(words, { rows }, conversion) {
  const number = conversion.rows[0]?.visits;
  const said = rows.some((row) => row.visits) ? mostVisits(words, rows) : "";
  const text = number === null ? words.of("today.withheld") : written(words, "count", number ?? 0);
  return { name: "visitors", number: text, said };
}

/** @param {Words} words @param {Hour[]} rows */
function mostVisits(words, rows) {
  const most = rows.reduce((a, b) => ((b.visits ?? 0) > (a.visits ?? 0) ? b : a));
  if (!most.visits) return words.of("today.nothing");
  return words.of("today.visitors.most", { hour: clock(words, most.hour), count: most.visits });
}

/** @param {Words} words @param {Buyers | undefined} row */
function bought(words, row) {
  const name = "conversion";
  if (!row || !row.receipts) return { name, number: "–", said: words.of("today.conversion.none") };
  if (!row.joined) return { name, number: "–", said: words.of("today.conversion.unjoined") };
  if (row.share === null) return { name, number: "–", said: words.of("today.few") };
  const partly = row.joined < row.receipts ? ` ${words.of("today.conversion.partly", { joined: row.joined, receipts: row.receipts })}` : "";
  return { name, number: words.percent(row.share), said: between(words, row) + partly };
}

/** @param {Words} words @param {{rows: Step[]}} funnel @param {string} step */
function prompted(words, { rows }, step) {
  const [row, base] = [step, "shown"].map((name) => rows.find((one) => one.step === name));
  const name = step;
  if (!row || !base || base.prompts === 0) return { name, number: "–", said: words.of("today.funnel.none") };
  if (row.prompts === null || base.prompts === null) return { name, number: "–", said: words.of("today.few") };
  const said = words.of("today.funnel.of", { count: base.prompts });
  return { name, number: written(words, "count", row.prompts), said: row.share === null ? said : `${said} ${between(words, row)}` };
}

/** @param {Words} words @param {Step[]} rows */
function taken(words, rows) {
  const parts = rows.map((row) => `${words.of(`today.step.${row.step}`)} ${row.prompts ?? words.of("today.withheld")}`);
  return parts.join(", ");
}

/** @param {Words} words @param {Stay[]} rows */
function longest(words, rows) {
  const known = rows.filter((row) => row.mean_s !== null);
  if (!known.length) return words.of("today.few");
  const most = known.reduce((a, b) => (b.mean_s > a.mean_s ? b : a));
  const [mean, low, high] = [most.mean_s, most.ci_low_s, most.ci_high_s].map((one) => words.duration(one));
  return words.of("today.dwell.most", { name: most.name, mean, low, high });
}

/** @param {Words} words @param {Night | undefined} row @param {string | null} currency */
function brought(words, row, currency) {
  return { name: "lift", number: row ? most(words, row, currency) : "–", said: told(words, row ?? null, currency) };
}

// The estimate, or only the range where it may as well be nothing: a large number would be taken for a result.
/** @param {Words} words @param {Night} night @param {string | null} currency */
function most(words, { estimate, ci_low, ci_high }, currency) {
  const money = (/** @type {number} */ amount) => words.money(amount, currency);
  return ci_low <= 0 && ci_high >= 0 ? `${money(ci_low)} … ${money(ci_high)}` : money(estimate);
}

/** @param {Words} words @param {Interval} interval */
function between(words, { ci_low, ci_high }) {
  return words.of("today.between", { low: words.percent(ci_low), high: words.percent(ci_high) });
}
