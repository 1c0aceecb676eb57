// The queue of cards as values: what has become of each, which are over, and in which order they are shown.
// Nothing here knows the page or a clock: `now` is handed in, ms.

/** @import { Claim, Kind, Prompt, Visit } from "./answers.js" */

/**
 * A prompt and what has become of it here; times by this tablet's clock, ms.
 * @typedef {{
 *   prompt: Prompt, came: number, ends: number, shown: boolean, claim: {key: string, at: number} | null,
 *   answer: {kind: Kind, key: string, at: number} | null, seen: boolean, away: number | null, left?: boolean, late?: boolean,
 * }} Card
 */
/** @typedef {Claim & {heard: number}} Heard */
/** @typedef {"open" | "mine" | "taken" | "answered" | "closed"} Phase */

export const MOST = 3; // open cards at a time
export const UNDO_MS = 10_000;
const LASTS_MS = 120_000; // where the times of a prompt cannot be read
const MOVED_MS = 10_000; // somebody is elsewhere for this long before they have moved on
const CLOSED_MS = 4000; // how long a card that a colleague has closed stays readable
const BUSY_MS = 900_000; // a claimed card that nothing came of

// A card for a prompt that has just come.
/** @type {(prompt: Prompt, now: number) => Card} */
export function arrived(prompt, now) {
  const lasts = Date.parse(prompt.expires) - Date.parse(prompt.ts) || LASTS_MS;
  return { prompt, came: now, ends: now + lasts, shown: false, claim: null, answer: null, seen: false, away: null };
}

// open, mine, taken (by a colleague), answered (by me) or closed (by a colleague). `claim` is what the server has said.
/** @type {(card: Card, claim?: Heard) => Phase} */
export function phase(card, claim) {
  if (card.answer) return "answered";
  if (claim?.kind) return "closed";
  if (card.claim && (!claim?.holder || claim.holder === card.claim.key)) return "mine";
  return claim?.holder ? "taken" : "open";
}

// The card after a look at where its shopper is; `visits` is a Map by visit, null while nothing is known.
/** @type {(card: Card, visits: Map<string, Visit> | null, now: number) => Card} */
export function watched(card, visits, now) {
  if (!visits) return card;
  const visit = visits.get(card.prompt.visit_id);
  if (!visit) return card.seen ? { ...card, left: true } : card;
  const away = near(card.prompt, visit) ? null : (card.away ?? now);
  return card.seen && !card.left && away === card.away ? card : { ...card, seen: true, left: false, away };
}

// Whether a card has nothing to say any more.
/** @type {(card: Card, claim: Heard | undefined, now: number) => boolean} */
export function over(card, claim, now) {
  switch (phase(card, claim)) {
    case "answered":
      return now >= since(card.answer) + UNDO_MS;
    case "closed":
      return now >= heard(claim) + CLOSED_MS + UNDO_MS; // until then the colleague may take it back
    case "mine":
      return now >= since(card.claim) + BUSY_MS;
    default:
      return now >= card.ends || card.left === true || (card.away !== null && now >= card.away + MOVED_MS);
  }
}

// Whether a card that a colleague has closed has been readable for long enough.
/** @type {(card: Card, claim: Heard | undefined, now: number) => boolean} */
export function read(card, claim, now) {
  return phase(card, claim) === "closed" && now >= heard(claim) + CLOSED_MS;
}

/**
 * The cards to show, in their order, and how many more wait. What one is on stands first, then expected additional
 * margin × time left; what colleagues have takes no place of the `most`, and offers that are withheld none at all.
 * @param {Card[]} cards
 * @param {Map<string, Heard>} claims
 * @param {number} now
 * @param {number} [most]
 * @param {Set<string>} [withheld]
 */
export function arranged(cards, claims, now, most = MOST, withheld = new Set()) {
  /** @type {Record<Phase, Card[]>} */
  const groups = { mine: [], answered: [], open: [], taken: [], closed: [] };
  for (const card of cards) {
    const claim = claims.get(card.prompt.prompt_id);
    const state = phase(card, claim);
    const hidden = withheld.has(card.prompt.offer_id ?? "") && (state === "open" || state === "taken");
    if (!hidden && !read(card, claim, now)) groups[state].push(card);
  }
  const mine = [...groups.mine, ...groups.answered].sort((a, b) => b.came - a.came);
  const open = groups.open.sort((a, b) => worth(b, now) - worth(a, now) || b.came - a.came);
  const room = Math.max(0, most - groups.mine.length);
  return { shown: [...mine, ...open.slice(0, room), ...groups.taken, ...groups.closed], waiting: open.slice(room) };
}

/** @param {{at: number} | null} done */
const since = (done) => done?.at ?? 0;

/** @param {Heard} [claim] */
const heard = (claim) => claim?.heard ?? 0;

// Unknown values count as nothing: the newest of them first.
/** @param {Card} card @param {number} now */
function worth({ prompt, ends }, now) {
  return Math.max(0, prompt.value ?? 0) * Math.max(0, ends - now);
}

/** @param {Prompt} prompt @param {Visit} visit */
function near({ zone_id, department }, visit) {
  if (visit.display && zone_id) return visit.display === zone_id;
  return !department || visit.department === department;
}
