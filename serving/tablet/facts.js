// What a card says in words: who it is about, what to point out, and how it stands.

/** @import { Prompt, Reason, Recommendation, Visit, Zone } from "./answers.js" */
/** @import { Company } from "./company.js" */
/** @import { Card, Heard, Phase } from "./queue.js" */
/** @import { Words } from "./words.js" */
/**
 * @typedef {{
 *   store: string,
 *   zones: Map<string, Zone>, visits: Map<string, Visit> | null, currency: string | null, withheld: Set<string>,
 *   company: Company,
 * }} World
 */

const BESIDE_M = 3; // who stands nearer than this stands beside
const HUES = 8;
const REASONS = new Set(["dwell", "before", "off", "coupon", "left", "popular", "fits"]);
const [NAME_WORDS, FEW] = [5, 5]; // of a product's name so many words, so few on hand are worth a word

// "At Boots, 3 min · alone", "… · with one other". What the live position says, else where the prompt was made.
/** @param {Words} words @param {Card} card @param {World} world */
export function who(words, card, world) {
  const { visit_id, zone_id, department } = card.prompt;
  if (card.left) return words.of("who.gone");
  const visit = world.visits?.get(visit_id);
  if (world.visits && visit) return `${where(words, visit, world)} · ${company(words, visit, world.visits, world.company)}`;
  const zone = zone_id ?? department;
  return zone ? nameOf(zone, world) : words.of("who.unknown");
}

// "At Boots, 3 min", "In Shoes, 40 s"
/** @param {Words} words @param {Visit} visit @param {World} world */
export function where(words, { display, department, dwell }, world) {
  const zone = display ?? department;
  if (!zone) return words.of("who.unknown");
  const [place, seconds] = [nameOf(zone, world), dwell[zone] ?? 0];
  return words.of(display ? "who.at" : "who.in", { place, time: words.duration(seconds) });
}

/** @param {string} zone @param {World} world */
export function nameOf(zone, { zones }) {
  return zones.get(zone)?.name || zone;
}

/** @param {Words} words @param {Visit} visit @param {Map<string, Visit>} visits @param {Company} walked */
function company(words, visit, visits, walked) {
  const count = walked.of(visit.visit_id);
  if (count) return words.of("who.with", { count });
  const beside = [...visits.values()].filter(
    (other) =>
      other.visit_id !== visit.visit_id &&
      other.floor === visit.floor &&
      Math.hypot(other.x_m - visit.x_m, other.y_m - visit.y_m) < BESIDE_M,
  ).length;
  return beside ? words.of("who.beside", { count: beside }) : words.of("who.alone");
}

// "89.00 → 62.30 · 30 % off · 4 left · Shelf: Boots", as far as it is known.
/** @param {Words} words @param {Prompt} prompt @param {World} world */
export function what(words, prompt, { zones, currency }) {
  const parts = [];
  const { price, discount, offer, on_hand, zone_id } = prompt;
  const money = (/** @type {number} */ amount) => words.money(amount, currency);
  if (price != null) parts.push(discount ? `${money(price)} → ${money(price * (1 - discount))}` : money(price));
  if (discount) parts.push(words.of(offer === "coupon" ? "what.coupon" : "what.off", { percent: words.percent(discount) }));
  if (on_hand != null) parts.push(words.of("what.left", { count: on_hand }));
  const shelf = zones.get(zone_id ?? "");
  if (shelf) parts.push(words.of("what.shelf", { shelf: shelf.name || zone_id }));
  return parts.join(" · ");
}

// What to say to the customer, in the language of the page: English is the prompt's own, the others are made of what the
// prompt knows as English is (models/recommender/explain.py).
/** @param {Words} words @param {Pick<Prompt, "say" | "name" | "sku" | "discount" | "offer" | "offer_id" | "on_hand">} said */
export function say(words, { say, name, sku, discount, offer, offer_id, on_hand }) {
  if (words.language === "en" || (offer_id && discount == null)) return say;
  const called = (name || sku).split(/\s+/).slice(0, NAME_WORDS).join(" ");
  const few = on_hand != null && on_hand > 0 && on_hand <= FEW;
  const key = discount == null ? "say.show" : offer === "coupon" ? "say.coupon" : "say.off";
  const sentence = words.of(key, { name: called, percent: discount == null ? "" : words.percent(discount) });
  return few ? `${sentence} ${words.of("say.few", { count: on_hand })}` : sentence;
}

// The same of a recommendation, which has what it is made of in its reasons.
/** @param {Words} words @param {Recommendation} hint */
export function hintSay(words, hint) {
  const number = (/** @type {string} */ kind) => hint.reasons?.find((one) => one.kind === kind)?.number;
  const coupon = number("coupon");
  return say(words, { ...hint, discount: coupon ?? number("off"), offer: coupon == null ? "clearance" : "coupon", on_hand: number("left") });
}

// Why, in the language of the page, of the parts that the English is made of. Where they are not said, or one of them is
// news to this page, the English is all there is.
/** @param {Words} words @param {{why: string, reasons?: Reason[]}} said */
export function why(words, { why, reasons = [] }) {
  if (words.language === "en" || !reasons.length || reasons.some(({ kind }) => !REASONS.has(kind))) return why;
  const parts = reasons.map(({ kind, name = "", number = 0 }) =>
    words.of(`why.${kind}`, { name, count: number, time: words.duration(number), percent: words.percent(number) }),
  );
  return parts.join(" · ");
}

// How the card stands between the salespeople, "" where it is open.
/** @param {Words} words @param {Card} card @param {Heard | undefined} claim @param {Phase} state @param {World} world */
export function standing(words, card, claim, state, world) {
  const name = (/** @type {string | undefined} */ staff) => staff || words.of("state.somebody");
  if (state === "mine") return words.of(rests(card.prompt, world) ? "state.mine.paused" : "state.mine");
  if (state === "taken") return words.of(card.late ? "late" : "state.taken", { who: name(claim?.holder_staff) });
  if (state === "closed") return words.of(`state.closed.${claim?.kind}`, { who: name(claim?.closed_staff) });
  return state === "answered" ? words.of(`state.${card.answer?.kind}`) : "";
}

/**
 * Whether nobody may point out now what a prompt is about.
 * @param {{offer_id?: string}} prompt
 * @param {{withheld: Set<string>}} world
 * @returns {boolean}
 */
export function rests({ offer_id }, { withheld }) {
  return withheld.has(offer_id ?? "");
}

/** @param {Prompt} prompt */
export function monogram({ category, name, sku }) {
  return (category || name || sku).slice(0, 1).toUpperCase();
}

// A number of the palette, the same for a category on every tablet.
/** @param {Prompt} prompt */
export function hue({ category, sku }) {
  return [...(category || sku)].reduce((sum, letter) => (sum * 31 + Number(letter.codePointAt(0))) % 9973, 7) % HUES;
}
