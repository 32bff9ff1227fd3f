// Every keystroke of a form is on the phone's disk within 150 ms, and under the id that Save will send it with.
import { fields } from "./bodies.js";
import { isChanged } from "./refresh.js";

const LATER = 150;
/** What of a draft hangs on who it is with. */
const ABOUT_WHO = ["who", "deal_id", "deal_for", "version", "stage_id"];
const states = new WeakMap();
// A page that comes back has what the browser put into its fields: that is no news.
const isNew = performance.getEntriesByType("navigation")[0]?.type === "navigate";

const nameOf = (form) => `${form.dataset.capture} ${form.dataset.from ?? location.pathname + location.search}`;

/** Return what is known of a form since it was opened: its ids, its measures, its blobs. */
export function stateOf(form, outbox) {
  let state = states.get(form);
  if (!state) {
    const ids = { capture: outbox.id(), person: outbox.id(), step: outbox.id(), shown: fields(asSent(form)) };
    state = { name: nameOf(form), ids, opened: performance.now(), taps: 0, keys: 0, blobs: [], touched: false };
    states.set(form, state);
    if (form.elements.capture_id) form.elements.capture_id.value = ids.capture;
  }
  return state;
}

/** Return the form as the server wrote it: somebody quick has typed in it already. */
function asSent(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return copy;
}

/** Return the controls that no longer say what a script or the server wrote: typed or chosen before anybody listened. */
export function changed(form) {
  return isNew || form.closest("bottom-sheet") ? [...form.elements].filter((one) => one.type !== "file" && isChanged(one)) : [];
}

/** Let a form that came from the server instead of `old` go on under the ids of the old one. */
export function handOn(old, form) {
  const state = states.get(old);
  if (!state) return;
  states.set(form, state);
  delete form.dataset.plain;
}

/** Keep the form as a draft from now on, and give back the draft there was. */
export async function keepDraft(form, outbox) {
  const state = stateOf(form, outbox);
  let waiting = 0;
  const save = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (state.touched && !state.done && form.isConnected) {
      state.saving = Promise.all([state.saving, outbox.drafts.save(state.name, written(form, state)).catch(() => {})]);
    }
  };
  const later = (event) => {
    state.touched = true;
    if (event.type === "input" && event.target.matches("textarea, input:not([type=radio], [type=checkbox])")) state.keys += 1;
    waiting ||= setTimeout(save, LATER);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("pointerdown", () => (state.taps += 1), true);
  document.addEventListener("visibilitychange", () => waiting && save());
  addEventListener("pagehide", () => waiting && save());
  form.addEventListener("capture:afresh", async () => {
    state.done = true;
    await outbox.drafts.drop(state.name);
    states.delete(form);
    const sheet = form.closest("bottom-sheet");
    if (sheet) sheet.close();
    else location.assign(location.href);
  });
  // The sheet's own script listens for the draft: who it was with, and the way out of it.
  if (form.querySelector("capture-sheet")) await import("./elements/capture-sheet.js").catch(() => {});
  const draft = await outbox.drafts.load(state.name).catch(() => null);
  if (form.dataset.busy || state.done) return;
  const typed = changed(form).map((one) => [one, { value: one.value, checked: one.checked }]);
  if (draft && (typed.length || !state.touched)) give(form, state, draft, typed);
  if (!typed.length) return;
  state.touched = true;
  save();
}

function written(form, state) {
  const values = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const who = form.querySelector("[name=who]:checked");
  return { at: Date.now(), ids: state.ids, supersedes: state.supersedes, values, who: who?.closest("label").textContent.trim() };
}

/** Give a draft back; what was typed since stays. */
function give(form, state, draft, typed) {
  state.ids = draft.ids;
  state.supersedes = draft.supersedes;
  state.touched = true;
  const chosesWho = typed.some(([{ name }]) => name === "who");
  const values = chosesWho ? draft.values.filter(([name]) => !ABOUT_WHO.includes(name)) : draft.values;
  const chosen = values.find(([name]) => name === "who")?.[1];
  if (chosen && draft.who) form.dispatchEvent(new CustomEvent("capture:who", { detail: { ref: chosen, name: draft.who } }));
  fill(form, values);
  for (const [control, words] of typed) Object.assign(control, words);
  if (form.elements.capture_id) form.elements.capture_id.value = state.ids.capture;
  form.dispatchEvent(new CustomEvent("capture:draft", { detail: { ...draft, values } }));
}

/** Give a list one row more, a copy of its last, and return the field of that name in it. */
export function addRow(form, name) {
  const last = [...form.querySelectorAll(`.labelled [name="${name}"]`)].at(-1)?.closest(".labelled");
  const row = last?.cloneNode(true);
  last?.after(row);
  const number = new Intl.NumberFormat(document.documentElement.lang).format(row?.parentElement.querySelectorAll(".labelled").length);
  for (const control of row?.querySelectorAll("input, select") ?? []) {
    control.value = "";
    control.ariaLabel = control.ariaLabel.replace(/[\d۰-۹]+$/, number);
  }
  return row?.querySelector(`[name="${name}"]`);
}

/** Put values into a form, several of one name in their order. */
export function fill(form, values) {
  const left = Map.groupBy ? Map.groupBy(values, ([name]) => name) : grouped(values);
  for (const [name, said] of left) {
    const rows = form.querySelectorAll(`.labelled [name="${name}"]`).length;
    for (let n = rows; rows && n < said.length; n += 1) addRow(form, name);
  }
  for (const control of form.elements) {
    const said = left.get(control.name);
    if (!said || control.name === "next" || control.type === "file") continue;
    if (control.matches("[type=radio], [type=checkbox]")) control.checked = said.some(([, value]) => value === control.value);
    else control.value = (said.length > 1 ? said.shift() : said[0])[1];
  }
}

function grouped(values) {
  const found = new Map();
  for (const pair of values) found.set(pair[0], [...(found.get(pair[0]) ?? []), pair]);
  return found;
}
