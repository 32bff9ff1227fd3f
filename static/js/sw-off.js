// The kill switch: takes the worker and what it kept for reading off the phone. Captures stay: they are not its own.
addEventListener("install", (event) => {
  skipWaiting();
  // Not only when it is active: a worker before it that hangs would keep it from that.
  registration.unregister();
  event.waitUntil(leave());
});
addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  const names = await caches.keys();
  const own = names.filter((name) => /^hamrah-(shell|pages|worker)/.test(name));
  await Promise.all(own.map((name) => caches.delete(name)));
}
