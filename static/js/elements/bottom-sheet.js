// The capture sheet over the page: the same form that /capture serves, in a <dialog>.
import { fetchPage } from "../pages.js";

/** So long a line may take before the sheet kept on the phone opens in its place. */
const PATIENCE = 2500;

class BottomSheet extends HTMLElement {
  #dialog = null;
  #opener = document.activeElement;

  show(form) {
    this.#dialog = Object.assign(document.createElement("dialog"), { className: "sheet__dialog" });
    const grab = Object.assign(document.createElement("button"), { className: "sheet__grab", type: "button" });
    grab.setAttribute("aria-label", document.querySelector("[data-close]")?.dataset.close ?? "");
    grab.addEventListener("click", () => this.close());
    this.#dialog.setAttribute("aria-label", form.getAttribute("aria-label") ?? document.title);
    this.#dialog.append(grab, form);
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog && this.#isOutside(event)) this.close();
    });
    this.append(this.#dialog);
    this.#dialog.showModal();
    // No field takes the focus: the keyboard opens only when the words are tapped.
    grab.focus({ preventScroll: true });
    window.htmx?.process(form);
    document.dispatchEvent(new CustomEvent("htmx:after:swap"));
    history.pushState({ ...history.state, sheet: true }, "");
    addEventListener("popstate", this.#leave, { once: true });
  }

  /** Close as Back would, so that the history keeps no dead entry. */
  close() {
    if (history.state?.sheet) history.back();
    else this.#leave();
  }

  #isOutside(event) {
    const box = this.#dialog.getBoundingClientRect();
    return event.clientY < box.top || event.clientX < box.left || event.clientX > box.right;
  }

  #leave = () => {
    this.#dialog.classList.add("is-closing");
    const gone = () => {
      if (!this.isConnected) return;
      this.remove();
      this.#opener?.focus({ preventScroll: true });
    };
    this.#dialog.addEventListener("animationend", gone, { once: true });
    setTimeout(gone, 240);
  };
}

customElements.define("bottom-sheet", BottomSheet);

let opening = null;

/** Open the sheet that `url` serves, or the one kept on this phone; where both fail, go there. Two taps open one. */
export const openSheet = (url) => (opening ??= open(url).finally(() => (opening = null)));

async function open(url) {
  if (document.querySelector("bottom-sheet")) return;
  const { searchParams } = new URL(url, location);
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
  const asked = navigator.onLine ? await fetchPage(url, headers, PATIENCE) : null;
  const form = asked?.querySelector("form.sheet") ?? (await keptSheet());
  if (!form) return location.assign(url);
  if (!asked) form.dataset.kept = "cache";
  form.dataset.from = [...searchParams].filter(([name]) => name !== "next").map((pair) => pair.join("=")).sort().join("&");
  // After saving one stays where one was.
  if (!searchParams.has("next")) {
    form.elements.next ?? form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "next" }));
    form.elements.next.value = location.pathname + location.search;
  }
  showForm(form);
}

/** Show a sheet's form over the page. */
export function showForm(form) {
  const sheet = document.createElement("bottom-sheet");
  document.body.append(sheet);
  sheet.show(form);
}

/** The sheet as the worker keeps it: without what was true only when it was kept. */
async function keptSheet() {
  const cacheName = `hamrah-pages-${document.querySelector("sync-pill")?.dataset.user}`;
  const kept = await self.caches?.match("/capture", { cacheName, ignoreSearch: true, ignoreVary: true }).catch(() => null);
  return kept && new DOMParser().parseFromString(await kept.text(), "text/html").querySelector("form.sheet");
}

// A sheet that closes goes back in the history; the page beneath stays as it is, cards opened by htmx included.
document.addEventListener("htmx:before:history:restore", (event) => {
  if (document.querySelector("bottom-sheet")) event.preventDefault();
});
