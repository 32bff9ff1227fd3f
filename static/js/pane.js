// On a wide screen a row opens its record beside the list; the address follows, so a reload shows it alone.
import { fetchPage } from "./pages.js";

export async function openPane(link) {
  const pane = document.getElementById("detail");
  const page = await fetchPage(link.href);
  const main = page?.querySelector("#main");
  if (!main) return location.assign(link.href);
  pane.replaceChildren(...main.children);
  pane.scrollTop = 0;
  window.htmx?.process(pane);
  document.querySelector("#main [data-pane][aria-current]")?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  document.title = page.title;
  history.pushState({ pane: true }, "", link.href);
}

// Back from a pane: the list at its own address again. A closing sheet goes back too, but stays here.
addEventListener("popstate", () => {
  if (!document.querySelector("bottom-sheet")) location.reload();
});
