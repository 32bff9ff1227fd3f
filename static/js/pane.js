// On a wide screen a row opens its record beside the list; the address follows, so a reload shows it alone.
import { fetchPage } from "./pages.js";

/** The list as it was before a row was opened: its address, its title, what stood in the empty pane. */
let list = null;

const pane = () => document.getElementById("detail");

function mark(link) {
  document.querySelector("#main [data-pane][aria-current]")?.removeAttribute("aria-current");
  link?.setAttribute("aria-current", "true");
}

async function show(url) {
  const page = await fetchPage(url);
  const main = page?.querySelector("#main");
  if (!main) return false;
  pane().replaceChildren(...main.children);
  pane().scrollTop = 0;
  window.htmx?.process(pane());
  document.title = page.title;
  return true;
}

export async function openPane(link) {
  if (!history.state?.pane) {
    list = { address: location.href, title: document.title, rest: list?.rest ?? [...pane().childNodes] };
  }
  if (!(await show(link.href))) return location.assign(link.href);
  mark(link);
  history.pushState({ pane: true }, "", link.href);
}

const isOurs = () => list && (location.href === list.address || history.state?.pane);

// Back from a pane the list is still there, where it was. A closing sheet goes back too, but changes nothing.
addEventListener("popstate", async () => {
  if (document.querySelector("bottom-sheet")) return;
  if (!isOurs()) location.reload();
  else if (location.href === list.address) {
    pane().replaceChildren(...list.rest);
    document.title = list.title;
    mark(null);
  } else if (await show(location.href)) {
    mark(document.querySelector(`#main [data-pane][href="${CSS.escape(location.pathname)}"]`));
  } else location.reload();
});

// htmx would load the page anew, because a card was opened on it.
document.addEventListener("htmx:before:history:restore", (event) => {
  if (isOurs()) event.preventDefault();
});
