// One store at work: the plan and who is where, the stream of prompts, the cards, and outcomes on their way.

/** @import { Session, Zone } from "./answers.js" */
/** @import { World } from "./facts.js" */
/** @import { Told } from "./outbox.js" */
/** @import { Signal } from "./signal.js" */
/** @import { Words } from "./words.js" */

import * as api from "./api.js";
import { Cards } from "./cards.js";
import { Company } from "./company.js";
import { at } from "./elements.js";
import * as facts from "./facts.js";
import { Finder } from "./finder.js";
import { Floor } from "./floor.js";
import { HeatButton } from "./heat.js";
import { Memory } from "./memory.js";
import { MyDay } from "./myday.js";
import { Outbox } from "./outbox.js";
import { ShopperView } from "./shopper.js";
import { listen, sleep } from "./stream.js";
import { currency } from "./words.js";

const POLL_MS = 1000;

export class Work {
  // `signedOut` is called when the server does not know us any more.
  /** @param {Session} session @param {Words} words @param {Signal} signal @param {() => void} signedOut */
  constructor(session, words, signal, signedOut) {
    this.words = words;
    this.signedOut = signedOut;
    this.store = session.store;
    this.stop = new AbortController();
    this.unsent = 0;
    const owner = session.staff ? `${session.store}:${session.staff}` : session.store;
    this.memory = new Memory(owner);
    /** @type {{stream: boolean | null, poll: boolean | null, at: number | null}} */
    this.heard = { stream: null, poll: null, at: this.memory.state.heard || null };
    /** @type {World} */
    this.world = { store: session.store, zones: new Map(), visits: null, currency: null, withheld: new Set(this.memory.state.withheld), company: new Company() };
    /** @type {Told} */
    const told = {
      signedOut,
      refused: (unsent, error) => this.#refused(unsent, error),
      changed: (count) => ((this.unsent = count), this.#judge()),
    };
    this.outbox = new Outbox(owner, told, this.stop.signal);
    const page = { list: at("cards"), template: at("card", HTMLTemplateElement), nothing: at("nothing"), waiting: at("waiting") };
    this.cards = new Cards(page, this.world, words, this.memory, this.outbox);
    this.cards.onArrival = (card) => {
      signal.give();
      at("announce").textContent = `${words.of("new")} ${card.prompt.name || card.prompt.sku}`;
    };
    const plan = { home: at("plan"), buttons: at("floors"), closer: at("closer"), wider: at("wider"), all: at("all") };
    this.floor = new Floor(plan, words, (visit) => facts.where(words, visit, this.world), (visit) => {
      this.shopper.open(visit);
    });
    this.shopper = new ShopperView(at("shopper", HTMLDialogElement), this.world, words);
    this.finder = new Finder(at("finder", HTMLDialogElement), this.world, words, (visit, customer) => {
      this.shopper.open(visit, customer);
    });
    at("find").onclick = () => this.finder.open();
    this.heat = new HeatButton(at("heat"), at("heat-said"), words, () => api.heat(this.store), (cells) => this.floor.heat(cells));
    this.cards.onChange = () => this.floor.call(this.cards.visits());
    this.outbox.send();
    this.#watch();
    this.#follow();
  }

  // Opens what one has done today.
  day() {
    new MyDay(at("day", HTMLDialogElement), this.words).open(this.store, this.memory.state.day, this.world.currency);
  }

  end() {
    this.stop.abort();
    this.cards.stop();
    this.heat.end();
    // nothing of it stays before whoever signs in next
    for (const id of ["finder", "shopper", "day"]) at(id, HTMLDialogElement).close();
    at("plan").replaceChildren();
  }

  // The plan once, then the shoppers every second.
  async #watch() {
    const { signal } = this.stop;
    let drawn = false;
    while (!signal.aborted) {
      const started = Date.now();
      try {
        if (!drawn) drawn = await this.#draw();
        const visits = await api.shoppers(this.store);
        if (signal.aborted) return;
        this.cards.watch(new Map(visits.map((visit) => [visit.visit_id, visit])));
        this.shopper.refresh();
        if (drawn) this.floor.move(visits);
        Object.assign(this.heard, { poll: true, at: Date.now() });
      } catch (error) {
        if (signal.aborted) return;
        if (api.status(error) === 401) return this.signedOut();
        this.heard.poll = false;
      }
      this.#judge();
      await sleep(Math.max(0, POLL_MS - (Date.now() - started)), signal);
    }
  }

  async #draw() {
    try {
      const content = await api.plan(this.store);
      const zones = content.features.map(({ properties }) => properties).filter((zone) => zone?.id);
      this.world.zones = new Map(zones.map((zone) => [zone.id, zone]));
      this.world.currency = currency(content.aislewise?.currency);
      this.floor.own(this.memory.state.department);
      this.floor.show(content);
      this.#departments(zones.filter((zone) => zone.kind === "department"));
      return true;
    } catch (error) {
      if (api.status(error) !== 404) throw error;
      at("plan").textContent = this.words.of("plan.none");
      return false;
    }
  }

  /** @param {Zone[]} zones */
  #departments(zones) {
    const choice = at("department", HTMLSelectElement);
    const options = zones.map(({ id, name }) => new Option(name || id, id));
    choice.replaceChildren(new Option(this.words.of("department.all"), ""), ...options);
    choice.value = this.memory.state.department;
    at("department-choice").hidden = zones.length < 2;
  }

  // The prompts of the chosen department; another choice goes on from the same place.
  #follow() {
    /** @type {AbortController | undefined} */
    let current;
    const choice = at("department", HTMLSelectElement);
    const begin = () => {
      current?.abort();
      current = new AbortController();
      const query = new URLSearchParams({ claims: "1", department: this.memory.state.department });
      const signal = AbortSignal.any([this.stop.signal, current.signal]);
      listen(`/v1/stores/${encodeURIComponent(this.store)}/prompts?${query}`, this.memory.place, {
        event: (place, prompt) => this.cards.add(place, prompt),
        claim: (claim) => this.cards.hear(claim),
        offers: (withheld) => this.cards.withhold(withheld),
        place: (place) => this.memory.change({ place }),
        alive: () => ((this.heard.stream = true), this.#judge()),
        lost: (error) => (api.status(error) === 401 ? this.signedOut() : ((this.heard.stream = false), this.#judge())),
      }, signal);
    };
    choice.onchange = () => {
      this.memory.change({ department: choice.value });
      this.floor.own(choice.value);
      begin();
    };
    begin();
  }

  /** @type {Told["refused"]} */
  #refused(unsent, error) {
    if (error.status === 409) this.cards.refused(unsent);
    else console.error(`the outcome ${unsent.kind} of ${unsent.prompt_id} is refused: ${error.message}`);
  }

  #judge() {
    if (!this.floor || this.stop.signal.aborted) return;
    const { stream, poll, at: last } = this.heard;
    const state = stream === false || poll === false ? "lost" : stream && poll ? "live" : "connecting";
    this.floor.stale(poll === false);
    const age = last && state === "lost" ? this.words.duration((Date.now() - last) / 1000) : null;
    const text = this.words.of(age ? "lost.since" : state, { age });
    at("unsent").textContent = this.unsent && state === "lost" ? this.words.of("unsent", { count: this.unsent }) : "";
    if (at("connection").dataset.state === state && at("connection").textContent === text) return;
    at("connection").dataset.state = state;
    at("connection").textContent = text;
  }
}
