// Turns alerts on for this phone, keeps them on, and says how that stands.
import { keep, kept, piece, post, registered, tellWorker, words } from "./alerts.js";
import { isApple, isInstalled } from "./platform.js";
import { toast } from "./toast.js";

const DAY = 86_400_000;

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
export const heal = () => mend().finally(show);

async function mend() {
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

function show() {
  const state = standing();
  const kind = isApple ? "apple" : /Android/.test(navigator.userAgent) ? "android" : "desk";
  for (const part of document.querySelectorAll("[data-alerts-here] [data-when]")) part.hidden = part.dataset.when !== state;
  for (const line of document.querySelectorAll("[data-alerts-here] [data-for]")) line.hidden = line.dataset.for !== kind;
}

let card = null;

/** Offer it on Today to whom it is due; say it when alerts that were on are off. */
export async function offer() {
  const state = standing();
  const { said_at = 0, wanted } = kept();
  const isLost = wanted && state !== "on";
  const isDue = Date.now() - said_at > (isLost ? DAY : 30 * DAY);
  if (location.pathname !== "/today" || !isDue || !(isLost || state === "ask")) return;
  card = (await piece())(isLost ? "alert-off" : "alert-card");
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


document.addEventListener("click", ({ target }) => {
  const on = target.closest("[data-turn-on]");
  if (on) turnOn(on);
});

// The page was shown anew.
document.addEventListener("htmx:after:swap", () => {
  show();
  place();
});

show();
