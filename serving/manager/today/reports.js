// The calls of reports, and where their files and pictures lie.

import { ask } from "/tablet/api.js";
import { shade } from "/manager/shade.js";

const root = (store) => `/v1/stores/${encodeURIComponent(store)}/reports`;

/**
 * What there is, and which day it is in the store.
 * @param {string} store
 * @param {AbortSignal} signal
 */
export const listed = (store, signal) => ask(root(store), { signal });

/**
 * The figures of a day; the server says when it takes too long.
 * @param {string} store
 * @param {string} name
 * @param {string} day as in 2026-11-24
 * @param {AbortSignal} signal
 */
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
