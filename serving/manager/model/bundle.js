// One bundle in words: what has become of it and why, what it was trained on, and how it did against the champion.

import { told } from "/tablet/day.js";

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
 * @param {import("/tablet/words.js").Words} words
 * @param {any} bundle as the API has it
 * @param {string | null} currency
 * @param {(version: string) => void} promote
 * @returns {HTMLLIElement}
 */
export function element(template, words, bundle, currency, promote) {
  const home = template.content.firstElementChild.cloneNode(true);
  words.apply(home);
  const at = (selector) => home.querySelector(selector);
  Object.assign(home.dataset, { version: bundle.version, state: bundle.state });
  at("h4").textContent = bundle.version;
  at("[data-testid=state]").textContent = state(words, bundle.state);
  at("[data-testid=why]").textContent = why(words, bundle);
  at("[data-testid=trained]").textContent = trained(words, bundle);
  say(at("[data-testid=compared]"), compared(words, bundle, currency));
  say(at("[data-testid=bundle-lift]"), bundle.judged?.lift ? told(words, bundle.judged.lift, currency) : "");
  metrics(at("[data-testid=metrics]"), words, bundle.metrics);
  const button = at("[data-testid=promote]");
  button.hidden = bundle.state === "champion" || bundle.problem !== null;
  button.setAttribute("aria-label", words.of("model.promote.one", { bundle: bundle.version }));
  button.addEventListener("click", () => promote(bundle.version));
  return home;
}

/**
 * @param {import("/tablet/words.js").Words} words
 * @param {string} name of a state as the API has it
 * @returns {string}
 */
export function state(words, name) {
  return STATES[name] ? words.of(`model.state.${STATES[name]}`) : name;
}

function why(words, { problem, state_why, judged }) {
  if (problem) return words.of("model.problem", { why: problem });
  if (judged === null) return words.of("model.unjudged");
  const verdict = words.of(`model.verdict.${judged.verdict}`);
  return [`${verdict}: ${judged.why}`, state_why].filter(Boolean).join(" · ");
}

function trained(words, { trained_from, trained_to, parent }) {
  const days = trained_from && words.of("model.trained", { from: words.date(trained_from), to: words.date(trained_to) });
  return [days, parent && words.of("model.parent", { parent })].filter(Boolean).join(" · ");
}

function compared(words, { judged }, currency) {
  if (!judged?.comparison) return "";
  const { difference, prompts, visits } = judged.comparison;
  const [estimate, low, high] = [difference.estimate, difference.ci_low, difference.ci_high].map((one) => words.money(one, currency));
  const key = difference.ci_low > 0 ? "better" : difference.ci_high < 0 ? "worse" : "unclear";
  const count = (value) => new Intl.NumberFormat(words.language).format(value);
  return words.of(`model.compared.${key}`, { estimate, low, high, prompts: count(prompts), visits: count(visits) });
}

function metrics(home, words, values) {
  const list = home.querySelector("dl");
  home.hidden = !Object.keys(values).length;
  for (const [name, value] of Object.entries(values)) {
    list.appendChild(document.createElement("dt")).textContent = name.replaceAll("_", " ");
    const digits = new Intl.NumberFormat(words.language, { maximumSignificantDigits: 4 });
    list.appendChild(document.createElement("dd")).textContent = digits.format(value);
  }
}

function say(home, text) {
  home.textContent = text;
  home.hidden = !text;
}
