// The calls of the API. Each fails within a few seconds, where nothing else is said: a tablet must say that it has lost
// the store.

const PATIENCE_MS = 6000;

export class Refused extends Error {
  // `field` is what the server names as wrong, where it names one.
  constructor(status, detail, field = null) {
    super(detail);
    Object.assign(this, { status, field });
  }
}

export const session = () => ask("/v1/session");
export const signIn = (token) => ask("/v1/session", post({ token }));
export const pair = (code) => ask("/v1/session", post({ code }));
export const signOut = () => ask("/v1/session", { method: "DELETE" });
export const plan = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/plan`);
export const shoppers = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/shoppers`);

export const recommend = (store, visit) =>
  ask(`/v1/stores/${encodeURIComponent(store)}/shoppers/${encodeURIComponent(visit)}/recommendations`, post({}));

export const heat = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/heat`, { signal: AbortSignal.timeout(15_000) });
export const lift = (store) => ask(`/v1/stores/${encodeURIComponent(store)}/lift`);

export const outcome = ({ key, prompt_id, kind, ts, reason, undoes }) =>
  ask(
    `/v1/prompts/${encodeURIComponent(prompt_id)}/outcome`,
    post({ kind, ts, reason, undoes }, { "Idempotency-Key": key }),
  );

// The options of a call that sends JSON.
export function post(body, headers = {}) {
  return { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
}

// The JSON of an answer. Throws Refused, or what `fetch` does when nobody answers.
export async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, cache: "no-store", signal: options.signal ?? AbortSignal.timeout(PATIENCE_MS) });
  const text = await answer.text();
  if (!answer.ok) {
    const { detail, field } = problem(text);
    throw new Refused(answer.status, detail || answer.statusText, field);
  }
  return text ? JSON.parse(text) : null;
}

function problem(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // said by what stands before the server
  }
}
