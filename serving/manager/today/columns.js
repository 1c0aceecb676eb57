// The columns of the reports that a person reads, and how their values are written.

const INTERVAL = ["ci_low", "ci_high"];

/** @type {Record<string, Record<string, string>>} by report: column and kind of value */
export const COLUMNS = {
  visitors: { hour: "hour", visits: "count", minutes: "decimal" },
  dwell: { kind: "kind", name: "text", visits: "count", mean_s: "seconds", ci_low_s: "seconds", ci_high_s: "seconds", hours: "decimal" },
  conversion: { visits: "count", buying: "count", ...of("percent", "share", ...INTERVAL), receipts: "count", joined: "count" },
  funnel: { step: "step", prompts: "count", visits: "count", ...of("percent", "share", ...INTERVAL) },
  heat: { place: "text", seconds: "seconds", visits: "count" },
  lift: { to_date: "date", bundle: "text", ...of("money", "estimate", ...INTERVAL) },
};

const NUMBERS = new Set(["count", "decimal", "seconds", "percent", "money"]);

/**
 * Whether a kind of value can be subtracted.
 * @param {string} kind
 * @returns {boolean}
 */
export const isNumber = (kind) => NUMBERS.has(kind);

/**
 * A value in the language of the page; nothing is a dash.
 * @param {import("/tablet/words.js").Words} words
 * @param {string} kind
 * @param {import("./reports.js").Value | undefined} value
 * @param {string | null} [currency]
 * @returns {string}
 */
export function written(words, kind, value, currency = null) {
  if (value === null || value === undefined) return "–";
  const number = Number(value);
  const digits = (/** @type {number} */ most) => new Intl.NumberFormat(words.language, { maximumFractionDigits: most }).format(number);
  switch (kind) {
    case "hour":
      return clock(words, number);
    case "kind":
    case "step":
      return words.of(`today.${kind}.${value}`);
    case "count":
      return digits(0);
    case "decimal":
      return digits(1);
    case "seconds":
      return `${digits(number < 10 ? 1 : 0)} s`;
    case "percent":
      return new Intl.NumberFormat(words.language, { style: "percent", maximumFractionDigits: 1 }).format(number);
    case "money":
      return words.money(number, currency);
    case "date":
      return words.date(String(value));
    default:
      return String(value);
  }
}

/**
 * "14:00" as it is written in the language.
 * @param {import("/tablet/words.js").Words} words
 * @param {number} hour
 * @returns {string}
 */
export function clock(words, hour) {
  return new Intl.DateTimeFormat(words.language, { timeStyle: "short", timeZone: "UTC" }).format(new Date(Date.UTC(2000, 0, 1, hour)));
}

/** @param {string} kind @param {string[]} names */
function of(kind, ...names) {
  return Object.fromEntries(names.map((name) => [name, kind]));
}
