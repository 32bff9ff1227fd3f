// The toast for what a page did by itself; the same that the server draws (macros/toast.html).
const pill = document.querySelector("sync-pill");

/** Return what `name` says in the reader's language, with `value` in its place. */
export const words = (name, value = "") => (pill?.dataset[name] ?? "").replace("{}", value);

/** Say `text`; `subject` stands bold before it. `undo` runs on a tap. Returns {say, close, arrived(whether it can be undone still)}. */
export function toast(text, { undo = null, subject = "" } = {}) {
  const place = document.getElementById("toast");
  const shown = pill.querySelector("template").content.cloneNode(true).firstElementChild;
  const line = shown.querySelector("p");
  const button = shown.querySelector("button");
  const say = (said) => {
    line.textContent = said;
    if (!subject) return;
    const name = Object.assign(document.createElement("b"), { textContent: subject, dir: "auto" });
    line.prepend(name, " ");
  };
  say(text);
  if (undo) button.addEventListener("click", undo, { once: true });
  else button.remove();
  place.replaceChildren(shown);
  return {
    say,
    close: () => shown.remove(),
    arrived(mayUndo = true) {
      shown.dataset.state = "sent";
      if (!mayUndo) button.remove();
    },
  };
}
