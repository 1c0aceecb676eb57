// The store's prompts as they happen. An EventSource can neither resume after a closed state or a reload, nor see the
// comments that show that the line is alive; so this reads the stream itself and remembers its place.

import { Refused } from "./api.js";

const SILENCE_MS = 12000; // the server writes at least every 5 s
const AGAIN_MS = 1000;
const NEWS = ["claim", "offers"]; // events beside the prompts

// Runs until `signal` is aborted. `heard.event(id, prompt)`, `heard.claim(claim)`, `heard.offers(withheld)`,
// `heard.place(id)`, `heard.alive()`, `heard.lost(error)`.
export async function listen(url, place, heard, signal) {
  const placed = {
    alive: heard.alive,
    claim: heard.claim,
    offers: heard.offers,
    event: (id, prompt) => heard.event((place = id), prompt),
    place: (id) => heard.place((place = id)),
  };
  while (!signal.aborted) {
    try {
      await follow(url, place, placed, signal);
      heard.lost(new Error("the stream has ended"));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status === 422) placed.place(null); // not a place of this stream: begin at now
      heard.lost(error);
    }
    await sleep(AGAIN_MS * (0.5 + Math.random()), signal);
  }
}

async function follow(url, place, heard, signal) {
  const silence = new AbortController();
  const guard = watchdog(() => silence.abort(new Error("nothing is heard any more")));
  try {
    const headers = place ? { "Last-Event-ID": place } : {};
    const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.any([signal, silence.signal]) });
    if (!answer.ok) throw new Refused(answer.status, answer.statusText);
    const event = (name, id, data) =>
      name === "message" ? heard.event(id, JSON.parse(data)) : NEWS.includes(name) && heard[name](JSON.parse(data));
    const parse = parser({ event, place: heard.place });
    for await (const text of chunks(answer.body.pipeThrough(new TextDecoderStream()))) {
      if (signal.aborted) return; // what had already come is for nobody
      guard.reset();
      heard.alive();
      parse(text);
    }
  } finally {
    guard.stop();
  }
}

// Server-sent events, and our comments `: at <place>`.
function parser({ event, place }) {
  let rest = "";
  let id = null;
  let data = null;
  let name = "message";
  const line = (text) => {
    if (text === "") {
      if (data !== null) event(name, id, data);
      [data, name] = [null, "message"];
    } else if (text.startsWith("event: ")) name = text.slice(7);
    else if (text.startsWith("id: ")) id = text.slice(4);
    else if (text.startsWith("data: ")) data = data === null ? text.slice(6) : `${data}\n${text.slice(6)}`;
    else if (text.startsWith(": at ")) place(text.slice(5));
  };
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    lines.forEach(line);
  };
}

async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

function watchdog(bark) {
  let timer = setTimeout(bark, SILENCE_MS);
  return {
    reset() {
      clearTimeout(timer);
      timer = setTimeout(bark, SILENCE_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

export function sleep(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
