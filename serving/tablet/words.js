// The language of the page: texts by their keys, numbers, money and durations as people write them there.

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español" };

export class Words {
  // Loads the texts of a language that there is, of the tablet's page or from other folders.
  /** @param {string} language @param {string[]} folders */
  static async in(language, ...folders) {
    const files = (folders.length ? folders : ["/tablet"]).map((folder) => import(`${folder}/messages/${language}.js`));
    return new Words(language, Object.assign({}, ...(await Promise.all(files)).map((file) => file.default)));
  }

  /** @param {string} language @param {Record<string, string>} texts */
  constructor(language, texts) {
    this.language = language;
    this.texts = texts;
    this.plural = new Intl.PluralRules(language);
  }

  // The text of a key with {names} filled in; where there is a `count`, the form that goes with it.
  /** @param {string} key @param {Record<string, string | number | null | undefined>} [values] */
  of(key, values = {}) {
    const form = "count" in values ? (this.texts[`${key}.${this.plural.select(Number(values.count))}`] ?? this.texts[`${key}.other`]) : null;
    const text = form ?? this.texts[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  /** @param {number} seconds */
  duration(seconds) {
    if (seconds < 90) return this.of("seconds", { n: Math.round(seconds) });
    return this.of("minutes", { n: Math.round(seconds / 60) });
  }

  // Without a currency two places are all that is known.
  /** @param {number} amount @param {string | null} currency */
  money(amount, currency) {
    /** @type {Intl.NumberFormatOptions} */
    const style = currency ? { style: "currency", currency } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    return new Intl.NumberFormat(this.language, style).format(amount);
  }

  /** @param {number} share */
  percent(share) {
    return new Intl.NumberFormat(this.language, { style: "percent" }).format(share);
  }

  // A date that is written 2026-11-24.
  /** @param {string} text */
  date(text) {
    return new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(text));
  }

  // Puts the texts on what is marked `data-words` (its text) and `data-words-label` (what a screen reader says).
  /** @param {ParentNode} root */
  apply(root) {
    const marked = (/** @type {string} */ what) => /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(what));
    for (const element of marked("[data-words]")) element.textContent = this.of(element.dataset.words ?? "");
    for (const element of marked("[data-words-label]"))
      element.setAttribute("aria-label", this.of(element.dataset.wordsLabel ?? ""));
  }
}

// A currency that money is written in, null where a plan says what is none.
/** @param {string} [code] */
export function currency(code) {
  return code && Intl.supportedValuesOf("currency").includes(code) ? code : null;
}

// The language that was chosen, else the first of the browser's that there is.
/** @param {string} chosen @param {readonly string[]} [wanted] */
export function language(chosen, wanted = navigator.languages) {
  const known = [chosen, ...wanted.map((name) => name.slice(0, 2).toLowerCase())];
  return known.find((name) => name in LANGUAGES) ?? "en";
}
