// Joins a page to what this phone keeps: the outbox, the worker, and whose captures these are.
const pill = document.querySelector("sync-pill");
const build = new URL(import.meta.url).pathname.split("/")[2];
const BEAT_EVERY = 15 * 60_000;

/** Resolves to the outbox once it is this page's person's; to null where the phone keeps nothing. */
export const ready = pill ? start().catch(() => null) : Promise.resolve(null);
// What was saved before this was here (templates/_boot.js): where nothing is kept it goes by itself.
ready.then((outbox) => outbox || self.letGo?.(true));

async function start() {
  const worker = register();
  worker.catch(() => {});
  await load(new URL("outbox.js", import.meta.url));
  const { outbox } = self;
  if (!outbox.supported) return null;
  outbox.app = build;
  pill.dataset.user ||= (await outbox.user())?.user_id ?? "";
  await keepApart(outbox);
  if (await isHis(outbox)) beat(outbox).catch(() => {});
  else await beat(outbox, true);
  if (!(await isHis(outbox))) return null;
  await renewOnceSent(outbox);
  drainOn(outbox);
  await import("./elements/sync-pill.js");
  shellReady(worker).then(() => import("./captures.js")).catch(() => self.letGo?.(true));
  if (document.getElementById("sign-out")) import("./sign-out.js").then(({ watchSignOut }) => watchSignOut(outbox));
  return outbox;
}

/** Return the registered worker, or undefined where there is none. */
async function register() {
  const worker = await navigator.serviceWorker?.register("/sw.js", { updateViaCache: "none" });
  if (worker) (await import("./update.js")).watch(worker);
  // Android says by itself when it could be installed (app.js).
  if (/iPhone|iPad|Macintosh/.test(navigator.userAgent)) await import("./install.js");
  return worker;
}

// What a first visit fetches before it could go without signal is counted; forms post by themselves until then.
function shellReady(worker) {
  const { serviceWorker } = navigator;
  const refused = new Promise((done) => worker.then((found) => found ?? done(), done));
  const touched = new Promise((done) => ["pointerdown", "keydown"].forEach((name) => addEventListener(name, done, { once: true })));
  return serviceWorker && !serviceWorker.controller ? Promise.race([serviceWorker.ready, touched, refused]) : Promise.resolve();
}

function load(src) {
  return new Promise((done, fail) => {
    const script = Object.assign(document.createElement("script"), { src, onload: done, onerror: fail });
    document.head.append(script);
  });
}

const isHis = async (outbox) => (await outbox.user())?.user_id === pill.dataset.user;

/** Another person signed in on this phone: what the one before read is wiped, what waits is locked. */
async function keepApart(outbox) {
  const before = await outbox.user();
  if (before && pill.dataset.user && before.user_id !== pill.dataset.user) await forget(outbox, before.user_id);
}

/** Leave this person's captures locked on the phone, and nothing else of his. */
export async function forget(outbox, user) {
  await outbox.wipe();
  await outbox.lock();
  localStorage.removeItem("beat");
  const worker = await navigator.serviceWorker?.getRegistration().catch(() => null);
  worker?.active?.postMessage({ type: "forget", user });
  await caches.delete(`hamrah-pages-${user}`);
}

const recently = (name, span) => Date.now() - Number(localStorage.getItem(name) ?? 0) < span;

/** Tell the server how this phone fares, at most every 15 minutes, and learn whose it is. */
async function beat(outbox, at_once = false) {
  if (!at_once && recently("beat", BEAT_EVERY)) return;
  const device_id = await outbox.device();
  const { waiting, parked, oldest_at } = await outbox.counts();
  const answer = await fetch("/api/v1/heartbeat", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      device_id, waiting, parked, oldest_at, app: build,
      installed: matchMedia("(display-mode: standalone)").matches || navigator.standalone === true,
      persisted: (await navigator.storage?.persisted?.()) ?? false,
    }),
    signal: AbortSignal.timeout(15_000),
  });
  if (!answer.ok || answer.redirected) return;
  const { user_id, key, epoch, unseen } = await answer.json();
  if (user_id !== pill.dataset.user) return;
  await outbox.signedIn({ user_id, key, epoch, device_id });
  localStorage.setItem("beat", Date.now());
  pill.dataset.unseen = unseen;
  // Daily, says the worker; sooner where a bad line left some of it behind.
  prefetch();
}

async function prefetch() {
  const worker = await navigator.serviceWorker?.ready.catch(() => null);
  worker?.active?.postMessage({ type: "prefetch", user: pill.dataset.user });
}

/** Show the page anew once what waited when it came is sent: it came as it was before that. */
async function renewOnceSent(outbox) {
  if (!(await outbox.counts()).waiting) return;
  const quiet = outbox.onchange(async () => {
    if ((await outbox.counts()).waiting || !quiet()) return;
    (await import("./refresh.js")).refresh();
  });
}

function drainOn(outbox) {
  const drain = (reason) => {
    outbox.drain(reason).then(({ state }) => (pill.dataset.state = state), () => {});
    beat(outbox).catch(() => {});
  };
  addEventListener("online", () => drain("online"));
  addEventListener("pageshow", () => drain("pageshow"));
  addEventListener("focus", () => drain("focus"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") drain("visibilitychange");
  });
  drain("start");
}
