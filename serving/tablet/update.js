// Keeps the page in step with its service worker: a new version is looked for by and by, and then the page begins anew
// with all of its files. Cards, answers on their way and the lock are in the device's storage.

const LOOK_MS = 3_600_000; // a tablet may lie open for weeks

// On https and localhost only; elsewhere the page needs the network to begin.
export async function keepUp() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const before = serviceWorker.controller; // without one it has come from the network, as new as the worker
  serviceWorker.addEventListener("controllerchange", () => before && window.location.reload(), { once: true });
  const registration = await serviceWorker.register("/worker.js");
  setInterval(() => registration.update().catch(() => {}), LOOK_MS);
}
