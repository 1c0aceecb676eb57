// The page: signs in, then shows one store until it is signed out.

import * as api from "./api.js";
import { Cards } from "./cards.js";
import { Memory } from "./memory.js";
import { Outbox } from "./outbox.js";
import { FloorPlan } from "./plan.js";
import { listen, sleep } from "./stream.js";

const POLL_MS = 1000;
const WORDS = { live: "Live", connecting: "Connecting…", lost: "Connection lost. Trying again…" };
const at = (id) => document.getElementById(id);

let work = null;

at("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("sign-in-error").textContent = "";
  try {
    await api.signIn(at("token").value.trim());
    at("token").value = "";
    await begin();
  } catch (error) {
    at("sign-in-error").textContent =
      error.status === 401 ? "This token does not hold." : error.status ? error.message : "The server cannot be reached.";
  }
});

at("sign-out").addEventListener("click", async () => {
  await api.signOut().catch(() => {});
  work?.memory.forget();
  end();
});

// Asks whose session this is until there is an answer; without one, asks for a token.
async function begin() {
  for (;;) {
    try {
      const { store } = await api.session();
      return open(store);
    } catch (error) {
      if (error.status === 401 || error.status === 403) return end();
      connection("lost");
      await sleep(POLL_MS);
    }
  }
}

function end() {
  work?.stop.abort();
  work?.cards.stop();
  work = null;
  show("sign-in");
  at("token").focus();
}

function open(store) {
  work?.stop.abort();
  work?.cards.stop();
  const memory = new Memory(store);
  const stop = new AbortController();
  const outbox = new Outbox(memory, end, stop.signal);
  const cards = new Cards(at("cards"), at("card"), at("nothing"), memory, outbox);
  const plan = new FloorPlan(at("plan"), at("floors"));
  work = { store, memory, outbox, cards, plan, stop, heard: { stream: null, poll: null } };
  cards.onChange = () => plan.call(cards.visits());
  at("store").textContent = store;
  show("work");
  judge();
  outbox.send();
  watch(work);
  follow(work);
}

// The plan once, then the shoppers every second.
async function watch({ store, plan, cards, heard, stop }) {
  let drawn = false;
  while (!stop.signal.aborted) {
    const started = Date.now();
    try {
      if (!drawn) drawn = await draw(store, plan);
      const visits = await api.shoppers(store);
      if (stop.signal.aborted) return;
      if (drawn) plan.move(visits), plan.call(cards.visits());
      heard.poll = true;
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error.status === 401) return end();
      heard.poll = false;
    }
    judge();
    await sleep(Math.max(0, POLL_MS - (Date.now() - started)), stop.signal);
  }
}

async function draw(store, plan) {
  try {
    const content = await api.plan(store);
    plan.show(content);
    departments(content);
    return true;
  } catch (error) {
    if (error.status !== 404) throw error;
    at("plan").textContent = "There is no floor plan of this store yet.";
    return false;
  }
}

function departments({ features }) {
  const zones = features.map(({ properties }) => properties).filter((zone) => zone?.kind === "department");
  const options = zones.map(({ id, name }) => new Option(name || id, id));
  at("department").replaceChildren(new Option("All", ""), ...options);
  at("department").value = work.memory.state.department;
  at("department-choice").hidden = zones.length < 2;
}

// The prompts of the chosen department; another choice goes on from the same place.
function follow({ store, memory, cards, heard, stop }) {
  let current = null;
  const begin = () => {
    current?.abort();
    current = new AbortController();
    const query = memory.state.department ? `?department=${encodeURIComponent(memory.state.department)}` : "";
    const signal = AbortSignal.any([stop.signal, current.signal]);
    listen(`/v1/stores/${encodeURIComponent(store)}/prompts${query}`, memory.state.place, {
      event: (place, prompt) => cards.add(place, prompt),
      place: (place) => memory.change({ place }),
      alive: () => ((heard.stream = true), judge()),
      lost: (error) => (error.status === 401 ? end() : ((heard.stream = false), judge())),
    }, signal);
  };
  at("department").onchange = () => (memory.change({ department: at("department").value }), begin());
  begin();
}

function judge() {
  if (!work) return;
  const { stream, poll } = work.heard;
  connection(stream === false || poll === false ? "lost" : stream && poll ? "live" : "connecting");
}

function connection(state) {
  if (at("connection").dataset.state === state && at("connection").textContent) return;
  at("connection").dataset.state = state;
  at("connection").textContent = WORDS[state];
}

function show(name) {
  at("sign-in").hidden = name !== "sign-in";
  at("work").hidden = name !== "work";
  at("sign-out").hidden = name !== "work";
  at("connection").hidden = name !== "work";
  if (name !== "work") {
    at("department-choice").hidden = true;
    at("store").textContent = "";
  }
}

begin();
