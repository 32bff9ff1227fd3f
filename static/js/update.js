// What the worker says to the page: a newer build waits, or this page is different on the server by now.
import { mayReplace, put } from "./refresh.js";

const HOUR = 3_600_000;
const same = { ignoreVary: true };
const isBusy = () => Boolean(document.querySelector("bottom-sheet, dialog[open], details[open], [aria-busy=true]"));

/** Offer a build that waits to take over; look for one when the phone is taken up again. */
export function watch(registration) {
  const { serviceWorker } = navigator;
  const offer = () => registration.waiting && serviceWorker.controller && say(registration);
  let looked = Date.now();
  offer();
  const follow = () => registration.installing?.addEventListener("statechange", offer);
  // It may have been found before this page could listen.
  follow();
  registration.addEventListener("updatefound", follow);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - looked < HOUR) return;
    looked = Date.now();
    registration.update().catch(() => {});
  });
}

let offered = false;

async function say(registration) {
  if (offered) return;
  offered = true;
  const { pieces } = await import("./lookup.js");
  const toast = (await pieces())("update-ready");
  toast.querySelector("button").addEventListener("click", () => {
    if (isBusy()) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage({ type: "update" });
  });
  const place = document.getElementById("toast");
  const isFree = () => !place.firstElementChild || getComputedStyle(place.firstElementChild).visibility === "hidden";
  const show = () => {
    if (isFree() && !isBusy()) place.replaceChildren(toast);
  };
  show();
  // Another toast may stand there, or take its place.
  setInterval(show, 2000);
}

const here = () => location.href.replace(/#.*/, "");

/** Show what the server has by now in place of what the phone had, where nobody is in the middle of something. */
async function renew() {
  const kept = await caches.match(here(), same);
  const main = document.getElementById("main");
  if (!kept || isBusy() || history.state?.pane || scrollY > innerHeight) return;
  if (main.querySelector("form.form, form.sheet") || main.contains(document.activeElement) || !mayReplace(main)) return;
  const page = new DOMParser().parseFromString(await kept.text(), "text/html");
  const fresh = page.getElementById("main");
  if (fresh && fresh.innerHTML !== main.innerHTML) put(main, ...fresh.childNodes);
}

/** Go where the server says, once: the page is gone, or the session is over. */
function leave() {
  const key = `gone ${here()}`;
  if (isBusy() || sessionStorage.getItem(key)) return;
  sessionStorage.setItem(key, "1");
  location.reload();
}

new BroadcastChannel("hamrah").addEventListener("message", ({ data }) => {
  if (data.type !== "page" || data.url !== here()) return;
  if (data.gone) leave();
  else renew();
});

// The worker may have been quicker than this script.
const shown = new MessageChannel();
shown.port1.onmessage = async ({ data }) => {
  const kept = data.at && (await caches.match(here(), same));
  if (kept && Number(kept.headers.get("X-Kept-At")) > data.at) renew();
};
navigator.serviceWorker.controller?.postMessage({ type: "age" }, [shown.port2]);
