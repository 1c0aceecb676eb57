// The devices of a store that are not to be followed.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, OptOut } from "./calls.js" */
/** @import { Act } from "./privacy.js" */

export class OptOuts {
  /** @param {Find} find @param {Calls} calls @param {Words} words @param {Act} act */
  constructor(find, calls, words, act) {
    this.find = find;
    this.calls = calls;
    this.words = words;
    this.act = act;
    this.time = new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeStyle: "short" });
    find("optout-form").addEventListener("submit", (event) => (event.preventDefault(), this.#add()));
  }

  /** @param {OptOut[]} devices */
  show(devices) {
    this.find("optouts").replaceChildren(...devices.map((one) => this.#line(one)));
  }

  async #add() {
    const field = this.find("optout-device", HTMLInputElement);
    let added = "";
    const work = async () => {
      added = (await this.calls.optOut(field.value)).id;
      field.value = "";
    };
    await this.act(work, this.words.of("privacy.done.optout"), () => this.calls.optIn(added));
    field.focus();
  }

  // Nobody can be opted out again by a pseudonym: a device that was taken off the list has to be named again.
  /** @param {OptOut} device */
  #line({ id, since }) {
    const [line, name, button] = ["li", "code", "button"].map((tag) => document.createElement(tag));
    line.dataset.testid = "optout";
    name.textContent = id;
    button.dataset.testid = "optout-remove";
    Object.assign(button, { type: "button", textContent: this.words.of("privacy.optout.remove") });
    button.setAttribute("aria-label", `${button.textContent}: ${id}`);
    button.addEventListener("click", () => this.act(() => this.calls.optIn(id), this.words.of("privacy.done.optin")));
    const when = this.words.of("privacy.optout.since", { time: this.time.format(new Date(since)) });
    line.append(name, Object.assign(document.createElement("span"), { textContent: when }), button);
    return line;
  }
}
