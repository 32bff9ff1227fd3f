// What an outcome usually leads to: preselects the next step and the stage, as long as the rep has not chosen himself.
import { changed } from "../drafts.js";
import { fetchPage } from "../pages.js";
import { stagePart } from "../kept-sheet.js";
import { bringUpToDate, check, offer, offerAfresh, sayWhy } from "../sheet-parts.js";

/** A sheet older than this no longer knows which meeting has just ended. */
const FRESH = 90 * 60_000;
const PLACES = ["search", "new"];

class CaptureSheet extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form:not([data-plain])"); // one that posted by itself says the same at the second tap
    if (!this.form || this.ready) return;
    this.ready = true;
    this.touched = new Set();
    this.form.addEventListener("change", (event) => this.#changed(event));
    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.form.addEventListener("capture:who", ({ detail }) => offer(this.form, detail));
    this.form.addEventListener("capture:draft", ({ detail }) => this.#given(detail));
    // Somebody quick has chosen before this is here.
    for (const target of changed(this.form)) this.#changed({ target, isTrusted: true });
    if (this.form.dataset.kept || Date.now() - new Date(this.form.dataset.madeAt) > FRESH) this.#update();
    if (new URLSearchParams(this.form.dataset.from).has("called")) sayWhy(this.form, this.form.dataset.called, "call");
    this.#say();
  }

  #changed({ target, isTrusted }) {
    this.touched.add(target.name);
    if (target.name === "who") this.#chosen(target, isTrusted);
    if (target.name === "outcome" && isTrusted) this.#follow(target.value);
    this.#say();
  }

  #chosen(target, isTrusted) {
    const isPlace = PLACES.includes(target.value);
    if (isTrusted) this.form.dataset.whoBy = isPlace ? target.value : target.closest("#found") ? "search" : "chip";
    if (!isPlace) this.#showStage(target.value);
    // These two cannot be answered without typing: the field is ready at once.
    else if (isTrusted) this.form.querySelector(target.value === "new" ? "[name=new_name]" : "[name=who_query]").focus();
  }

  #follow(outcome) {
    const rule = this.querySelector(`data[value^="${outcome} "]`);
    if (!rule) return;
    if (!this.touched.has("next_step")) check(this.form, "next_step", rule.dataset.suggested);
    const ahead = this.form.elements.stage_ahead?.value;
    const now = this.form.elements.stage_now?.value;
    if (this.touched.has("stage_id") || now === undefined) return;
    if (outcome === "lost") check(this.form, "stage_id", "closed");
    else check(this.form, "stage_id", (rule.dataset.moves && ahead) || now);
  }

  /** Say in words what the chosen chip means: «Call, Fri 27 Nov at 10:00». */
  #say() {
    const words = this.form.querySelector("#next-words");
    const step = this.form.querySelector("input[name=next_step]:checked")?.value;
    const outcome = this.form.querySelector("input[name=outcome]:checked")?.value ?? "interested";
    const rule = this.querySelector(`data[value="${outcome} ${step}"]`);
    // A sheet of another day counted from that day.
    if (words) words.textContent = this.form.dataset.kept ? "" : (rule?.textContent ?? "");
  }

  async #showStage(who, deal = "", wanted = "") {
    const place = this.form.querySelector("#capture-stage");
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
    const url = `/capture/stage?who=${encodeURIComponent(who)}`;
    const part = navigator.onLine && !deal ? await fetchPage(url, headers, 2500) : null;
    // Without the deal's stage the meeting can still be saved.
    place.replaceChildren(...(part ? part.body.children : await stagePart(this.form, who, deal)));
    this.touched.delete("stage_id");
    if (wanted) check(this.form, "stage_id", wanted);
    else this.#follow(this.form.querySelector("input[name=outcome]:checked")?.value);
  }

  /** What the address asks for, on a sheet that is of another day. */
  async #update() {
    const { outcome, person, deal } = await bringUpToDate(this.form, this.touched);
    if (outcome && !this.touched.has("outcome")) this.#follow(outcome);
    if (person && !this.touched.has("who")) await this.#showStage(person.ref, deal);
    this.#say();
  }

  #given(draft) {
    const { who, stage_id, deal_for } = Object.fromEntries(draft.values);
    for (const name of ["kind", "who", "outcome", "next_step"]) this.touched.add(name);
    if (who && !PLACES.includes(who) && deal_for !== who) this.#showStage(who, "", stage_id);
    offerAfresh(this.form);
    this.#say();
  }

  #submitted(event) {
    if (this.sent) return event.preventDefault();
    this.sent = true;
    event.submitter?.setAttribute("aria-busy", "true");
    addEventListener("pageshow", () => (this.sent = false), { once: true });
  }
}

customElements.define("capture-sheet", CaptureSheet);
