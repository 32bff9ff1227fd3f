// Whatever is saved goes to this phone first, then to the server: one path, with a line and without.
// Where the phone can keep nothing, the forms post by themselves.
import { READERS } from "./bodies.js";
import { watchCalls } from "./calls.js";
import { handOn, keepDraft, stateOf } from "./drafts.js";
import { ready } from "./offline.js";
import { fetchPage } from "./pages.js";
import { put, refresh, refreshPiece } from "./refresh.js";
import { toast, words } from "./toast.js";

/** One tap, nothing typed: no draft, and a new id for each tap that says something else. */
const TAPPED = new Set(["deal.move", "followup.complete", "lead.claim", "lead.defer"]);
const CHECK = 4000;
const lastTap = new WeakMap();
let outbox = null;

ready.then((found) => {
  outbox = found;
  if (!found) return;
  attach();
  self.letGo?.();
  watchCalls(outbox);
  document.addEventListener("htmx:after:swap", attach);
  showWhatWasSaid();
  document.documentElement.dataset.keeps = "1";
});

function attach() {
  for (const form of document.querySelectorAll("form[data-capture]")) {
    if (TAPPED.has(form.dataset.capture) || form.dataset.plain || form.dataset.draftKept) continue;
    form.dataset.draftKept = "1";
    keepDraft(form, outbox);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const read = READERS[form.dataset.capture];
  if (!read || !outbox || event.submitter?.name === "search") return;
  if (form.dataset.plain) {
    if (navigator.onLine) return;
    // This one only the server can take: the words stay.
    event.preventDefault();
    event.stopImmediatePropagation();
    return notice(form, words("noSignal"));
  }
  const tapped = TAPPED.has(form.dataset.capture);
  const state = tapped ? null : stateOf(form, outbox);
  const body = read(form, event.submitter, state?.ids);
  if (!body) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (state?.done || form.dataset.busy) return;
  form.dataset.busy = "1";
  const saved = tapped ? tap(form, body, event.submitter) : save(form, body, state, event.submitter);
  saved.catch((error) => failed(form, event.submitter, error)).finally(() => delete form.dataset.busy);
}, true);

const envelope = (id, form, body, label) => ({ id, kind: form.dataset.capture, captured_at: new Date().toISOString(), body, label });

/** What the phone's memory does not take is posted as without a script; with no line the words stay and it says so. */
function failed(form, submitter, error) {
  console.warn(error);
  // Posted now it would be in the name of whoever signed in since, in another tab.
  if (error instanceof outbox.Locked) return notice(form, words("signIn"));
  if (!navigator.onLine) return notice(form, words("failed"));
  form.dataset.plain = "1";
  form.requestSubmit(submitter);
}

function notice(form, text) {
  form.querySelector(":scope > .notice")?.remove();
  const line = Object.assign(document.createElement("p"), { className: "notice notice--late", role: "alert", textContent: text });
  form.prepend(line);
  line.scrollIntoView({ block: "nearest" });
}

// --- forms with words ---------------------------------------------------------------------------

async function save(form, body, state, submitter) {
  await form.querySelector("note-blobs")?.finish?.();
  const missing = lacks(form, body);
  if (missing) return wrong(form, ...missing);
  // What only a photo says has nothing yet that could be looked at.
  const isTyped = body.name || !state.blobs.length;
  if (form.dataset.check !== undefined && isTyped && (await refused(form, submitter))) return;
  body.measures = {
    capture_ms: Math.round(performance.now() - state.opened), taps: state.taps, keys: state.keys,
    was_offline: !navigator.onLine, who_by: form.dataset.whoBy,
  };
  const capture = envelope(state.ids.capture, form, body, labelOf(form, body));
  if (state.supersedes) capture.supersedes = state.supersedes;
  // A draft written from now on would outlive the capture that takes its place.
  state.done = true;
  await state.saving;
  await outbox.drafts.toOutbox(state.name, capture, state.blobs).catch((error) => {
    state.done = false;
    throw error;
  });
  if (state.supersedes) await outbox.archive(state.supersedes);
  persist();
  const sheet = form.closest("bottom-sheet");
  if (sheet) {
    sheet.close();
    follow(capture, { form });
  } else leave(form, capture);
}

/** A page of its own: go on where the form leads to, and say there what became of it. */
async function leave(form, capture) {
  const item = navigator.onLine ? await settled(capture.id, 3000) : null;
  if (item?.state === "parked") return showErrors(form, item);
  const target = targetOf(form, capture, item);
  // A page that this phone does not have would not open now.
  if (!navigator.onLine && !(await kept(target))) {
    for (const button of form.querySelectorAll(".btn--save")) button.disabled = true;
    form.dataset.saved = "1";
    return follow(capture, {});
  }
  sessionStorage.setItem("said", capture.id);
  location.assign(target);
}

/** Return the page as the worker keeps it for this person, if it does. */
const kept = (url) =>
  self.caches.match(url, { cacheName: `hamrah-pages-${words("user")}`, ignoreSearch: true, ignoreVary: true });

function targetOf(form, capture, item) {
  const paths = { "contact.create": "contact", "account.create": "account", "lead.capture": "lead", "deal.create": "deal" };
  const result = item?.said?.result;
  const kind = capture.kind === "lead.convert" ? (result?.deal_id ? "deal" : "contact") : paths[capture.kind];
  const made = result?.[`${kind}_id`];
  if (made) return `/${kind}s/${made}`;
  if (capture.kind === "record.edit") return new URL(form.action).pathname;
  return form.elements.next?.value || document.querySelector(".pagebar__back")?.getAttribute("href") || "/today";
}

async function showWhatWasSaid() {
  const id = sessionStorage.getItem("said");
  sessionStorage.removeItem("said");
  const item = id && (await outbox.one(id));
  if (item) follow(item, {});
}

/** Say «saved», then «sent» or why not; the page behind is renewed once the server has it. */
async function follow(capture, { form = null, text = words("saved"), subject = "", sent = words("sent"), show = refresh }) {
  const said = toast(text, { subject, undo: () => takeBack(capture, show) });
  const item = await settled(capture.id);
  if (item?.state === "parked") {
    said.close();
    if (form?.id === "capture") return reopen(form, item);
    return void toast(reasonOf(item));
  }
  if (item?.state !== "sent" || capture.undone) return;
  if (item.verdict === "conflict" || item.verdict === "merged") toast(reasonOf(item));
  else said.say(sent);
  said.arrived(capture.kind in UNDO || capture.kind in UNDO_FORM);
  await show();
}

/** The server did not take it: the sheet stands open again, with the reason at its field. */
async function reopen(form, item) {
  const { showForm } = await import("./elements/bottom-sheet.js");
  const state = stateOf(form, outbox);
  state.done = false;
  state.ids.capture = outbox.id();
  delete form.dataset.busy;
  showForm(form);
  showErrors(form, item);
  await outbox.archive(item.id);
}

const FIELDS = {
  contact_id: "who", deal_id: "who", lead_id: "who", account_id: "who", "new_contact.name": "new_name", "new_contact.phone": "new_phone",
  "next_step.when": "next_step_on", "next_step.due_at": "next_step_on", phones: "phone", emails: "email",
};

function showErrors(form, item) {
  const errors = item.said?.errors ?? {};
  const known = Object.entries(errors).filter(([name]) => form.elements[FIELDS[name] ?? name]);
  for (const [name, said] of known) wrong(form, FIELDS[name] ?? name, [].concat(said).join(" "));
  if (!known.length) notice(form, reasonOf(item));
}

/** Return in words why a capture was not taken as it was, or what became of it. */
export function reasonOf({ said }) {
  const { errors, reason, decision, changes } = said ?? {};
  const merged = (changes ?? []).map(({ label, kept }) => `${label}: ${kept}`).join(" · ");
  return Object.values(errors ?? {}).flat(9).join(" ") || reason || decision?.words || merged || words("refused");
}

/** Write a sentence under a field. */
function wrong(form, name, text) {
  const control = form.elements[name];
  const field = (control?.length && !control.matches ? control[0] : control)?.closest(".field, .sheet__part") ?? form;
  field.querySelector(":scope > .error")?.remove();
  const line = Object.assign(document.createElement("p"), { className: "error", role: "alert", textContent: text });
  field.append(line);
  field.scrollIntoView({ block: "nearest" });
  form.addEventListener("change", () => line.remove(), { once: true });
}

/** What the sheet can tell by itself: [field, sentence]. */
function lacks(form, body) {
  if (form.dataset.capture !== "activity.log") return null;
  const { needsWho, needsDate } = form.dataset;
  if (!["contact_id", "lead_id", "account_id", "new_contact", "deal"].some((name) => body[name])) return ["who", needsWho];
  if (form.querySelector("[name=next_step]:checked")?.value === "date" && !body.next_step) return ["next_step_on", needsDate];
  return null;
}

/** With a line the server looks at the form first: what is wrong with it, and who is alike. */
async function refused(form, submitter) {
  const said = new URLSearchParams(new FormData(form, submitter));
  said.set("check", "1");
  let page = null;
  try {
    const answer = await fetch(form.action, { method: "POST", body: said, redirect: "error", signal: AbortSignal.timeout(CHECK) });
    if (![409, 422].includes(answer.status)) return false;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return false;
  }
  const main = page.querySelector("#main");
  const fresh = main?.querySelector("form[data-capture]");
  if (!fresh) return false;
  handOn(form, fresh);
  put(form.closest(".pane"), ...main.childNodes);
  (document.querySelector("[aria-invalid], [role=alert]") ?? fresh).scrollIntoView({ block: "center" });
  return true;
}

const text = (found) => found?.textContent.trim() ?? "";

function labelOf(form, body) {
  const chosen = (name) => text(form.querySelector(`[name=${name}]:checked`)?.closest("label")?.querySelector("span[data-text]"));
  if (form.id !== "capture") return [text(document.querySelector("#main h1")), body.name ?? body.subject ?? form.dataset.label].filter(Boolean).join(" · ");
  const kind = form.elements.kind.selectedOptions[0];
  return [text(kind), body.new_contact?.name ?? chosen("who"), chosen("outcome")].filter(Boolean).join(" · ");
}

let asked = false;
function persist() {
  // Should the app be closed before it is sent, the browser wakes the worker for it.
  navigator.serviceWorker?.ready.then(({ sync }) => sync?.register("outbox")).catch(() => {});
  if (asked) return;
  asked = true;
  navigator.storage?.persist?.().catch(() => {});
}

// --- one tap ------------------------------------------------------------------------------------

async function tap(form, body, submitter) {
  const said = JSON.stringify(body);
  const last = lastTap.get(form);
  if (last?.said === said) return;
  const id = outbox.id();
  lastTap.set(form, { said, id });
  const show = form.dataset.capture === "deal.move" ? () => showDeal(form) : refresh;
  const capture = envelope(id, form, body, `${form.dataset.label} · ${text(submitter)}`);
  await outbox.put(capture);
  persist();
  const back = pretend(form, submitter);
  capture.back = () => {
    lastTap.delete(form);
    back();
  };
  if (form.dataset.capture === "deal.move") await followMove(form, capture, submitter, show);
  else await follow(capture, { text: form.dataset.said, sent: form.dataset.said, show: form.dataset.capture.startsWith("lead.") ? refresh : () => {} });
}

/** Show at once what was tapped, before anybody has answered; returns how to take that back. */
function pretend(form, submitter) {
  if (form.dataset.capture.startsWith("lead.")) {
    submitter.disabled = true;
    return () => (submitter.disabled = false);
  }
  const row = form.closest(".row");
  if (form.dataset.capture === "followup.complete") {
    submitter.classList.add("tick--done");
    row?.classList.add("row--done");
    form.elements.done.value = "";
    return () => {
      submitter.classList.remove("tick--done");
      row?.classList.remove("row--done");
      form.elements.done.value = "1";
    };
  }
  const thread = form.querySelector(".thread");
  const before = thread.querySelector(".is-now");
  const cell = submitter.closest(".thread__cell") ?? thread.lastElementChild;
  const cells = [...thread.children];
  const set = (from, to) => {
    from?.classList.remove("is-now");
    from?.querySelector("button")?.removeAttribute("aria-current");
    to.classList.add("is-now");
    to.querySelector("button")?.setAttribute("aria-current", "step");
  };
  thread.classList.remove("thread--forward", "thread--back");
  thread.classList.add(cells.indexOf(cell) < cells.indexOf(before) ? "thread--back" : "thread--forward");
  set(before, cell);
  const close = form.querySelector(".thread__close");
  if (close) close.checked = false;
  return () => set(cell, before);
}

async function followMove(form, capture, submitter, show) {
  const stage = (form.dataset.moved ?? "").replace("{}", text(submitter));
  const said = toast(stage, { subject: form.dataset.label, undo: () => takeBack(capture, show) });
  const item = await settled(capture.id);
  if (!item || item.state === "queued") return said.say(`${stage} · ${words("saved")}`);
  if (item.state === "parked") said.close();
  else said.arrived();
  const place = await show();
  if (item.state === "parked" || item.verdict === "conflict") threadError(place ?? form, reasonOf(item));
}

async function showDeal(form) {
  const { pathname } = new URL(form.action);
  const card = form.closest(".deal--open");
  if (card) await refreshPiece(`${pathname.replace(/stage$/, "card")}?open=1`);
  else await refresh();
  return document.querySelector(`form[action="${pathname}"]`);
}

function threadError(form, said) {
  form.querySelector(".error")?.remove();
  const line = Object.assign(document.createElement("p"), { className: "error", role: "alert", textContent: said });
  form.querySelector(".thread").after(line);
}

// --- afterwards ---------------------------------------------------------------------------------

/** Resolves to the capture once the server has answered it, or as it stands after `limit`. */
export async function settled(id, limit = 20_000) {
  let item = null;
  let quiet = null;
  const answered = async () => {
    item = await outbox.one(id);
    return item && item.state !== "queued";
  };
  const changed = new Promise((done) => {
    quiet = outbox.onchange(async () => (await answered()) && done());
    setTimeout(done, limit);
    // Known to be without a line: not even tried, so that Undo can still take it back.
    if (!navigator.onLine) return void answered().then(done);
    outbox.drain("save").then(async ({ state }) => ((await answered()) || state !== "busy-elsewhere") && done(), done);
  });
  await changed;
  quiet();
  return item ?? outbox.one(id);
}

const withdraw = ({ id, planned_id }, result) => ({ kind: "activity.withdraw", body: { activity_id: result?.activity_id ?? planned_id ?? id } });
const UNDO = {
  "activity.log": withdraw,
  "activity.plan": withdraw,
  "followup.complete": ({ activity_id }) => ({ kind: "followup.complete", body: { activity_id, done: false } }),
  "deal.move": ({ deal_id, stage_id, from_stage_id, base_version }) => ({
    kind: "deal.move", body: { deal_id, stage_id: from_stage_id, from_stage_id: stage_id, base_version },
  }),
  "lead.defer": ({ lead_id }, { was = "working" } = {}) => ({
    kind: "record.edit", body: { record: "lead", id: lead_id, changes: { status: { from: "later", to: was } } },
  }),
};
const UNDO_FORM = {
  "deal.move": ({ deal_id, stage_entry_id }) => [`/deals/${deal_id}/stage/undo`, { entry: stage_entry_id }],
  "lead.convert": ({ lead_id }) => [`/leads/${lead_id}/conversion/undo`, {}],
  "lead.disqualify": ({ lead_id, was = "working" }) => [`/leads/${lead_id}/status`, { status: was }],
  "followup.complete": ({ activity_id }) => [`/activities/${activity_id}/completion`, { done: "" }],
};

/** Undo: what still waits is put away; what was sent is withdrawn by a capture of its own. */
async function takeBack(capture, show) {
  capture.undone = true;
  const item = await outbox.one(capture.id);
  const sent = item?.state === "sent";
  if (sent && UNDO_FORM[capture.kind] && navigator.onLine) return post(...UNDO_FORM[capture.kind](item.said?.result ?? {}));
  // What was on its way may have arrived: it is then withdrawn, not put away.
  if (sent || !(await outbox.archive(capture.id))) {
    const undo = UNDO[capture.kind]?.(capture.body, item?.said?.result);
    if (!undo) {
      // It may be there already, and now nothing can follow it.
      capture.undone = false;
      return void toast(words("noSignal"));
    }
    const id = outbox.id();
    await outbox.put({ id, ...undo, captured_at: new Date().toISOString(), label: `${words("undone")} · ${capture.label}` });
    persist();
    await settled(id);
  }
  capture.back?.();
  toast(words("undone"));
  await show();
}

function post(action, values) {
  const form = Object.assign(document.createElement("form"), { method: "post", action, hidden: true });
  for (const [name, value] of Object.entries({ ...values, next: location.pathname + location.search })) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}
