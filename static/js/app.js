// What the pages do better with a script; each piece is fetched only where it is needed.
const ELEMENTS = {
  "card-reader": () => import("./elements/card-reader.js"),
  "capture-sheet": () => import("./elements/capture-sheet.js"),
  "copy-link": () => import("./elements/copy-link.js"),
  "note-blobs": () => import("./elements/note-blobs.js"),
  "phone-list": () => import("./elements/phone-list.js"),
  "date-picker": () => import("./elements/date-picker.js"),
  "offline-book": () => import("./elements/offline-book.js"),
  "scroll-keeper": () => import("./elements/scroll-keeper.js"),
};

function define(root) {
  for (const [name, load] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name) && root.querySelector(name)) load();
  }
}

const plain = (event) =>
  !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;

async function openSheet(link) {
  const { openSheet: open } = await import("./elements/bottom-sheet.js");
  open(link.href);
}

async function openPane(link) {
  const { openPane: open } = await import("./pane.js");
  open(link);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || !plain(event)) return;
  if (link.matches("[data-sheet]")) {
    event.preventDefault();
    openSheet(link);
  } else if (link.matches("[data-pane]") && matchMedia("(width >= 1024px)").matches && document.getElementById("detail")) {
    event.preventDefault();
    openPane(link);
  } else if (link.matches("[data-back]") && document.referrer.startsWith(location.origin) && history.length > 1) {
    // Back to the list as it was left: same place, same loaded rows.
    event.preventDefault();
    history.back();
  }
});

document.addEventListener("change", (event) => {
  event.target.closest?.("[data-submit-on-change]")?.requestSubmit();
});
// Chosen before this was here; on a page that comes back it is the browser that has chosen.
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
  for (const select of document.querySelectorAll("[data-submit-on-change] select")) {
    if (select.selectedOptions[0] !== (select.querySelector("[selected]") ?? select[0])) select.form.requestSubmit();
  }
}

// Whom the phone knows, where a person is looked for or written anew.
function knowPeople(target) {
  if (target?.matches("main input, dialog input") && target.form?.matches("[role=search], [method=post]")) import("./local-people.js").catch(() => {});
}
document.addEventListener("focusin", ({ target }) => knowPeople(target));
// Somebody quick is in the field before this is here.
knowPeople(document.activeElement);

// A search keeps its words in the address, so that Back and a reload find it again.
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[role=search]");
  if (form) history.replaceState(history.state, "", `${form.action}?${new URLSearchParams(new FormData(form))}`);
});

// Android says this once a page, when it pleases.
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  self.installPrompt = event;
  import("./install.js");
});

// A menu closes when something else is tapped.
document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

const KEYS = { "/": "/people", n: "/capture", "g t": "/today", "g p": "/pipeline", "g c": "/people", "g m": "/more" };
let before = "";
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog") || event.metaKey || event.ctrlKey || event.altKey) return;
  // By the key's place, so that they work while a Persian layout is on.
  const key = event.code === "Slash" ? "/" : event.code.replace("Key", "").toLowerCase();
  const target = KEYS[before ? `${before} ${key}` : key];
  before = key === "g" ? "g" : "";
  if (!target) return;
  event.preventDefault();
  const field = key === "/" && document.querySelector("main input[type=search]");
  const link = document.querySelector(`.nav a[href="${target}"]`);
  if (field) field.focus();
  else if (link) link.click();
  else location.assign(target);
});

document.addEventListener("htmx:after:swap", () => define(document));
define(document);

// Named from the start it would be fetched before the page is seen.
const manifest = document.getElementById("manifest");
if (manifest) manifest.rel = "manifest";
