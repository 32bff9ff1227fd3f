// «On this phone: 2 · 4 min» at the header's end: what waits here, how long, and what needs a hand.
import { words } from "../toast.js";

const { lang } = document.documentElement;
const number = new Intl.NumberFormat(lang);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Return an age in the reader's words: «4 min», «۳ روز»; nothing under a minute. */
function age(since, now = Date.now()) {
  const span = now - new Date(since).getTime();
  const [unit, value] = span >= DAY ? ["day", span / DAY] : span >= HOUR ? ["hour", span / HOUR] : ["minute", span / 60_000];
  if (value < 1) return "";
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: unit === "minute" ? "short" : "long" }).format(Math.floor(value));
}

class SyncPill extends HTMLElement {
  #said = null;
  #soon = null;

  connectedCallback() {
    if (this.link) return;
    this.link = this.querySelector("a");
    this.status = this.querySelector("[role=status]");
    // Several changes in a row are drawn once, after what the person waits to see.
    self.outbox.onchange(() => (this.#soon ??= setTimeout(() => this.show(), 150)));
    document.addEventListener("htmx:after:swap", () => this.#place());
    document.addEventListener("visibilitychange", () => this.show());
    setInterval(() => this.show(), 60_000);
    this.show();
  }

  async show() {
    this.#soon = null;
    const { waiting, parked, oldest_at } = await self.outbox.counts();
    const since = oldest_at ? age(oldest_at) : "";
    const late = parked > 0 || (oldest_at && Date.now() - new Date(oldest_at).getTime() > DAY);
    const signIn = waiting && this.dataset.state === "sign-in";
    const counted = signIn ? words("signIn") : parked ? words("attention", number.format(parked)) : words("waiting", number.format(waiting));
    this.#tone(late ? "late" : "heat");
    if (waiting || parked) this.#say(since && !parked ? `${counted} · ${since}` : counted, counted);
    else this.#end();
  }

  #tone(tone) {
    this.link.className = `pill pill--${tone}`;
  }

  /** Show `text`; say aloud only what counts: the minutes pass in silence. */
  #say(text, aloud) {
    this.hidden = false;
    this.link.hidden = false;
    this.link.lastElementChild.textContent = text;
    if (this.#said !== aloud) this.status.textContent = aloud;
    this.#said = aloud;
    this.#place();
  }

  #end() {
    if (this.#said === null || this.link.hidden) return void (this.link.hidden = true);
    this.#tone("good");
    this.#say(words("done"), words("done"));
    this.#said = null;
    setTimeout(() => this.#said === null && (this.link.hidden = true), 2000);
  }

  /** At the header's end, before its button; a swapped page has a new header. */
  #place() {
    const head = document.querySelector("#main .pagehead, #main .pagebar");
    if (!head || this.link.hidden || this.link.parentElement === head) return;
    const button = head.querySelector(":scope > :is(.btn--icon, .menu, .tag):not(.pagebar__back)");
    head.insertBefore(this.link, button);
  }
}

customElements.define("sync-pill", SyncPill);
