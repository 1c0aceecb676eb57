// The calls of reports, and where their files and pictures lie.

/** @import { Cell, Lift } from "/tablet/answers.js" */
/** @typedef {string | number | null} Value null where it is withheld, or nothing is known */
/** @typedef {Record<string, Value>} Row of any report */
/** @typedef {{ci_low: number, ci_high: number}} Interval */
/** @typedef {(Interval & {share: number}) | {share: null, ci_low: null, ci_high: null}} Share */
/** @typedef {{mean_s: number, ci_low_s: number, ci_high_s: number}} Mean */
/** @typedef {{hour: number, visits: number | null, minutes: number | null}} Hour */
/** @typedef {{kind: string, name: string, visits: number | null, hours: number | null}} Stayed */
/** @typedef {Stayed & (Mean | {mean_s: null, ci_low_s: null, ci_high_s: null})} Stay of visits at a zone */
/** @typedef {Share & {visits: number | null, buying: number | null, receipts: number, joined: number}} Buyers */
/** @typedef {Share & {step: string, prompts: number | null, visits: number | null}} Step of the funnel */
/** @typedef {Lift & {bundle: string}} Night that knew a lift */
/** @typedef {Cell & {hour: number | null, visits: number}} Square in an hour, or the whole day */
/**
 * The figures of a report; `as_of` is how far the history reaches.
 * @template {string} Name
 * @template Of
 * @typedef {{
 *   name: Name, store: string, from: string, to: string, timezone: string, as_of: string | null, says: string, query: string,
 *   keys: string[], rows: Of[],
 * }} Figures
 */
/** @typedef {Figures<"heat", Square>} HeatFigures */
/**
 * By the report's name; one that was refused is not there.
 * @typedef {{
 *   visitors?: Figures<"visitors", Hour>, dwell?: Figures<"dwell", Stay>, conversion?: Figures<"conversion", Buyers>,
 *   funnel?: Figures<"funnel", Step>, lift?: Figures<"lift", Night>, heat?: HeatFigures,
 * }} Answers
 */
/** @typedef {NonNullable<Answers[keyof Answers]>} Answer */

import { ask } from "/tablet/api.js";
import { shade } from "/manager/shade.js";

/** @param {string} store */
const root = (store) => `/v1/stores/${encodeURIComponent(store)}/reports`;

// What there is, and which day it is in the store.
/** @type {(store: string, signal: AbortSignal) => Promise<{today: string, delay_s: number}>} */
export const listed = (store, signal) => ask(root(store), { signal });

// The figures of a day, as in 2026-11-24; the server says when it takes too long.
/** @type {(store: string, name: string, day: string, signal: AbortSignal) => Promise<Answer>} */
export const figures = (store, name, day, signal) => ask(file(store, name, day, "json"), { signal });

/**
 * The address of the figures as a file.
 * @param {string} store
 * @param {string} name
 * @param {string} day
 * @param {string} format json, csv or parquet
 * @returns {string}
 */
export function file(store, name, day, format) {
  return `${root(store)}/${name}?${new URLSearchParams({ from: day, format })}`;
}

/**
 * The address of a plot in the colours of now.
 * @param {string} store
 * @param {string} name
 * @param {string} day
 * @param {string} language
 * @returns {string}
 */
export function plot(store, name, day, language) {
  return `${root(store)}/${name}.svg?${new URLSearchParams({ from: day, theme: shade(), language })}`;
}
