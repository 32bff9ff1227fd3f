// What a script adds to the capture sheet: a chip for somebody, why he is chosen, a way out of an old draft.
import { whoIs } from "./kept-sheet.js";

/** Choose `value` among the radios called `name`, and none where it is not there; a rep's own choice is what differs from that. */
export function check(form, name, value) {
  for (const input of form.querySelectorAll(`input[name="${name}"]`)) input.defaultChecked = input.checked = input.value === value;
}

function pick(select, value) {
  for (const option of select.options) option.defaultSelected = option.selected = option.value === value;
}

/** A sheet from the phone: who it is about comes from the address and the book, not from the day it was kept. What is `touched` stays. */
export async function bringUpToDate(form, touched) {
  const asked = new URLSearchParams(form.dataset.from || location.search);
  const [outcome, kind, deal] = ["outcome", "kind", "deal_id"].map((name) => asked.get(name) ?? "");
  form.dataset.kept ??= "old";
  if (!asked.has("activity_id")) {
    form.elements.activity_id?.remove();
    if (!touched.has("who")) check(form, "who", "");
    form.querySelector("fieldset small")?.remove();
  }
  if (kind && !touched.has("kind")) pick(form.elements.kind, kind);
  if (outcome && !touched.has("outcome")) check(form, "outcome", outcome);
  const shared = ["title", "text", "url"].map((name) => asked.get(name)).filter(Boolean);
  if (!form.elements.note.value) form.elements.note.defaultValue = shared.join("\n");
  const person = await whoIs(asked);
  if (person) {
    offer(form, person);
    if (!touched.has("who")) check(form, "who", person.ref);
  }
  return { outcome, person, deal };
}

/** Have a chip for `ref`, in the first place of the chips. */
export function offer(form, { ref, name }) {
  if (form.querySelector(`[name=who][value="${CSS.escape(ref)}"]`)) return;
  const chip = document.createElement("label");
  const words = Object.assign(document.createElement("span"), { textContent: name });
  words.dataset.text = name;
  chip.className = "chip";
  chip.append(Object.assign(document.createElement("input"), { type: "radio", name: "who", value: ref }), words);
  form.querySelector(".chips").prepend(chip);
}

/** The words of a draft came back: say so, and offer an empty sheet. */
export function offerAfresh(form) {
  const line = document.createElement("p");
  line.className = "sheet__draft";
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--bare" });
  button.textContent = form.dataset.afresh;
  button.addEventListener("click", () => form.dispatchEvent(new CustomEvent("capture:afresh")));
  line.append(form.dataset.draft, button);
  form.prepend(line);
}

/** Say why this person is chosen. */
export function sayWhy(form, text, by) {
  const label = form.querySelector(".sheet__label");
  label.querySelector("small")?.remove();
  label.append(Object.assign(document.createElement("small"), { textContent: text }));
  form.dataset.whoBy = by;
}
