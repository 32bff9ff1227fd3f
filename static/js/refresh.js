// Shows a page as the server has it now, without leaving it.
import { fetchPage } from "./pages.js";

/** Put `part` in place of what `place` holds, and wake what needs a script in it. */
export function put(place, ...part) {
  place.replaceChildren(...part);
  window.htmx?.process(place);
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
}

/** Return whether a control no longer says what the server wrote. */
export function isChanged({ type, value, defaultValue = value, checked, defaultChecked, options, files }) {
  if (type === "file") return files.length > 0;
  if (type === "radio") return checked && !defaultChecked;
  if (type === "checkbox") return checked !== defaultChecked;
  const first = options && ([...options].find((one) => one.defaultSelected) ?? options[0]);
  return value !== (first?.value ?? defaultValue);
}

/** Return whether nobody is in the middle of something in `place`: in a field, or with something in one that is not saved. */
export function mayReplace(place) {
  if (place.contains(document.activeElement?.closest?.("input, textarea, select"))) return false;
  return ![...place.querySelectorAll("form[method=post]:not([data-saved]) :is(input, textarea, select)")].some(isChanged);
}

/** Fetch the page one is on anew; what somebody is typing in stays as it is. */
export async function refresh() {
  const place = document.getElementById(history.state?.pane ? "detail" : "main");
  const page = await fetchPage(location.href);
  const main = page?.querySelector("#main");
  if (main && mayReplace(place)) put(place, ...main.childNodes);
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
