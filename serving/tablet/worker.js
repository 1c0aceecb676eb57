// The service worker: the page, and what it needs to begin with, are there without a network too. The network is asked
// first; what people do and who is where are never kept.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const PAGE = "aislewise-page";
const ANSWERS = "aislewise-answers"; // forgotten when nobody is signed in any more
const PATIENCE_MS = 4000;
const FILES = [
  "/",
  ...["api", "card", "cards", "choices", "company", "day", "dots", "elements", "facts", "finder", "floor", "heat", "lock", "main", "memory"],
  ...["myday", "outbox", "picture", "queue", "settings", "shopper", "signal", "stamps", "stream", "svg", "viewport", "words", "work", "zones"],
  ...["messages/de", "messages/en", "messages/es"],
  ...["card.css", "floor.css", "tablet.css", "theme.css", "icon.svg", "manifest.json"],
].map((name) => (name === "/" ? name : `/tablet/${name.includes(".") ? name : `${name}.js`}`));

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PAGE).then((cache) => cache.addAll(FILES)).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const name = kept(event.request);
  if (name) event.respondWith(answer(event.request, name));
});

// Which cache a request's answer is kept in.
/** @param {Request} request */
function kept({ method, url }) {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== worker.location.origin) return null;
  if (pathname === "/" || pathname.startsWith("/tablet/")) return PAGE;
  return pathname === "/v1/session" || /^\/v1\/stores\/[^/]+\/plan$/.test(pathname) ? ANSWERS : null;
}

/** @param {Request} request @param {string} name */
async function answer(request, name) {
  const cache = await caches.open(name);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (fresh.ok) await cache.put(request, fresh.clone());
    const away = fresh.status >= 500; // said by what stands before the server
    return (away && (await cache.match(request))) || fresh;
  } catch (error) {
    const old = await cache.match(request);
    if (old) return old;
    throw error;
  }
}
