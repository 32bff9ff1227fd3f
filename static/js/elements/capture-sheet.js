// What an outcome usually leads to: preselects the next step and the stage, as long as the rep has not chosen himself.
import { fetchPage } from "../pages.js";
import { stagePart, whoIs } from "../kept-sheet.js";

/** A sheet older than this no longer knows which meeting has just ended. */
const FRESH = 90 * 60_000;

class CaptureSheet extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    if (!this.form || this.ready) return;
    this.ready = true;
    this.touched = new Set();
    this.form.addEventListener("change", (event) => this.#changed(event));
    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.form.addEventListener("capture:who", ({ detail }) => this.#offer(detail));
    this.form.addEventListener("capture:draft", ({ detail }) => this.#given(detail));
    if (this.form.dataset.kept === "cache" || Date.now() - new Date(this.form.dataset.madeAt) > FRESH) this.#outdated();
    if (new URLSearchParams(this.form.dataset.from).has("called")) this.#reason(this.form.dataset.called, "call");
    this.#say();
  }

  #changed({ target, isTrusted }) {
    if (target.name === "next_step" || target.name === "stage_id") this.touched.add(target.name);
    if (target.name === "who") this.#chosen(target, isTrusted);
    if (target.name === "outcome" && isTrusted) this.#follow(target.value);
    this.#say();
  }

  #chosen(target, isTrusted) {
    const isPlace = ["search", "new"].includes(target.value);
    if (isTrusted) this.form.dataset.whoBy = isPlace ? target.value : target.closest("#found") ? "search" : "chip";
    if (!isPlace) this.#showStage(target.value);
    // These two cannot be answered without typing: the field is ready at once.
    else if (isTrusted) this.form.querySelector(target.value === "new" ? "[name=new_name]" : "[name=who_query]").focus();
  }

  #rules(outcome) {
    return [...this.querySelectorAll("data")].filter((rule) => rule.value.startsWith(`${outcome} `));
  }

  #check(name, value) {
    for (const input of this.form.querySelectorAll(`input[name="${name}"]`)) input.checked = input.value === value;
  }

  #follow(outcome) {
    const [rule] = this.#rules(outcome);
    if (!rule) return;
    if (!this.touched.has("next_step")) this.#check("next_step", rule.dataset.suggested);
    const ahead = this.form.elements.stage_ahead?.value;
    const now = this.form.elements.stage_now?.value;
    if (this.touched.has("stage_id") || now === undefined) return;
    if (outcome === "lost") this.#check("stage_id", "closed");
    else this.#check("stage_id", (rule.dataset.moves && ahead) || now);
  }

  /** Say in words what the chosen chip means: «Call, Fri 27 Nov at 10:00». */
  #say() {
    const words = this.form.querySelector("#next-words");
    const step = this.form.querySelector("input[name=next_step]:checked")?.value;
    const outcome = this.form.querySelector("input[name=outcome]:checked")?.value ?? "interested";
    const rule = this.#rules(outcome).find((each) => each.value === `${outcome} ${step}`);
    // A sheet of another day counted from that day.
    if (words) words.textContent = this.form.dataset.kept ? "" : (rule?.textContent ?? "");
  }

  async #showStage(who, deal = "") {
    const place = this.form.querySelector("#capture-stage");
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
    const url = `/capture/stage?who=${encodeURIComponent(who)}`;
    const part = navigator.onLine && !deal ? await fetchPage(url, headers, 2500) : null;
    // Without the deal's stage the meeting can still be saved.
    place.replaceChildren(...(part ? part.body.children : await stagePart(this.form, who, deal)));
    this.touched.delete("stage_id");
    if (this.wanted) this.#check("stage_id", this.wanted);
    else this.#follow(this.form.querySelector("input[name=outcome]:checked")?.value);
    this.wanted = null;
  }

  /** A sheet from the phone: who it is about comes from the address and the book, not from that day. */
  async #outdated() {
    const asked = new URLSearchParams(this.form.dataset.from || location.search);
    this.form.dataset.kept ??= "old";
    if (!asked.has("activity_id")) {
      this.form.elements.activity_id?.remove();
      this.#check("who", "");
      this.form.querySelector("fieldset small")?.remove();
    }
    for (const name of ["kind", "outcome"]) if (asked.get(name)) this.#choose(name, asked.get(name));
    const shared = ["title", "text", "url"].map((name) => asked.get(name)).filter(Boolean);
    this.form.elements.note.value ||= shared.join("\n");
    const person = await whoIs(asked);
    if (person) {
      this.#offer(person);
      this.#check("who", person.ref);
      await this.#showStage(person.ref, asked.get("deal_id") ?? "");
    }
  }

  #choose(name, value) {
    if (name === "kind") this.form.elements.kind.value = value;
    else this.#check(name, value);
    if (name === "outcome") this.#follow(value);
    this.#say();
  }

  /** Have a chip for `ref`, in the first place of the chips. */
  #offer({ ref, name }) {
    if (this.form.querySelector(`[name=who][value="${CSS.escape(ref)}"]`)) return;
    const chip = document.createElement("label");
    const words = Object.assign(document.createElement("span"), { textContent: name });
    words.dataset.text = name;
    chip.className = "chip";
    chip.append(Object.assign(document.createElement("input"), { type: "radio", name: "who", value: ref }), words);
    this.form.querySelector(".chips").prepend(chip);
  }

  #given(draft) {
    const said = Object.fromEntries(draft.values);
    this.touched = new Set(["next_step"]);
    this.wanted = said.stage_id;
    const isPlace = ["search", "new"].includes(said.who);
    if (said.who && !isPlace && said.deal_for !== said.who) this.#showStage(said.who);
    this.#afresh();
    this.#say();
  }

  /** The words of a draft came back: say so, and offer an empty sheet. */
  #afresh() {
    const line = document.createElement("p");
    line.className = "sheet__draft";
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--bare" });
    button.textContent = this.form.dataset.afresh;
    button.addEventListener("click", () => this.form.dispatchEvent(new CustomEvent("capture:afresh")));
    line.append(this.form.dataset.draft, button);
    this.form.prepend(line);
  }

  #reason(text, by) {
    const label = this.form.querySelector(".sheet__label");
    label.querySelector("small")?.remove();
    label.append(Object.assign(document.createElement("small"), { textContent: text }));
    this.form.dataset.whoBy = by;
  }

  #submitted(event) {
    if (event.defaultPrevented) return;
    if (this.sent) return event.preventDefault();
    this.sent = true;
    event.submitter?.setAttribute("aria-busy", "true");
    addEventListener("pageshow", () => (this.sent = false), { once: true });
  }
}

customElements.define("capture-sheet", CaptureSheet);
