// The calls of the API. Each fails within a few seconds, where nothing else is said: a tablet must say that it has lost
// the store.

/** @import { Cell, Found, Lift, Outcome, Plan, Prompt, Session, Visit } from "./answers.js" */

const PATIENCE_MS = 6000;

export class Refused extends Error {
  // `field` is what the server names as wrong, where it names one.
  /** @param {number} status @param {string} detail @param {string | null} [field] */
  constructor(status, detail, field = null) {
    super(detail);
    this.status = status;
    this.field = field;
  }
}

/** @type {() => Promise<Session>} */
export const session = () => ask("/v1/session");
/** @type {(token: string) => Promise<Session>} */
export const signIn = (token) => ask("/v1/session", post({ token }));
/** @type {(code: string) => Promise<Session>} */
export const pair = (code) => ask("/v1/session", post({ code }));
/** @type {() => Promise<null>} */
export const signOut = () => ask("/v1/session", { method: "DELETE" });
/** @type {(store: string) => Promise<Plan>} */
export const plan = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/plan`);
/** @type {(store: string) => Promise<Visit[]>} */
export const shoppers = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/shoppers`);

/** @type {(store: string, visit: string) => Promise<{request_id: string}>} */
export const recommend = (store, visit) =>
  ask(`/v1/stores/${encodeURIComponent(store)}/shoppers/${encodeURIComponent(visit)}/recommendations`, post({}));
/** @type {(store: string) => Promise<{as_of: number, cells: Cell[]}>} */
export const heat = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/heat`, { signal: AbortSignal.timeout(15_000) });
/** @type {(store: string, customer: string) => Promise<Found>} */
export const findCustomer = (store, customer) =>
  ask(`/v1/stores/${encodeURIComponent(store)}/customers`, { ...post({ customer_id: customer }), signal: AbortSignal.timeout(15_000) });
/** @type {(store: string) => Promise<{lift: Lift | null}>} */
export const lift = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/lift`);

/** @type {(outcome: Outcome) => Promise<{outcome_id: string}>} */
export const outcome = ({ key, prompt_id, kind, ts, reason, undoes }) =>
  ask(
    `/v1/prompts/${encodeURIComponent(prompt_id)}/outcome`,
    post({ kind, ts, reason, undoes }, { "Idempotency-Key": key }),
  );

// Where a picture of a prompt's product is, if there is one.
/** @param {Prompt} prompt */
export function pictureOf({ store_id, sku }) {
  return `/v1/stores/${encodeURIComponent(store_id)}/pictures/${encodeURIComponent(sku)}`;
}

// The options of a call that sends JSON.
/** @param {object} body @param {Record<string, string>} [headers] */
export function post(body, headers = {}) {
  return { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
}

// The status of a call that was refused, null for what went wrong on its way.
/** @param {unknown} error */
export function status(error) {
  return error instanceof Refused ? error.status : null;
}

// The JSON of an answer. Throws Refused, or what `fetch` does when nobody answers.
/** @param {string} path @param {RequestInit} [options] */
export async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, cache: "no-store", signal: options.signal ?? AbortSignal.timeout(PATIENCE_MS) });
  const text = await answer.text();
  if (!answer.ok) {
    const { detail, field } = problem(text);
    throw new Refused(answer.status, detail || answer.statusText, field);
  }
  return text ? JSON.parse(text) : null;
}

/** @type {(text: string) => {detail?: string, field?: string}} */
function problem(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // said by what stands before the server
  }
}
