// The store's prompts as they happen. An EventSource can neither resume after a closed state or a reload, nor see the
// comments that show that the line is alive; so this reads the stream itself and remembers its place.

/** @import { Claim, Prompt, Withheld } from "./answers.js" */
/**
 * What is heard: prompts, what beside them is news, where in the stream one is, and whether the line is alive.
 * @typedef {{
 *   event: (id: string | null, prompt: Prompt) => void, claim: (claim: Claim) => void, offers: (withheld: Withheld) => void,
 *   place: (id: string | null) => void, alive: () => void, lost: (error: unknown) => void,
 * }} Heard
 */

import { Refused } from "./api.js";

const SILENCE_MS = 12000; // the server writes at least every 5 s
const AGAIN_MS = 1000;

// Runs until `signal` is aborted.
/** @param {string} url @param {string | null} place @param {Heard} heard @param {AbortSignal} signal */
export async function listen(url, place, heard, signal) {
  /** @type {Heard} */
  const placed = {
    ...heard,
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

/** @param {string} url @param {string | null} place @param {Heard} heard @param {AbortSignal} signal */
async function follow(url, place, heard, signal) {
  const silence = new AbortController();
  const guard = watchdog(() => silence.abort(new Error("nothing is heard any more")));
  try {
    const headers = new Headers(place ? { "Last-Event-ID": place } : {});
    const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.any([signal, silence.signal]) });
    if (!answer.ok || !answer.body) throw new Refused(answer.status, answer.statusText);
    const parse = parser(heard);
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
/** @param {Heard} heard */
function parser(heard) {
  let rest = "";
  /** @type {string | null} */
  let id = null;
  /** @type {string | null} */
  let data = null;
  let name = "message";
  const line = (/** @type {string} */ text) => {
    if (text === "") {
      if (data !== null) tell(heard, name, id, data);
      [data, name] = [null, "message"];
    } else if (text.startsWith("event: ")) name = text.slice(7);
    else if (text.startsWith("id: ")) id = text.slice(4);
    else if (text.startsWith("data: ")) data = data === null ? text.slice(6) : `${data}\n${text.slice(6)}`;
    else if (text.startsWith(": at ")) heard.place(text.slice(5));
  };
  return (/** @type {string} */ text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(line);
  };
}

// What has another name is for pages that are newer.
/** @param {Heard} heard @param {string} name @param {string | null} id @param {string} data */
function tell(heard, name, id, data) {
  if (name === "message") heard.event(id, JSON.parse(data));
  if (name === "claim" || name === "offers") heard[name](JSON.parse(data));
}

/** @param {ReadableStream<string>} stream */
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @param {() => void} bark */
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

/** @type {(milliseconds: number, signal?: AbortSignal) => Promise<void>} */
export function sleep(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
