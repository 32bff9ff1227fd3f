// Signing out while something waits: send it first, or leave it locked on this phone until the same person is back.
import { forget } from "./offline.js";

let sure = false;

/** Ask before `form` signs out, where captures wait. */
export function watchSignOut(outbox) {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (new URL(form.action, location).pathname !== "/sign-out" || sure) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { waiting, parked } = await outbox.counts();
    if (waiting || parked) ask(outbox, form, waiting + parked);
    else leave(outbox, form);
  }, true);
}

async function leave(outbox, form) {
  sure = true;
  const user = await outbox.user();
  await forget(outbox, user?.user_id).catch(() => {});
  form.requestSubmit();
}

function ask(outbox, form, count) {
  const dialog = document.getElementById("sign-out").content.cloneNode(true).firstElementChild;
  const line = dialog.querySelector("h2");
  line.textContent = line.dataset.words.replace("{}", new Intl.NumberFormat(document.documentElement.lang).format(count));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", async ({ target }) => {
    const act = target.closest("[data-do]")?.dataset.do;
    if (act === "cancel") dialog.close();
    if (act === "lock") leave(outbox, form);
    if (act === "send") send(outbox, form, dialog, target.closest("button"));
  });
  document.body.append(dialog);
  dialog.showModal();
}

async function send(outbox, form, dialog, button) {
  button.setAttribute("aria-busy", "true");
  await outbox.drain("tap");
  button.removeAttribute("aria-busy");
  const { waiting, parked } = await outbox.counts();
  if (!waiting && !parked) return leave(outbox, form);
  dialog.querySelector("[role=status]").hidden = false;
}
