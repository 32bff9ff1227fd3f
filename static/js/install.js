// Offers to put the app on the home screen once it has proved useful: after three captures, or on another day.
import { pieces } from "./lookup.js";
import { isApple, isInstalled } from "./platform.js";

const DAY = 86_400_000;
const PAUSE = 30 * DAY;
const ENOUGH = 3;

function notes(changes) {
  const kept = { first: Date.now(), ...JSON.parse(localStorage.getItem("install") ?? "{}"), ...changes };
  localStorage.setItem("install", JSON.stringify(kept));
  return kept;
}

async function isTime() {
  const { first, said = 0, done } = notes();
  if (done || isInstalled() || Date.now() - said < PAUSE) return false;
  if (new Date(first).toDateString() !== new Date().toDateString()) return true;
  const captures = (await self.outbox?.list?.().catch(() => [])) ?? [];
  return captures.length >= ENOUGH;
}

let standing = null;

/** Show the hint if this is the moment: `prompt` is Android's, iOS has three steps instead. */
export async function consider(prompt = self.installPrompt) {
  if (standing || !(prompt || isApple) || document.querySelector("bottom-sheet, dialog[open]") || !(await isTime())) return;
  const place = document.getElementById("toast");
  // What was just done is said first.
  if (standing || place.firstElementChild) return;
  standing = (await pieces())(prompt ? "install-hint" : "install-steps");
  notes({ said: Date.now() });
  standing.querySelector("[data-dismiss]").addEventListener("click", () => standing.remove());
  standing.querySelector("[data-install]")?.addEventListener("click", async () => {
    standing.remove();
    await prompt.prompt();
    const { outcome } = await prompt.userChoice;
    if (outcome === "accepted") notes({ done: true });
  });
  place.replaceChildren(standing);
}

addEventListener("appinstalled", () => notes({ done: true }));
new BroadcastChannel("hamrah").addEventListener("message", ({ data }) => {
  // After the toast that says «saved».
  if (data.type === "outbox") setTimeout(consider, 12_000);
});
consider();
