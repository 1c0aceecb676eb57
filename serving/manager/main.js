// The manager's page: signs in, then shows one view at a time. Which one stands in the address, behind #.

/** @import { Session } from "/tablet/answers.js" */
/** @typedef {{open: (home: HTMLElement, session: Session, words: Words) => () => void}} View */

import * as api from "/tablet/api.js";
import { Choices } from "/tablet/choices.js";
import { at } from "/tablet/elements.js";
import { Settings } from "/tablet/settings.js";
import { Words, language } from "/tablet/words.js";

const VIEWS = ["today", "plan", "offers", "model", "devices", "privacy"];

const CHOSEN = "aislewise:store";

const choices = new Choices();
const chosen = language(choices.language);
const words = await Words.in(chosen, "/tablet", "/manager");
const settings = new Settings(at("settings", HTMLDialogElement), choices, words);
/** @type {Session | null} */
let session = null;
/** @type {(() => void) | null} */
let close = null; // ends the view that is shown
let turn = 0; // of the last view that was asked for

document.documentElement.lang = words.language;
words.apply(document);
at("open-settings").addEventListener("click", () => settings.open());
at("views").append(...VIEWS.map(link));
window.addEventListener("hashchange", () => session && show(session));

at("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("sign-in-error").textContent = "";
  try {
    const token = at("token", HTMLInputElement);
    await api.signIn(token.value.trim());
    token.value = "";
    await begin();
  } catch (error) {
    at("sign-in-error").textContent = refusal(error);
  }
});

/** @param {unknown} error */
function refusal(error) {
  if (!(error instanceof api.Refused)) return words.of("away");
  return error.status === 401 ? words.of("token.wrong") : error.message;
}

at("sign-out").addEventListener("click", async () => {
  await api.signOut().catch(() => {});
  window.location.reload();
});

// Asks whose session this is; an associate's is not enough.
async function begin() {
  try {
    session = await api.session();
  } catch (error) {
    return signIn(api.status(error) ? "" : words.of("away"));
  }
  if (session.role !== "manager") return signIn(words.of("not-manager"));
  for (const id of ["views", "sign-out", "view"]) at(id).hidden = false;
  at("sign-in").hidden = true;
  offer(session);
  await show(session);
}

// Of several stores one is looked at, in this tab also after it was loaded again.
/** @param {Session} signedIn */
function offer(signedIn) {
  const stores = signedIn.stores ?? [signedIn.store];
  const choice = at("choose-store", HTMLSelectElement);
  const kept = sessionStorage.getItem(CHOSEN) ?? "";
  session = { ...signedIn, store: stores.includes(kept) ? kept : signedIn.store };
  choice.replaceChildren(...stores.map((store) => new Option(store, store)));
  choice.value = session.store;
  choice.hidden = stores.length < 2;
  at("store").hidden = !choice.hidden;
  at("store").textContent = session.store;
}

at("choose-store").addEventListener("change", () => {
  const { value } = at("choose-store", HTMLSelectElement);
  sessionStorage.setItem(CHOSEN, value);
  if (session) show((session = { ...session, store: value }));
});

/** @param {string} why */
function signIn(why) {
  session = null;
  at("sign-in").hidden = false;
  at("sign-in-error").textContent = why;
  at("token").focus();
}

// A view is a folder: its page, its code, which exports `open(home, session, words)` and answers how to end it, its texts.
/** @param {Session} session */
async function show(session) {
  const name = VIEWS.find((one) => `#${one}` === window.location.hash) ?? VIEWS[0];
  const mine = ++turn;
  const folder = `/manager/${name}`;
  /** @type {[string, View, Words]} */
  const [page, code, own] = await Promise.all([
    fetch(`${folder}/${name}.html`).then((answer) => answer.text()),
    import(`${folder}/${name}.js`),
    Words.in(chosen, "/tablet", "/manager", folder),
  ]);
  if (mine !== turn) return; // another was asked for meanwhile
  close?.();
  at("view").innerHTML = page;
  own.apply(at("view"));
  for (const one of at("views").children) one.toggleAttribute("aria-current", false);
  at("views").querySelector(`[href="#${name}"]`)?.setAttribute("aria-current", "page");
  document.title = `${words.of(`view.${name}`)} · Aislewise`;
  close = code.open(at("view"), session, own);
  at("view").dataset.view = name;
}

/** @param {string} name */
function link(name) {
  const found = document.createElement("a");
  Object.assign(found, { href: `#${name}`, textContent: words.of(`view.${name}`) });
  found.dataset.testid = `open-${name}`;
  return found;
}

begin();
