// One card on the page: who, what, why, what to say, and the buttons that its state allows.

import { UNDO_MS, phase } from "./queue.js";
import * as facts from "./facts.js";

// Which group of buttons a state shows.
const BUTTONS = { open: "open", mine: "mine", answered: "answered", taken: "", closed: "" };

export class CardView {
  // `tapped(name)` hears the taps, by the names of the buttons.
  constructor(template, prompt, words, tapped) {
    this.element = template.content.cloneNode(true).firstElementChild;
    Object.assign(this, { prompt, words });
    this.asking = false;
    this.element.dataset.prompt = prompt.prompt_id;
    words.apply(this.element);
    this.#write("name", prompt.name || prompt.sku);
    this.#write("say", prompt.say);
    this.#write("why", prompt.why);
    this.element.setAttribute("aria-label", prompt.name || prompt.sku);
    for (const button of this.element.querySelectorAll("button"))
      button.addEventListener("click", () => this.#tap(button.dataset.tap, tapped));
  }

  // Shows the card as it stands. `world` knows zones, visits and the currency.
  paint(card, claim, world, now) {
    const state = phase(card, claim);
    if (state !== "open") this.asking = false;
    this.element.dataset.state = state;
    this.element.dataset.answer = card.answer?.kind ?? "";
    this.#write("place", facts.who(this.words, card, world));
    this.#write("facts", facts.what(this.words, this.prompt, world));
    this.#write("state", facts.standing(this.words, card, claim, state, world));
    const icon = this.#find("icon");
    icon.textContent = facts.monogram(this.prompt);
    icon.dataset.hue = facts.hue(this.prompt);
    this.#buttons(this.asking ? "asking" : BUTTONS[state], card, state, now);
    this.tick(card, claim, now);
  }

  // What changes as time goes on.
  tick(card, claim, now) {
    const state = phase(card, claim);
    const open = state === "open" || state === "taken";
    this.#write("left", open ? clock(card.ends - now) : "");
    if (state === "mine") this.#undoable(now < card.claim.at + UNDO_MS);
  }

  #buttons(name, card, state, now) {
    for (const group of this.element.querySelectorAll("[data-for]")) group.hidden = group.dataset.for !== name;
    if (state === "mine") this.#undoable(now < card.claim.at + UNDO_MS);
  }

  // A claim can be undone for a while; later it is given back.
  #undoable(can) {
    this.#find("undo-claim").hidden = !can;
    this.#find("give-back").hidden = can;
  }

  #tap(name, tapped) {
    if (name === "not-now" || name === "back") {
      this.asking = name === "not-now";
      for (const group of this.element.querySelectorAll("[data-for]"))
        group.hidden = group.dataset.for !== (this.asking ? "asking" : "open");
      this.element.querySelector(`[data-for=${this.asking ? "asking" : "open"}] button`).focus();
    } else tapped(name);
  }

  #write(testId, text) {
    const element = this.#find(testId);
    if (element.textContent !== text) element.textContent = text;
    element.hidden = text === "";
  }

  #find(testId) {
    return this.element.querySelector(`[data-testid=${testId}]`);
  }
}

function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
