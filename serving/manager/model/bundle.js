// One bundle in words: what has become of it and why, what it was trained on, and how it did against the champion.

/** @import { Words } from "/tablet/words.js" */
/** @import { Bundle } from "./bundles.js" */

import { told } from "/tablet/day.js";
import { below, copied } from "/tablet/elements.js";

/** @type {Record<string, string>} */
const STATES = {
  champion: "champion",
  "rolled back": "rolled-back",
  succeeded: "succeeded",
  "keeps a share": "share",
  "kept out": "kept-out",
  refused: "refused",
  "not promoted yet": "waiting",
  "by hand": "by-hand",
};

/**
 * @param {HTMLTemplateElement} template
 * @param {Words} words
 * @param {Bundle} bundle
 * @param {string | null} currency
 * @param {(version: string) => void} promote
 * @returns {HTMLElement}
 */
export function element(template, words, bundle, currency, promote) {
  const home = copied(template);
  words.apply(home);
  const at = below(home);
  Object.assign(home.dataset, { version: bundle.version, state: bundle.state });
  at("version").textContent = bundle.version;
  at("state").textContent = state(words, bundle.state);
  at("why").textContent = why(words, bundle);
  at("trained").textContent = trained(words, bundle);
  say(at("compared"), compared(words, bundle, currency));
  say(at("bundle-lift"), bundle.judged?.lift ? told(words, bundle.judged.lift, currency) : "");
  metrics(at("metrics"), words, bundle.metrics);
  const button = at("promote", HTMLButtonElement);
  button.hidden = bundle.state === "champion" || bundle.problem !== null;
  button.setAttribute("aria-label", words.of("model.promote.one", { bundle: bundle.version }));
  button.addEventListener("click", () => promote(bundle.version));
  return home;
}

/**
 * @param {Words} words
 * @param {string} name of a state as the API has it
 * @returns {string}
 */
export function state(words, name) {
  return STATES[name] ? words.of(`model.state.${STATES[name]}`) : name;
}

/** @param {Words} words @param {Bundle} bundle */
function why(words, { problem, state_why, judged }) {
  if (problem) return words.of("model.problem", { why: problem });
  if (judged === null) return words.of("model.unjudged");
  const verdict = words.of(`model.verdict.${judged.verdict}`);
  return [`${verdict}: ${judged.why}`, state_why].filter(Boolean).join(" · ");
}

/** @param {Words} words @param {Bundle} bundle */
function trained(words, { trained_from, trained_to, parent }) {
  const days = trained_from && trained_to && words.of("model.trained", { from: words.date(trained_from), to: words.date(trained_to) });
  return [days, parent && words.of("model.parent", { parent })].filter(Boolean).join(" · ");
}

/** @param {Words} words @param {Bundle} bundle @param {string | null} currency */
function compared(words, { judged }, currency) {
  if (!judged?.comparison) return "";
  const { difference, prompts, visits } = judged.comparison;
  const [estimate, low, high] = [difference.estimate, difference.ci_low, difference.ci_high].map((one) => words.money(one, currency));
  const key = difference.ci_low > 0 ? "better" : difference.ci_high < 0 ? "worse" : "unclear";
  const count = (/** @type {number} */ value) => new Intl.NumberFormat(words.language).format(value);
  return words.of(`model.compared.${key}`, { estimate, low, high, prompts: count(prompts), visits: count(visits) });
}

/** @param {HTMLElement} home @param {Words} words @param {Record<string, number>} values */
function metrics(home, words, values) {
  const list = below(home)("metric-values");
  home.hidden = !Object.keys(values).length;
  for (const [name, value] of Object.entries(values)) {
    list.appendChild(document.createElement("dt")).textContent = name.replaceAll("_", " ");
    const digits = new Intl.NumberFormat(words.language, { maximumSignificantDigits: 4 });
    list.appendChild(document.createElement("dd")).textContent = digits.format(value);
  }
}

/** @param {HTMLElement} home @param {string} text */
function say(home, text) {
  home.textContent = text;
  home.hidden = !text;
}
