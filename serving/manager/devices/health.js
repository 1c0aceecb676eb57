// Whether the data flow, in figures: what could not be found out is a dash.

/** @import { Find } from "/tablet/elements.js" */
/** @import { Words } from "/tablet/words.js" */
/** @import { Calls, Health as Found } from "./calls.js" */

const OLD_S = 120; // after this long without a ping something is likely wrong, or the store is closed

export class Health {
  /** @param {Find} find @param {Calls} calls @param {Words} words */
  constructor(find, calls, words) {
    this.find = find;
    this.calls = calls;
    this.words = words;
  }

  async refresh() {
    /** @type {Found} */
    const health = await this.calls.health().catch(() => ({ newest_ping: null, visits: null, streams: null, workers: null }));
    const age = health.newest_ping === null ? null : Math.max(0, (Date.now() - Date.parse(health.newest_ping)) / 1000);
    this.#write("ping", age === null ? null : this.words.of("devices.health.ago", { time: time(this.words, age) }));
    this.#write("visits", health.visits);
    this.#write("streams", health.streams);
    const behind = health.workers && Object.values(health.workers).flatMap((topics) => Object.values(topics));
    this.#write("behind", behind && behind.reduce((sum, records) => sum + records, 0));
    this.find("health-workers").textContent = this.#told(health, age);
  }

  // "dwell: 0 · prompts: 3 · history: 12", and what it may mean that no phone is heard.
  /** @param {Found} health @param {number | null} age */
  #told({ workers }, age) {
    /** @param {Record<string, number>} topics */
    const count = (topics) => Object.values(topics).reduce((sum, records) => sum + records, 0);
    const texts = Object.entries(workers ?? {}).map(([name, topics]) => `${name.replace("aislewise-", "")}: ${count(topics)}`);
    const lines = [texts.length ? this.words.of("devices.health.workers", { workers: texts.join(" · ") }) : ""];
    if (age === null || age > OLD_S) lines.push(this.words.of("devices.health.silent"));
    return lines.filter(Boolean).join(" ");
  }

  /** @param {string} name @param {number | string | null} value */
  #write(name, value) {
    this.find(`health-${name}`).textContent = value === null ? "–" : String(value);
  }
}

/**
 * "40 s", "12 min", "3 hours", "2 days"
 * @param {import("/tablet/words.js").Words} words
 * @param {number} seconds
 * @returns {string}
 */
export function time(words, seconds) {
  if (seconds < 5400) return words.duration(seconds);
  const [name, length] = seconds < 172_800 ? ["hours", 3600] : ["days", 86_400];
  return words.of(`devices.health.${name}`, { count: Math.round(seconds / length) });
}
