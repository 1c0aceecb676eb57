// The service worker: the page, and what it needs to begin with, are there without a network too. The page comes whole
// from one version, the one that was installed with this script; of the store's answers the network is asked first.
// What people do and who is where are never kept.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

// Path → digest of every file of the page: `serve` puts them in (serving/offline.py).
/** @type {[string, Record<string, string>]} */
const [VERSION, FILES] = ["", {}];

const PAGES = "aislewise-page-";
const PAGE = PAGES + VERSION;
const ANSWERS = "aislewise-answers"; // forgotten when nobody is signed in any more
const PATIENCE_MS = 4000;

worker.addEventListener("install", (event) => event.waitUntil(install().then(() => worker.skipWaiting())));

worker.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => worker.clients.claim())));

worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== worker.location.origin) return;
  if (pathname in FILES) event.respondWith(file(event, pathname));
  else if (pathname === "/v1/session" || /^\/v1\/stores\/[^/]+\/plan$/.test(pathname)) event.respondWith(answer(event.request));
});

// All files or none: while a server is updated behind a proxy, some that come may be of another version.
async function install() {
  const cache = await caches.open(PAGE);
  const put = async (/** @type {[string, string]} */ [path, integrity]) => {
    const fresh = await fetch(path, { integrity, cache: "no-cache" });
    if (!fresh.ok) throw new Error(`${path}: ${fresh.status}`);
    await cache.put(path, fresh);
  };
  try {
    await Promise.all(Object.entries(FILES).map(put));
  } catch (error) {
    await caches.delete(PAGE);
    throw error;
  }
}

async function tidy() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== PAGE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

// Other pages share files with the tablet's, and are always of the version that the server has.
/** @param {FetchEvent} event @param {string} path */
async function file({ request, clientId }, path) {
  const client = clientId ? await worker.clients.get(clientId) : null;
  const others = client && new URL(client.url).pathname !== "/";
  return (!others && (await caches.match(path, { cacheName: PAGE }))) || fetch(request);
}

/** @param {Request} request */
async function answer(request) {
  const cache = await caches.open(ANSWERS);
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
