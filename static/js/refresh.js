// Shows a page as the server has it now, without leaving it.
import { fetchPage } from "./pages.js";

/** Put `part` in place of what `place` holds, and wake what needs a script in it. */
export function put(place, ...part) {
  place.replaceChildren(...part);
  window.htmx?.process(place);
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
}

/** Fetch the page one is on anew; what somebody is typing in stays as it is. */
export async function refresh() {
  const place = document.getElementById(history.state?.pane ? "detail" : "main");
  const page = await fetchPage(location.href);
  const main = page?.querySelector("#main");
  if (!main || place.contains(document.activeElement?.closest?.("input, textarea, select"))) return;
  put(place, ...main.childNodes);
}

/** Fetch one piece of the page, `url`, and put it in place of the element it names. */
export async function refreshPiece(url) {
  const page = await fetchPage(url, { "HX-Request": "true", "HX-Request-Type": "partial" });
  const piece = page?.body.querySelector("[id]");
  const old = piece && document.getElementById(piece.id);
  if (!old) return refresh();
  old.replaceWith(piece);
  put(piece, ...piece.childNodes);
}
