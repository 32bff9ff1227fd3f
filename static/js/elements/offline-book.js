// The page without signal: search over the book, open deals, where to log. What it shows never leaves this phone.
import { address, book, pieces, row } from "../lookup.js";

class OfflineBook extends HTMLElement {
  async connectedCallback() {
    const input = document.querySelector("main input[type=search]");
    input.form.addEventListener("submit", (event) => event.preventDefault());
    document.querySelector("[data-again]")?.addEventListener("click", (event) => {
      event.preventDefault();
      location.reload();
    });
    // Asked under another address, where a search was looked for.
    input.value ||= new URLSearchParams(location.search).get("q") ?? "";
    this.piece = await pieces();
    this.book = await book();
    this.part("empty").hidden = Boolean(this.book);
    if (!this.book) return;
    this.#deals();
    input.addEventListener("input", () => this.#look(input.value));
    this.#look(input.value);
  }

  part(name) {
    return this.querySelector(`[data-${name}]`);
  }

  #look(text) {
    const found = text.trim() ? this.book.people.find(text, 25) : [];
    this.part("found").replaceChildren(...found.map((one) => row(this.piece, one)));
    this.part("found").hidden = !found.length;
    this.part("nobody").hidden = Boolean(found.length) || !text.trim();
    this.part("deals").hidden = Boolean(text.trim()) || !this.book.deals?.length;
  }

  #deals() {
    const list = this.part("deals").querySelector("ul");
    for (const { id, name, account, amount_words: amount } of this.book.deals ?? []) {
      const line = row(this.piece, { ref: `deal:${id}`, name, sub: account || amount, initials: "", phone: "" });
      line.querySelector(".tile").remove();
      // Each in its own direction: a Latin name must not turn a Persian amount round.
      if (account && amount) line.querySelector(".row__sub").append(" · ", Object.assign(document.createElement("bdi"), { textContent: amount }));
      line.querySelector(".row__link").href = address(`deal:${id}`);
      list.append(line);
    }
  }
}

customElements.define("offline-book", OfflineBook);
