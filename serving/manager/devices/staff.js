// The names of who works in a store.

export class Staff {
  // `act(work, said, undo)` does something, says what was done, and offers to take it back.
  constructor(find, calls, words, act) {
    Object.assign(this, { find, calls, words, act });
    find("staff-form").addEventListener("submit", (event) => (event.preventDefault(), this.#add()));
  }

  show({ staff }) {
    this.find("staff").replaceChildren(...staff.map(({ name }) => this.#line(name)));
  }

  async #add() {
    const field = this.find("staff-name");
    const name = field.value.trim();
    const work = async () => {
      await this.calls.add(name);
      field.value = "";
    };
    await this.act(work, this.words.of("devices.done.add", { name }), () => this.calls.remove(name));
    field.focus();
  }

  #line(name) {
    const [line, button] = [document.createElement("li"), document.createElement("button")];
    line.dataset.testid = "staff-one";
    Object.assign(button, { type: "button", textContent: this.words.of("devices.remove") });
    button.dataset.testid = "staff-remove";
    button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    const said = this.words.of("devices.done.remove", { name });
    button.addEventListener("click", () => this.act(() => this.calls.remove(name), said, () => this.calls.add(name)));
    line.append(Object.assign(document.createElement("span"), { textContent: name }), button);
    return line;
  }
}
