// One card on the page: who, what, why, what to say, and the buttons that its state allows.

/** @import { Prompt } from "./answers.js" */
/** @import { World } from "./facts.js" */
/** @import { Card, Heard, Phase } from "./queue.js" */
/** @import { Words } from "./words.js" */

import * as api from "./api.js";
import { below } from "./elements.js";
import { UNDO_MS, phase } from "./queue.js";
import * as facts from "./facts.js";

// Which group of buttons a state shows.
const BUTTONS = { open: "open", mine: "mine", answered: "answered", taken: "", closed: "" };

export class CardView {
  /**
   * `tapped(name)` hears the taps, by the names of the buttons.
   * @param {HTMLTemplateElement} template
   * @param {Prompt} prompt
   * @param {Words} words
   * @param {(name: string) => void} tapped
   */
  constructor(template, prompt, words, tapped) {
    this.element = below(document.importNode(template.content, true))("card");
    this.find = below(this.element);
    this.prompt = prompt;
    this.words = words;
    this.asking = false;
    this.pictured = false;
    this.element.dataset.prompt = prompt.prompt_id;
    words.apply(this.element);
    this.#write("name", prompt.name || prompt.sku);
    this.#picture();
    this.#write("say", facts.say(words, prompt));
    this.#write("why", facts.why(words, prompt));
    this.element.setAttribute("aria-label", prompt.name || prompt.sku);
    for (const button of this.element.querySelectorAll("button"))
      button.addEventListener("click", () => this.#tap(button.dataset.tap ?? "", tapped));
  }

  // Shows the card as it stands. `world` knows zones, visits and the currency.
  /** @param {Card} card @param {Heard | undefined} claim @param {World} world @param {number} now */
  paint(card, claim, world, now) {
    const state = phase(card, claim);
    if (state !== "open") this.asking = false;
    this.element.dataset.state = state;
    this.element.dataset.answer = card.answer?.kind ?? "";
    this.#write("place", facts.who(this.words, card, world));
    this.#write("facts", facts.what(this.words, this.prompt, world));
    this.#write("state", facts.standing(this.words, card, claim, state, world));
    const icon = this.find("icon");
    if (!this.pictured) icon.textContent = facts.monogram(this.prompt);
    icon.dataset.hue = String(facts.hue(this.prompt));
    this.#group(this.asking ? "asking" : BUTTONS[state]);
    this.tick(card, claim, now);
  }

  // Takes the place of the monogram once it is there.
  #picture() {
    const picture = new Image();
    picture.alt = "";
    picture.onload = () => {
      this.pictured = true;
      this.find("icon").replaceChildren(picture);
    };
    picture.src = api.pictureOf(this.prompt);
  }

  // What changes as time goes on.
  /** @param {Card} card @param {Heard | undefined} claim @param {number} now */
  tick(card, claim, now) {
    const state = phase(card, claim);
    const open = state === "open" || state === "taken";
    this.#write("left", open ? clock(card.ends - now) : "");
    this.#undoable(card, state, now);
  }

  // Shows one group of buttons.
  /** @param {string} name */
  #group(name) {
    /** @type {NodeListOf<HTMLElement>} */
    const groups = this.element.querySelectorAll("[data-for]");
    for (const group of groups) group.hidden = group.dataset.for !== name;
  }

  // A claim can be undone for a while; later it is given back.
  /** @param {Card} card @param {Phase} state @param {number} now */
  #undoable({ claim }, state, now) {
    if (state !== "mine" || !claim) return;
    const can = now < claim.at + UNDO_MS;
    this.find("undo-claim").hidden = !can;
    this.find("give-back").hidden = can;
  }

  /** @param {string} name @param {(name: string) => void} tapped */
  #tap(name, tapped) {
    if (name === "not-now" || name === "back") {
      this.asking = name === "not-now";
      this.#group(this.asking ? "asking" : "open");
      this.find(this.asking ? "busy" : "take").focus();
    } else tapped(name);
  }

  /** @param {string} testId @param {string} text */
  #write(testId, text) {
    const element = this.find(testId);
    if (element.textContent !== text) element.textContent = text;
    element.hidden = text === "";
  }
}

/** @param {number} milliseconds */
function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
