// What an outcome usually leads to: preselects the next step and the stage, as long as the rep has not chosen himself.
class CaptureSheet extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    if (!this.form || this.ready) return;
    this.ready = true;
    this.touched = new Set();
    this.form.addEventListener("change", (event) => this.#changed(event));
    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.#say();
  }

  #changed({ target, isTrusted }) {
    if (target.name === "next_step" || target.name === "stage_id") this.touched.add(target.name);
    if (target.name === "who" && !["search", "new"].includes(target.value)) this.#showStage(target.value);
    if (target.name === "outcome" && isTrusted) this.#follow(target.value);
    this.#say();
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
    if (words) words.textContent = rule?.textContent ?? "";
  }

  async #showStage(who) {
    const place = this.form.querySelector("#capture-stage");
    try {
      const answer = await fetch(`/capture/stage?who=${encodeURIComponent(who)}`, {
        headers: { "HX-Request": "true", "HX-Request-Type": "partial" },
        signal: AbortSignal.timeout(8000),
      });
      if (!answer.ok || answer.redirected) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...part.body.children);
      this.touched.delete("stage_id");
      const outcome = this.form.querySelector("input[name=outcome]:checked")?.value;
      if (outcome) this.#follow(outcome);
    } catch {
      place.replaceChildren(); // without the deal's stage the meeting can still be saved
    }
  }

  #submitted(event) {
    if (this.sent) return event.preventDefault();
    this.sent = true;
    event.submitter?.setAttribute("aria-busy", "true");
    addEventListener("pageshow", () => (this.sent = false), { once: true });
  }
}

customElements.define("capture-sheet", CaptureSheet);
