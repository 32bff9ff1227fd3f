// Alerts on this phone: whether they can come, how they are turned on, and how many wait.
import { pieces } from "./lookup.js";
import { isApple, isInstalled } from "./platform.js";
import { toast } from "./toast.js";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const ENOUGH = 2;
const JSON_SAID = { "Content-Type": "application/json" };
const pill = document.querySelector("sync-pill");
const page = document.documentElement;

/** What this phone remembers of its person's alerts; another person's is nobody's business. */
function kept() {
  const { user } = pill.dataset;
  const all = JSON.parse(localStorage.getItem("alerts") ?? "{}");
  return all.user === user ? all : { user };
}

function keep(changes) {
  localStorage.setItem("alerts", JSON.stringify({ ...kept(), ...changes }));
}

const post = (path, said) =>
  fetch(path, { method: "POST", headers: JSON_SAID, body: JSON.stringify(said), redirect: "error", signal: AbortSignal.timeout(15_000) });
const registered = () => navigator.serviceWorker.ready;
const tellWorker = async (said) => (await registered()).active?.postMessage(said);

// --- whether they can come ----------------------------------------------------------------------

const isAble = () => "PushManager" in self && "Notification" in self;

/** How it stands: on, ask, denied, install, unsupported or failed. */
function standing() {
  if (!isAble()) return isApple && !isInstalled() ? "install" : "unsupported";
  if (Notification.permission === "denied") return "denied";
  if (Notification.permission === "granted" && kept().id) return "on";
  return kept().failed_at ? "failed" : "ask";
}

/** Make what the browser has, what the server has and what the person wants one. */
async function heal() {
  const { id, endpoint, told_at = 0, wanted } = kept();
  if (!isAble() || !wanted) return;
  if (Notification.permission !== "granted") {
    if (id) await fetch(`/api/v1/push/subscriptions/${id}`, { method: "DELETE" }).catch(() => null);
    return keep({ id: null, endpoint: null });
  }
  const made = await (await registered()).pushManager.getSubscription();
  if (made && id && made.endpoint === endpoint && Date.now() - told_at < DAY) return;
  await subscribe(made);
}

async function subscribe(made = null) {
  const found = made ?? (await make());
  const answer = await post("/api/v1/push/subscriptions", found.toJSON());
  if (answer.ok) {
    const { id } = await answer.json();
    return keep({ id, endpoint: found.endpoint, told_at: Date.now(), wanted: true, failed_at: null });
  }
  // Refused for good: what the browser holds would be told nothing.
  if (answer.status < 500 && ![401, 429].includes(answer.status)) {
    await found.unsubscribe();
    keep({ id: null, endpoint: null, wanted: false });
  }
  throw new Error(`the subscription was answered ${answer.status}`);
}

async function make() {
  const { key } = await (await fetch("/api/v1/push/key", { signal: AbortSignal.timeout(15_000) })).json();
  const { pushManager } = await registered();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  return pushManager.subscribe(options).catch(async (error) => {
    // One for another key, from before the server had this one.
    const old = await pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return pushManager.subscribe(options);
  });
}

/** Turn them on, inside the tap: the browser asks its person only there. */
async function turnOn(button) {
  button.setAttribute("aria-busy", "true");
  try {
    if ((await Notification.requestPermission()) === "granted") {
      await subscribe(await (await registered()).pushManager.getSubscription());
      await tellWorker({ type: "alerts", subscription: kept().id });
      putAway();
      toast(await words("on"));
    }
  } catch (error) {
    console.warn(error);
    keep({ failed_at: Date.now() });
  }
  button.removeAttribute("aria-busy");
  show();
}

// --- what the page says of it --------------------------------------------------------------------

async function words(name) {
  const said = (await pieces())("alert-words");
  return said.getAttribute(`data-alert-${name}`);
}

function show() {
  const state = standing();
  const kind = isApple ? "apple" : /Android/.test(navigator.userAgent) ? "android" : "desk";
  for (const part of document.querySelectorAll("[data-alerts-here] [data-when]")) part.hidden = part.dataset.when !== state;
  for (const line of document.querySelectorAll("[data-alerts-here] [data-for]")) line.hidden = line.dataset.for !== kind;
}

let card = null;

/** Offer it on Today, once two things were saved here; say it when alerts that were on are off. */
async function offer(outbox) {
  const state = standing();
  const { said_at = 0, wanted } = kept();
  const isLost = wanted && state !== "on";
  const isDue = Date.now() - said_at > (isLost ? DAY : 30 * DAY);
  if (location.pathname !== "/today" || !isDue || !(isLost || state === "ask")) return;
  if (!isLost && (await outbox.list()).length < ENOUGH) return;
  card = (await pieces())(isLost ? "alert-off" : "alert-card");
  card.querySelector("[data-dismiss]").addEventListener("click", () => {
    keep({ said_at: Date.now() });
    putAway();
  });
  place();
}

function place() {
  // An offer waits below what is there: nothing moves under the thumb.
  if (card && !card.isConnected) document.getElementById("main")[card.matches(".notice--heat") ? "prepend" : "append"](card);
}

function putAway() {
  card?.remove();
  card = null;
}

// --- how many wait --------------------------------------------------------------------------------

/** Draw the badge on the bell, and on the app's icon. */
function draw(unseen) {
  navigator[unseen ? "setAppBadge" : "clearAppBadge"]?.(unseen)?.catch(() => null);
  const said = new Intl.NumberFormat(page.lang).format(unseen);
  for (const bell of document.querySelectorAll("[data-bell]")) {
    bell.querySelector(".badge")?.remove();
    bell.toggleAttribute("aria-label", unseen > 0);
    if (!unseen) continue;
    bell.setAttribute("aria-label", bell.dataset.bell.replace("{}", said));
    bell.append(Object.assign(document.createElement("b"), { className: "badge", textContent: said }));
  }
}

async function look() {
  const { unseen = 0, looked_at = 0 } = kept();
  draw(unseen);
  if (Date.now() - looked_at < MINUTE) return;
  const answer = await fetch("/api/v1/alerts", { signal: AbortSignal.timeout(15_000) });
  if (!answer.ok || answer.redirected) return;
  const found = await answer.json();
  keep({ unseen: found.unseen, looked_at: Date.now() });
  draw(found.unseen);
}

/** The inbox was looked at: what stood there is seen. */
async function see() {
  const form = document.querySelector("[data-seen]");
  if (!form) return;
  const answer = await post("/api/v1/alerts/seen", { until: form.elements.until.value });
  if (!answer.ok) return;
  form.remove();
  keep({ unseen: 0, looked_at: Date.now() });
  draw(0);
}

// --- opened from an alert -------------------------------------------------------------------------

function arrive() {
  const url = new URL(location.href);
  const alert = url.searchParams.get("alert");
  if (alert) {
    url.searchParams.delete("alert");
    history.replaceState(history.state, "", url);
    tellWorker({ type: "alert-opened", alert });
  }
  // «Call» led here: one tap is left, and it is under the thumb.
  if (url.hash === "#call") document.querySelector(".actionbar a[href^='tel:'], main a[href^='tel:']")?.focus();
}

// --- a row's buttons ------------------------------------------------------------------------------

const rowOf = (element) => element.closest("[data-alert]");

async function act(row, action) {
  const alert = JSON.parse(row.dataset.alert);
  await tellWorker({ type: "alert-act", action, alert, label: row.querySelector(".row__link").textContent });
  row.querySelector("[data-alert-acts]")?.remove();
  const said = await words(action);
  row.querySelector("[data-became]").textContent = ` · ${said}`;
  if (action === "done") row.classList.add("row--done");
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-alert-acts]") || !navigator.serviceWorker.controller) return;
  event.preventDefault();
  act(rowOf(event.target), event.submitter.value);
});

// Removed by hand it stays off here, until it is turned on again.
document.addEventListener("submit", ({ target }) => {
  const { told } = target.closest("[data-told]")?.dataset ?? {};
  if (told && told === kept().id && target.action.endsWith("/removal")) keep({ id: null, endpoint: null, wanted: false });
});

document.addEventListener("click", ({ target }) => {
  const on = target.closest("[data-turn-on]");
  const call = target.closest("[data-alert] a[href^='tel:']");
  if (on) turnOn(on);
  if (call) act(rowOf(call), "called");
});

new BroadcastChannel("hamrah").addEventListener("message", ({ data }) => {
  if (data.type !== "alert") return;
  keep({ unseen: data.unseen ?? kept().unseen + 1, looked_at: data.unseen === undefined ? 0 : Date.now() });
  look().catch(() => null);
});

// The page was shown anew.
document.addEventListener("htmx:after:swap", () => {
  draw(kept().unseen ?? 0);
  show();
  place();
});

/** Begin, on a page whose phone keeps what is saved. */
export async function watchAlerts(outbox) {
  arrive();
  show();
  const quietly = (work) => work.catch((error) => console.debug(error));
  await quietly(heal());
  tellWorker({ type: "alerts", subscription: kept().id });
  show();
  await quietly(see());
  await quietly(look());
  await quietly(offer(outbox));
}
