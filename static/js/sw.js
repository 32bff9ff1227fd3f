// The service worker: opens the app without signal, reads ahead, sends captures in the background (docs/adr/0016).
// The server puts one line before it: BUILD, SHELL, LATER, FONT, OUTBOX, ALERTS.
const SHELL_CACHE = `hamrah-shell-${BUILD}`;
const PAGES = "hamrah-pages-";
const STATE = "hamrah-worker";
const OURS = `/static/${BUILD}/`;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const FORGET_AFTER = 7 * DAY;
const MOST_PAGES = 300;
const PATIENCE = 4000;
const HUNG = 15_000;

const FORM = /^\/capture$|\/new$/;
const SESSION = /^\/(sign-in|sign-out|join|setup)(\/|$)/;
const NEVER = /^\/(api|static|attachments|f)\/|^\/(sw\.js|manifest\.webmanifest|healthz)$/;
// Shown once, or of no use without signal.
const UNKEPT = /^\/(sign-in|sign-out|join|setup|administration|imports)(\/|$)|\/(edit|correction)$/;
// What a form was given to be saved under; the same one twice would be taken for a double tap.
const MINTED = /(name="(?:id|capture_id|new_id|step_id)" value=")[0-9a-f-]{36}"/g;
// A toast that is being said, not the empty place of one.
const TOAST = /<div id="toast" role="status">\s*<div/;

importScripts(OUTBOX, ALERTS);
const channel = new BroadcastChannel("hamrah");
const same = { ignoreVary: true };

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("fetch", onFetch);
addEventListener("message", onMessage);
addEventListener("sync", (event) => event.waitUntil(drain()));

// A captive portal answers 200 to everything; only our own answers carry a policy.
const isOurs = (answer) =>
  answer.ok && answer.type === "basic" && !answer.redirected && answer.headers.has("Content-Security-Policy");

async function install() {
  const answers = await Promise.all(SHELL.map((url) => fetch(url, { cache: "reload" })));
  if (!answers.every(isOurs)) throw new Error("the shell did not come whole");
  const cache = await caches.open(SHELL_CACHE);
  await Promise.all(answers.map((answer, n) => cache.put(SHELL[n], answer)));
  // Not waited for: on a bad line the app should work before the last of its parts is here.
  fetchLater().catch(() => null);
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("hamrah-shell-") && name !== SHELL_CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
  // What is being looked at was there before this worker: without signal one comes back to it first.
  for (const { url } of await clients.matchAll()) fetchKept(url).catch(() => null);
}

// What outlives this worker's short life: whose pages these are, the last contact, the last write, the book.
let known = null;

function state() {
  known ??= caches.open(STATE).then(async (cache) => (await cache.match("/state"))?.json() ?? {});
  return known;
}

async function remember(changes) {
  const all = Object.assign(await state(), changes);
  const cache = await caches.open(STATE);
  await cache.put("/state", new Response(JSON.stringify(all)));
}

async function dropPages(but) {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(PAGES) && name !== PAGES + but);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function become(user) {
  const { user: before, book } = await state();
  if (user === before) return;
  await dropPages(user);
  await remember({ user, contact: Date.now(), book: book?.user === user ? book : null });
}

async function forget({ data } = {}) {
  // The next one may be here already.
  if (data?.user && data.user !== (await state()).user) return caches.delete(PAGES + data.user);
  // On a full disk only this worker knows it; the pages go all the same.
  await remember({ user: null, book: null, closed: Date.now() }).catch(() => null);
  await dropPages();
}

function onFetch(event) {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  const turns = request.mode === "navigate";
  if (request.method !== "GET") {
    if (!pathname.startsWith("/api/") || pathname.endsWith("/captures")) event.respondWith(write(event, pathname, turns));
  } else if (pathname.startsWith("/static/")) event.respondWith(part(event, pathname));
  else if (turns && !NEVER.test(pathname)) event.respondWith(open(event));
}

async function write(event, path, turns) {
  let answer;
  try {
    answer = await fetch(event.request);
  } catch (error) {
    if (turns) return shellPage();
    throw error;
  }
  // A phone without room remembers nothing; what the server said is said all the same.
  await written(answer, path).catch(() => null);
  return answer;
}

async function written(answer, path) {
  // Another may be sitting there from now on: no page opens before its owner is known again.
  if (SESSION.test(path) && (answer.ok || answer.type === "opaqueredirect")) {
    if (path === "/sign-out") await Promise.allSettled([forget(), closeOutbox()]);
    else await remember({ user: null, closed: Date.now() });
  }
  if (answer.status < 400) await remember({ written: Date.now() });
}

// The page does this too (sign-out.js), where its script is there in time.
async function closeOutbox() {
  await self.outbox?.wipe().catch(() => null);
  await self.outbox?.lock();
}

async function part(event, path) {
  const cache = await caches.open(SHELL_CACHE);
  const found = await cache.match(path, same);
  if (found) return found;
  const mine = path.startsWith(OURS);
  try {
    const answer = await fetch(event.request, mine ? {} : { signal: AbortSignal.timeout(PATIENCE) });
    if (mine && isOurs(answer)) event.waitUntil(cache.put(path, answer.clone()));
    if (mine || answer.ok) return answer;
  } catch (error) {
    if (mine) throw error;
  }
  // A page of another build, kept from before an update: its parts are ours by another name.
  return (await cache.match(path.replace(/^\/static\/[^/]+\//, OURS), same)) ?? Response.error();
}

async function open(event) {
  const url = new URL(event.request.url);
  // A page opened from an alert is the page.
  if (url.searchParams.has("alert")) url.searchParams.delete("alert");
  const me = await state();
  // A week without contact: what is here for reading goes. The outbox sees to the book, and keeps what waits.
  if (me.user && Date.now() - me.contact > FORGET_AFTER) await forget();
  const cache = me.user ? await caches.open(PAGES + me.user) : null;
  const exact = cache && (await cache.match(url.href, same));
  const kept = exact || (cache && (await alike(cache, url)));
  const at = Date.now();
  const look = { kept, isShown: false };
  const asked = fetch(event.request, { signal: AbortSignal.timeout(HUNG) }).then((answer) => {
    event.waitUntil(keep(url, answer.clone(), at, look));
    return answer;
  });
  if (!kept) return asked.catch(() => shellPage(url.pathname === "/offline" ? 200 : 503));
  const behind = asked.catch(() => null);
  event.waitUntil(behind);
  const isOld = !FORM.test(url.pathname) && me.written > Number(kept.headers.get("X-Kept-At"));
  if (!exact || isOld) {
    const answer = await Promise.race([behind, new Promise((done) => setTimeout(done, PATIENCE))]);
    if (answer) return answer;
  }
  look.isShown = true;
  return shown(event, kept, url);
}

// Another view of a page is better than none; the answer to a search is not.
function alike(cache, url) {
  if (url.searchParams.has("q")) return undefined;
  return cache.match(url.href, { ignoreSearch: true, ...same });
}

const ages = new Map();

async function shown(event, kept, url) {
  ages.set(event.resultingClientId, Number(kept.headers.get("X-Kept-At")));
  const isForm = FORM.test(url.pathname);
  if (!isForm && kept.headers.get("X-Kept-Build") === BUILD) return kept;
  let text = (await kept.text()).replace(/\/static\/\w{12}\//g, OURS);
  if (isForm && self.outbox) text = text.replace(MINTED, (_all, head) => `${head}${self.outbox.id()}"`);
  return new Response(text, { headers: kept.headers });
}

async function shellPage(status = 503) {
  const cache = await caches.open(SHELL_CACHE);
  const page = await cache.match("/offline", same);
  if (!page) return Response.error();
  const headers = new Headers(page.headers);
  headers.set("HX-Reswap", "none");
  return new Response(page.body, { status, headers });
}

// Keeps an answer that was asked for at `at`, if it is a page of the one whose phone this is; says when it changed.
async function keep(url, answer, at, look = {}) {
  const say = (gone = false) => look.isShown && channel.postMessage({ type: "page", url: url.href, gone });
  if (look.kept && answer.type === "opaqueredirect") {
    // Moved, or signed out: the next look asks the server first, and it says where to.
    await remember({ written: Date.now() });
    return say(true);
  }
  // Asked for by who has signed out since.
  const isLate = async () => at <= (await state()).closed;
  if (await isLate()) return;
  const user = answer.headers.get("X-Viewer");
  if (user) await become(user);
  const me = await state();
  if (!me.user) return;
  if (at - (me.contact ?? 0) > 10 * MINUTE && user) await remember({ contact: at });
  const cache = await caches.open(PAGES + me.user);
  if (look.kept && [403, 404, 410].includes(answer.status)) {
    await cache.delete(url.href, same);
    return say(true);
  }
  const type = answer.headers.get("Content-Type") ?? "";
  if (!user || !isOurs(answer) || !type.startsWith("text/html") || UNKEPT.test(url.pathname) || url.searchParams.has("q")) return;
  const text = await answer.text();
  // A toast is said once: without it the page is what it will be from now on.
  if (TOAST.test(text)) return fetchKept(url.href, true);
  const old = look.isShown && (await (await cache.match(url.href, same))?.text());
  if (await isLate()) return;
  await put(cache, url.href, text, answer.headers, at);
  if (old !== text) say();
}

async function put(cache, href, text, had, at) {
  const headers = new Headers(had);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  headers.set("X-Kept-At", at);
  headers.set("X-Kept-Build", /\/static\/(\w{12})\//.exec(text)?.[1] ?? "");
  await cache.put(href, new Response(text, { headers }));
  const keys = await cache.keys();
  if (keys.length > MOST_PAGES) await cache.delete(keys[0]);
}

async function fetchKept(href, again = false) {
  const at = Date.now();
  const answer = await fetch(href, { signal: AbortSignal.timeout(HUNG) });
  if (again && TOAST.test(await answer.clone().text())) return;
  await keep(new URL(href, location.origin), answer, at);
}

const isSlow = () => navigator.connection?.saveData || /2g/.test(navigator.connection?.effectiveType ?? "");

// Prefetch my book: who I know for search, and the pages of what is open for reading.
let reading = null;

function prefetch() {
  reading ??= readBook().finally(() => (reading = null));
  return reading;
}

async function readBook() {
  await fetchLater();
  const { book } = await state();
  const isDue = !book || Date.now() - book.at > DAY;
  const left = isDue ? await fetchBook(book) : book.left;
  if (!left?.length) return;
  await Promise.all([lane(left), lane(left)]);
  const now = (await state()).book;
  if (now) await remember({ book: { ...now, left } });
}

async function fetchBook(before) {
  const at = Date.now();
  const headers = before?.etag ? { "If-None-Match": before.etag } : {};
  const answer = await fetch("/api/v1/book", { headers, signal: AbortSignal.timeout(MINUTE), redirect: "error" });
  if (answer.status === 304) {
    await remember({ book: { ...before, at, left: before.pages } });
    return [...before.pages];
  }
  if (!answer.ok) return [];
  const book = await answer.json();
  if (at <= (await state()).closed) return [];
  await become(book.user_id);
  await self.outbox?.book.put(book);
  channel.postMessage({ type: "book" });
  const { pages } = book;
  await remember({ contact: at, book: { user: book.user_id, at, etag: answer.headers.get("ETag"), pages, left: pages } });
  return [...pages];
}

async function lane(left) {
  const { user } = await state();
  while (left.length && !isSlow() && (await state()).user === user) {
    const url = left.shift();
    try {
      await fetchKept(url);
    } catch {
      left.unshift(url);
      return;
    }
  }
}

// Scripts that are seldom needed, and the face of Persian pages: the app works without them.
async function fetchLater() {
  const cache = await caches.open(SHELL_CACHE);
  const offline = await (await cache.match("/offline", same))?.text();
  const wanted = offline?.includes('<html lang="fa"') ? [...LATER, FONT] : LATER;
  for (const url of wanted) {
    if (await cache.match(url, same)) continue;
    const answer = await fetch(url, { signal: AbortSignal.timeout(HUNG) });
    if (isOurs(answer)) await cache.put(url, answer);
  }
  // In the language of who reads here now.
  const page = await fetch("/offline", { signal: AbortSignal.timeout(HUNG) });
  if (isOurs(page)) await cache.put("/offline", page);
}

async function drain() {
  if (!self.outbox) return;
  const { state: end, waiting } = await self.outbox.drain("sync");
  if (end === "sent") await remember({ written: Date.now() }).catch(() => null);
  // The browser tries again what failed.
  if (waiting) throw new Error(end);
}

const MESSAGES = {
  prefetch,
  forget,
  // Only where the page saw to it that no sheet is open.
  update: () => skipWaiting(),
  age: (event) => event.ports[0]?.postMessage({ at: ages.get(event.source?.id) ?? null }),
};

function onMessage(event) {
  const act = MESSAGES[event.data?.type];
  if (act) event.waitUntil(Promise.resolve(act(event)).catch(() => null));
}
