// The names of who works in a store.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, Devices } from "./calls.js" */
/** @import { Act } from "./devices.js" */

export class Staff {
  // `act(work, said, undo)` does something, says what was done, and offers to take it back.
  /** @param {Find} find @param {Calls} calls @param {Words} words @param {Act} act */
  constructor(find, calls, words, act) {
    this.find = find;
    this.calls = calls;
    this.words = words;
    this.act = act;
    find("staff-form").addEventListener("submit", (event) => (event.preventDefault(), this.#add()));
  }

  /** @param {Devices} found */
  show({ staff }) {
    this.find("staff").replaceChildren(...staff.map(({ name }) => this.#line(name)));
  }

  async #add() {
    const field = this.find("staff-name", HTMLInputElement);
    const name = field.value.trim();
    const work = async () => {
      await this.calls.add(name);
      field.value = "";
    };
    await this.act(work, this.words.of("devices.done.add", { name }), () => this.calls.remove(name));
    field.focus();
  }

  /** @param {string} name */
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
