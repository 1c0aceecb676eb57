// The elements of a page by their names: one that is not there, or of another kind than asked for, is an error of ours.

/** @typedef {<T extends HTMLElement = HTMLElement>(testId: string, kind?: new () => T) => T} Find */

/** By its id. @type {Find} */
export const at = (id, kind) => checked(id, document.getElementById(id), kind);

/** By its data-testid, below a root. @type {(root: ParentNode) => Find} */
export const below = (root) => (testId, kind) => checked(testId, root.querySelector(`[data-testid=${testId}]`), kind);

/** By a selector, below a root. @type {(root: ParentNode) => Find} */
export const within = (root) => (selector, kind) => checked(selector, root.querySelector(selector), kind);

/** By its name in a form. @type {(form: HTMLFormElement) => Find} */
export const named = (form) => (name, kind) => checked(name, form.elements.namedItem(name), kind);

/**
 * A copy of what a template holds, its one element.
 * @param {HTMLTemplateElement} template
 * @returns {HTMLElement}
 */
export function copied(template) {
  return checked(template.id, template.content.firstElementChild?.cloneNode(true), HTMLElement);
}

/**
 * @template {HTMLElement} T
 * @param {string} name
 * @param {unknown} found
 * @param {new () => T} [kind]
 */
function checked(name, found, kind) {
  if (found instanceof (kind ?? HTMLElement)) return /** @type {T} */ (found);
  throw new Error(`the page has no ${kind?.name ?? "element"} ${name}`);
}
