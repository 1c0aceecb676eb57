// The page: signs in, then shows one store until it is signed out.

/** @import { Session } from "./answers.js" */

import * as api from "./api.js";
import { Choices } from "./choices.js";
import { at } from "./elements.js";
import { Lock } from "./lock.js";
import { Settings } from "./settings.js";
import { Signal } from "./signal.js";
import { sleep } from "./stream.js";
import { keepUp } from "./update.js";
import { Words, language } from "./words.js";
import { Work } from "./work.js";

const AGAIN_MS = 1000;
const LEAVING = "aislewise:leaving"; // somebody has signed out, and the server has not heard of it yet

const choices = new Choices();
const words = await Words.in(language(choices.language));
const settings = new Settings(at("settings", HTMLDialogElement), choices, words);
const signal = new Signal(choices);
const guard = { section: at("locked"), form: at("unlock-form"), error: at("unlock-error"), button: at("lock") };
const lock = new Lock({ ...guard, pin: at("unlock-pin", HTMLInputElement) }, words, () => at("sign-out").click());
/** @type {Work | null} */
let work = null;

document.documentElement.lang = words.language;
words.apply(document);

keepUp().catch((error) => console.error(error));

at("open-day").addEventListener("click", () => work?.day());
at("open-settings").addEventListener("click", () => settings.open());

at("pin-choice").hidden = !Lock.possible;
at("sign-in-form").addEventListener("submit", (event) =>
  enter(event, "sign-in-error", async () => {
    await api.signIn(at("token", HTMLInputElement).value.trim());
    lock.forget();
  }),
);
at("pair-form").addEventListener("submit", (event) =>
  enter(event, "pair-error", async () => {
    await api.pair(at("code", HTMLInputElement).value);
    await lock.choose(at("pin", HTMLInputElement).value);
  }),
);

// Signs in by one of the two forms, and says in it what does not hold.
/** @param {SubmitEvent} event @param {string} place @param {() => Promise<void>} signIn */
async function enter(event, place, signIn) {
  event.preventDefault();
  at(place).textContent = "";
  try {
    await signIn();
    window.localStorage.removeItem(LEAVING);
    if (event.target instanceof HTMLFormElement) event.target.reset();
    await begin();
  } catch (error) {
    at(place).textContent = refusal(error);
  }
}

/** @param {unknown} error */
function refusal(error) {
  if (!(error instanceof api.Refused)) return words.of("away");
  if (error.status === 429) return words.of("code.often");
  if (error.status === 401) return words.of(error.field === "code" ? "code.wrong" : "token.wrong");
  return error.message;
}

at("sign-out").addEventListener("click", async () => {
  window.localStorage.setItem(LEAVING, "1");
  await leave().catch(() => {});
  work?.memory.forget();
  await end();
});

// Only the server can take the cookie away. Until it has, nobody begins with what the cookie says.
async function leave() {
  await api.signOut();
  window.localStorage.removeItem(LEAVING);
}

// Asks whose session this is until there is an answer; without one, asks for a token.
async function begin() {
  for (;;) {
    const leaving = window.localStorage.getItem(LEAVING);
    try {
      if (leaving) await leave();
      return open(await api.session()); // without a network, what the service worker knows
    } catch (error) {
      if (leaving || [401, 403].includes(api.status(error) ?? 0)) return end();
      Object.assign(at("connection"), { hidden: false, textContent: words.of("lost") }).dataset.state = "lost";
      await sleep(AGAIN_MS);
    }
  }
}

async function end() {
  work?.end();
  work = null;
  lock.forget();
  await window.caches?.delete("aislewise-answers"); // or the page would open with them for nobody
  show("sign-in");
  at("code").focus();
}

/** @param {Session} session */
function open(session) {
  work?.end();
  at("store").textContent = session.store;
  at("staff").textContent = session.staff ?? "";
  show("work");
  lock.after(session.lock_minutes ?? 0);
  work = new Work(session, words, signal, end);
}

/** @param {string} name */
function show(name) {
  at("sign-in").hidden = name !== "sign-in";
  for (const id of ["work", "sign-out", "open-day", "connection"]) at(id).hidden = name !== "work";
  if (name === "work") return;
  at("department-choice").hidden = true;
  for (const id of ["store", "staff", "unsent"]) at(id).textContent = "";
}

begin();
