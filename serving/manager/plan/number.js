// Numbers as people write them in the page's language.

/** @param {{language: string}} words @param {number} value @param {number} digits behind the point, always as many */
export function number(words, value, digits) {
  return new Intl.NumberFormat(words.language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}
