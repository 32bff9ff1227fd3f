// People from the book on this phone, where somebody types: search fields without signal, and new records that may be known.
import { book, pieces, row } from "./lookup.js";

const SEARCH = "[hx-get^='/people'], [hx-get^='/capture/people']";
const NEW = "form[action='/contacts'], form[action='/leads'], form[action='/accounts'], form[action='/captures']";
const NAMES = ["name", "new_name"];
const PHONES = ["phone", "new_phone"];
const TABS = { contacts: ["contact"], accounts: ["account"], leads: ["lead"] };
const PATIENCE = 1500;

let waiting = 0;

document.addEventListener("input", ({ target }) => {
  if (target.matches(SEARCH)) look(target);
  else if ([...NAMES, ...PHONES].includes(target.name) && target.form?.matches(NEW)) warn(target);
});

// Without a line nothing is asked for; on a bad one the phone speaks when the server does not.
document.addEventListener("htmx:before:request", (event) => {
  if (event.target.matches?.(SEARCH) && !navigator.onLine) event.preventDefault();
});
document.addEventListener("htmx:after:swap", () => clearTimeout(waiting));
document.addEventListener("htmx:error", ({ target }) => {
  if (target.matches?.(SEARCH)) show(target);
});

function look(input) {
  clearTimeout(waiting);
  if (!navigator.onLine) show(input);
  else waiting = setTimeout(show, PATIENCE, input);
}

async function show(input) {
  clearTimeout(waiting);
  const text = input.value.trim();
  const [known, piece] = await Promise.all([book(), pieces()]);
  const place = document.querySelector(input.getAttribute("hx-target"));
  if (!known || !place || !text || text !== input.value.trim()) return;
  const asked = new URL(input.getAttribute("hx-get"), location.origin);
  if (asked.pathname === "/people") {
    const found = known.people.find(text, 25, TABS[asked.searchParams.get("tab")]);
    place.replaceChildren(...(found.length ? found.map((one) => row(piece, one)) : [piece("book-nobody")]));
  } else place.replaceChildren(...known.people.find(text).map((one) => chip(piece, one)));
}

function chip(piece, { ref, name, sub }) {
  const label = piece("book-chip");
  const words = label.querySelector("span");
  label.querySelector("input").value = ref;
  words.dataset.text = words.textContent = sub ? `${name} · ${sub}` : name;
  return label;
}

async function warn(input) {
  const [known, piece] = await Promise.all([book(), pieces()]);
  if (!known) return;
  const values = (names) => names.flatMap((name) => new FormData(input.form).getAll(name)).filter(Boolean);
  const found = known.people.alike(values(NAMES)[0] ?? "", values(PHONES));
  const field = input.form.querySelector("[name=name], [name=new_name]").closest(".field");
  let place = input.form.querySelector("[data-alike]");
  if (!place) {
    place = Object.assign(document.createElement("div"), { className: "alike", ariaLive: "polite" });
    place.dataset.alike = "";
    field.after(place);
  }
  const refs = found.map(({ ref }) => ref).join(" ");
  if (place.dataset.alike === refs) return;
  place.dataset.alike = refs;
  const list = Object.assign(document.createElement("ul"), { className: "card card--rows" });
  list.append(...found.map((one) => row(piece, one)));
  place.replaceChildren(...(found.length ? [piece("book-alike"), list] : []));
}

// What was typed while this was on its way.
const field = document.activeElement;
if (field.matches("input") && field.value !== field.defaultValue) field.dispatchEvent(new Event("input", { bubbles: true }));
