// The kill switch: takes the worker and what it kept for reading off the phone. Captures stay: they are not its own.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  const names = await caches.keys();
  const own = names.filter((name) => /^hamrah-(shell|pages|worker)/.test(name));
  await Promise.all(own.map((name) => caches.delete(name)));
  await registration.unregister();
}
