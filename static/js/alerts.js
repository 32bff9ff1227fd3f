// Alerts on this phone: how many wait, and what is done about them from a page.
const MINUTE = 60_000;
// Whoever saved so many things here is asked whether alerts may come.
const ENOUGH = 2;
const JSON_SAID = { "Content-Type": "application/json" };
const pill = document.querySelector("sync-pill");
const page = document.documentElement;

/** What this phone remembers of its person's alerts; another person's is nobody's business. */
export function kept() {
  const { user } = pill.dataset;
  const all = JSON.parse(localStorage.getItem("alerts") ?? "{}");
  return all.user === user ? all : { user };
}

export function keep(changes) {
  localStorage.setItem("alerts", JSON.stringify({ ...kept(), ...changes }));
}

export const post = (path, said) =>
  fetch(path, { method: "POST", headers: JSON_SAID, body: JSON.stringify(said), redirect: "error", signal: AbortSignal.timeout(15_000) });
export const registered = () => navigator.serviceWorker.ready;
export const tellWorker = async (said) => (await registered()).active?.postMessage(said);

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
  // The page's first word with the server brought it along.
  if (pill.dataset.unseen) keep({ unseen: Number(pill.dataset.unseen), looked_at: Date.now() });
  delete pill.dataset.unseen;
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

/** The offline page's pieces, fetched where something is to be said: most pages say nothing. */
export const piece = async () => (await import("./lookup.js")).pieces();

export async function words(name) {
  const said = (await piece())("alert-words");
  return said.getAttribute(`data-alert-${name}`);
}

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
  const call = target.closest("[data-alert] a[href^='tel:']");
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
  if (document.querySelector("[data-alerts-here]")) import("./push.js").catch(() => null);
});

/** Whether this page is about turning alerts on, or they may have been turned off behind our back. */
async function isAboutPush(outbox) {
  if (kept().wanted || document.querySelector("[data-alerts-here]")) return true;
  return location.pathname === "/today" && (await outbox.list()).length >= ENOUGH;
}

/** Begin, on a page whose phone keeps what is saved. */
export async function watchAlerts(outbox) {
  arrive();
  const quietly = (work) => work.catch((error) => console.debug(error));
  const push = await quietly(isAboutPush(outbox).then((is) => is && import("./push.js")));
  if (push) await quietly(push.heal());
  tellWorker({ type: "alerts", subscription: kept().id });
  await quietly(see());
  await quietly(look());
  if (push) await quietly(push.offer());
}
