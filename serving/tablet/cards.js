// The prompts as cards: takes them from the stream, keeps them in memory, and turns taps into outcomes.

/** @import { Claim, Kind, Outcome, Prompt, Visit, Withheld } from "./answers.js" */
/** @import { World } from "./facts.js" */
/** @import { Memory } from "./memory.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Card, Heard } from "./queue.js" */
/** @import { Words } from "./words.js" */
/** @typedef {{list: HTMLElement, template: HTMLTemplateElement, nothing: HTMLElement, waiting: HTMLElement}} Page */

import { CardView } from "./card.js";
import { counted, dateOf } from "./day.js";
import { rests } from "./facts.js";
import { MOST, arranged, arrived, over, phase, read, watched } from "./queue.js";

const TICK_MS = 250;
const SEEN_MS = 500; // in view for less, as when another card takes its place, and nobody has seen it
// Reasons of "Not now". Who is busy leaves the prompt to the others: the customer has declined nothing.
/** @type {Record<string, Kind>} */
const REASONS = { busy: "released", left: "declined", not_interested: "declined", out_of_stock: "declined" };

export class Cards {
  /**
   * @param {Page} page
   * @param {World} world
   * @param {Words} words
   * @param {Memory} memory
   * @param {Outbox} outbox
   * @param {number} [most]
   */
  constructor(page, world, words, memory, outbox, most = MOST) {
    this.page = page;
    this.world = world;
    this.words = words;
    this.memory = memory;
    this.outbox = outbox;
    this.most = most;
    this.onChange = () => {};
    /** @type {(card: Card) => void} */
    this.onArrival = () => {};
    /** @type {Map<string, CardView>} */
    this.views = new Map();
    /** @type {Map<string, Heard>} */
    this.claims = new Map();
    /** @type {Map<string, number>} */
    this.inView = new Map();
    this.observer = new IntersectionObserver((changes) => this.#see(changes), { threshold: 0.5 });
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.#arrange();
  }

  get cards() {
    return this.memory.state.cards;
  }

  // A prompt that has come at `place`. The same prompt again is not shown again.
  /** @param {string | null} place @param {Prompt} prompt */
  add(place, prompt) {
    if (this.cards.some((card) => card.prompt.prompt_id === prompt.prompt_id)) return this.memory.change({ place });
    const card = arrived(prompt, Date.now());
    this.memory.change({ place, cards: [...this.cards, card] });
    this.#arrange();
    if (!rests(prompt, this.world)) this.onArrival(card);
  }

  // The offers that nobody may point out now, all of them. Their cards wait out of sight: one that is resumed in time
  // is there again, and what oneself is on stays until it is said what came of it.
  /** @param {Withheld} withheld */
  withhold({ offers }) {
    this.world.withheld = new Set(offers);
    this.memory.change({ withheld: offers });
    this.#arrange();
  }

  // How a prompt stands between the salespeople, by the server.
  /** @param {Claim} claim */
  hear(claim) {
    this.claims.set(claim.prompt_id, { ...claim, heard: Date.now() });
    if (this.cards.some((card) => card.prompt.prompt_id === claim.prompt_id)) this.#arrange();
  }

  // An outcome that the server has refused: somebody else was faster.
  /** @param {Outcome} outcome */
  refused({ key, prompt_id }) {
    this.#change(prompt_id, (card) => {
      if (card.claim?.key !== key) return card;
      this.#count("claimed", -1);
      return { ...card, claim: null, answer: null, late: true };
    });
  }

  // Where everybody is now.
  /** @param {Map<string, Visit>} visits */
  watch(visits) {
    this.world.visits = visits;
    const now = Date.now();
    this.world.company.watch(visits, now);
    const cards = this.cards.map((card) => watched(card, visits, now));
    if (cards.some((card, at) => card !== this.cards[at])) this.memory.change({ cards });
    this.#paint(now);
    this.tick();
  }

  // Counts down, reports what has become visible, and takes away what is over.
  tick() {
    const now = Date.now();
    const kept = this.cards.filter((card) => !over(card, this.#claim(card), now));
    const gone = kept.length < this.cards.length;
    if (gone) this.memory.change({ cards: kept });
    if (gone || kept.some((card) => this.views.has(card.prompt.prompt_id) && read(card, this.#claim(card), now)))
      this.#arrange();
    for (const card of this.cards) {
      const id = card.prompt.prompt_id;
      const seen = now >= (this.inView.get(id) ?? Infinity) + SEEN_MS && document.visibilityState === "visible";
      if (seen && !card.shown) this.#show(card);
      this.views.get(id)?.tick(card, this.#claim(card), now);
    }
  }

  // Visits that a card is about which is open, or which one is on oneself.
  visits() {
    const state = (/** @type {Card} */ card) => phase(card, this.#claim(card));
    const about = this.cards.filter((card) => state(card) === "mine" || (state(card) === "open" && !rests(card.prompt, this.world)));
    return about.map((card) => card.prompt.visit_id);
  }

  stop() {
    clearInterval(this.timer);
    this.observer.disconnect();
    this.page.list.replaceChildren();
  }

  /** @param {IntersectionObserverEntry[]} changes */
  #see(changes) {
    for (const { target, isIntersecting } of changes) {
      const id = target.getAttribute("data-prompt") ?? "";
      if (!isIntersecting) this.inView.delete(id);
      else if (!this.inView.has(id)) this.inView.set(id, Date.now());
    }
    this.tick();
  }

  /** @param {Card} card */
  #show(card) {
    this.outbox.add(card.prompt.prompt_id, "shown");
    this.#change(card.prompt.prompt_id, (one) => ({ ...one, shown: true }));
  }

  /** @param {string} id @param {string} name */
  #tap(id, name) {
    const at = Date.now();
    /** @param {Kind} kind @param {{reason?: string, undoes?: string}} [more] */
    const send = (kind, more) => {
      if (kind !== "undone") this.#count(kind, 1);
      return this.outbox.add(id, kind, more);
    };
    // what the server will say of one's own undo, before it does
    if (name === "undo") this.#assume(id, { kind: undefined });
    if (name === "undo-claim" || name === "give-back") this.#assume(id, { holder: undefined });
    this.#change(id, (card) => {
      if (name === "take") return { ...card, late: false, claim: { key: send("claimed"), at } };
      if (name === "undo-claim" || name === "give-back") this.#count("claimed", -1);
      if (name === "undo" && card.answer) this.#count(card.answer.kind, -1);
      if (name === "undo-claim") return send("undone", { undoes: card.claim?.key }), { ...card, claim: null };
      if (name === "give-back") {
        const key = send("released", { undoes: card.claim?.key });
        return { ...card, claim: null, answer: { kind: "released", key, at } };
      }
      if (name === "undo") return send("undone", { undoes: card.answer?.key }), { ...card, answer: null };
      const kind = REASONS[name] ?? /** @type {Kind} */ (name);
      return { ...card, answer: { kind, key: send(kind, name in REASONS ? { reason: name } : {}), at } };
    });
  }

  /** @param {string} id @param {(card: Card) => Card} changed */
  #change(id, changed) {
    this.memory.change({ cards: this.cards.map((card) => (card.prompt.prompt_id === id ? changed(card) : card)) });
    this.#arrange();
  }

  // The elements follow the cards; those that stay are not taken out, so that nothing loses the focus.
  #arrange() {
    const now = Date.now();
    const { shown, waiting } = arranged(this.cards, this.claims, now, this.most, this.world.withheld);
    const wanted = shown.map((card) => this.#view(card).element);
    for (const [id, { element }] of this.views) if (!wanted.includes(element)) this.#drop(id, element);
    wanted.forEach((element, at) => {
      const there = this.page.list.children[at];
      if (there !== element) this.page.list.insertBefore(element, there ?? null);
    });
    this.page.nothing.hidden = shown.length > 0;
    this.page.waiting.textContent = waiting.length ? this.words.of("waiting", { count: waiting.length }) : "";
    this.#paint(now);
    this.onChange();
  }

  /** @param {string} id @param {HTMLElement} element */
  #drop(id, element) {
    this.observer.unobserve(element);
    this.inView.delete(id);
    this.views.delete(id);
    element.remove();
  }

  /** @param {number} now */
  #paint(now) {
    for (const card of this.cards) this.views.get(card.prompt.prompt_id)?.paint(card, this.#claim(card), this.world, now);
  }

  /** @param {Card} card */
  #view({ prompt }) {
    const id = prompt.prompt_id;
    const known = this.views.get(id);
    if (known) return known;
    const view = new CardView(this.page.template, prompt, this.words, (name) => this.#tap(id, name));
    this.views.set(id, view);
    this.observer.observe(view.element);
    return view;
  }

  /** @param {Kind} kind @param {number} by */
  #count(kind, by) {
    this.memory.change({ day: counted(this.memory.state.day, kind, by, dateOf()) });
  }

  /** @param {string} id @param {Partial<Claim>} changes */
  #assume(id, changes) {
    const claim = this.claims.get(id);
    if (claim) this.claims.set(id, { ...claim, ...changes });
  }

  /** @param {Card} card */
  #claim(card) {
    return this.claims.get(card.prompt.prompt_id);
  }
}
