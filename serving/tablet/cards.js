// The prompts as cards. One counts down from its arrival, is reported as shown when it can be seen, and takes one answer.

const SECOND = 1000;
const LASTS_MS = 120 * SECOND; // where the times cannot be read
const LINGER_MS = 4000; // how long an answered card stays readable

export class Cards {
  constructor(list, template, nothing, memory, outbox) {
    Object.assign(this, { list, template, nothing, memory, outbox });
    this.onChange = () => {};
    this.elements = new Map();
    this.inView = new Set();
    this.observer = new IntersectionObserver((changes) => this.#see(changes), { threshold: 0.5 });
    for (const card of memory.state.cards) this.#render(card);
    this.#settle();
    this.timer = setInterval(() => this.tick(), SECOND / 4);
  }

  // A prompt that has come at `place`. The same prompt again is not shown again.
  add(place, prompt) {
    if (this.memory.state.cards.some((card) => card.prompt.prompt_id === prompt.prompt_id)) {
      this.memory.change({ place });
      return;
    }
    const lasts = Date.parse(prompt.expires) - Date.parse(prompt.ts) || LASTS_MS;
    const card = { prompt, ends: Date.now() + lasts, shown: false, answer: null };
    this.memory.change({ place, cards: [...this.memory.state.cards, card] });
    this.#render(card);
    this.#settle();
    this.tick();
  }

  // Counts down, reports what has become visible, and takes away what is over.
  tick() {
    const now = Date.now();
    for (const card of this.memory.state.cards) {
      if (!card.shown && this.inView.has(card.prompt.prompt_id) && document.visibilityState === "visible") this.#show(card);
      this.#write(card, "left", card.answer ? "" : clock(card.ends - now));
    }
    if (this.memory.state.cards.some((card) => card.ends <= now)) {
      this.memory.change({ cards: this.memory.state.cards.filter((card) => card.ends > now) });
      this.#settle();
    }
  }

  visits() {
    return this.memory.state.cards.filter((card) => card.answer !== "declined").map((card) => card.prompt.visit_id);
  }

  stop() {
    clearInterval(this.timer);
    this.observer.disconnect();
    this.list.replaceChildren();
  }

  #see(changes) {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) this.inView.add(target.dataset.prompt);
      else this.inView.delete(target.dataset.prompt);
    }
    this.tick();
  }

  #show(card) {
    card.shown = true;
    this.outbox.add(card.prompt.prompt_id, "shown");
  }

  #answer(card, kind) {
    if (card.answer) return;
    card.answer = kind;
    card.ends = Date.now() + LINGER_MS;
    this.outbox.add(card.prompt.prompt_id, kind);
    this.#paint(card);
    this.onChange();
  }

  #render(card) {
    const { prompt } = card;
    const element = this.template.content.cloneNode(true).firstElementChild;
    element.dataset.prompt = prompt.prompt_id;
    this.elements.set(prompt.prompt_id, element);
    this.list.prepend(element);
    this.observer.observe(element);
    this.#element(card, "name").textContent = prompt.name || prompt.sku;
    this.#element(card, "say").textContent = prompt.say;
    this.#element(card, "why").textContent = prompt.why;
    for (const button of element.querySelectorAll("button"))
      button.addEventListener("click", () => this.#answer(card, button.dataset.kind));
    this.#paint(card);
  }

  #paint(card) {
    const element = this.elements.get(card.prompt.prompt_id);
    element.dataset.answer = card.answer ?? "";
    for (const button of element.querySelectorAll("button")) button.disabled = card.answer !== null;
    this.#element(card, "answer").textContent = { accepted: "Accepted", declined: "Declined" }[card.answer] ?? "";
  }

  // Elements follow the memory.
  #settle() {
    const open = new Set(this.memory.state.cards.map((card) => card.prompt.prompt_id));
    for (const [id, element] of this.elements) if (!open.has(id)) element.remove(), this.elements.delete(id);
    this.nothing.hidden = open.size > 0;
    this.onChange();
  }

  #write(card, testId, text) {
    const element = this.#element(card, testId);
    if (element.textContent !== text) element.textContent = text;
  }

  #element(card, testId) {
    return this.elements.get(card.prompt.prompt_id).querySelector(`[data-testid=${testId}]`);
  }
}

function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
