// Copies the link above it. Without a script the link can be selected by hand.
class CopyLink extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", () => this.#hand());
  }

  async #hand() {
    const field = this.closest("section").querySelector("[data-link]");
    const label = this.querySelector("span");
    try {
      await navigator.clipboard.writeText(field.value);
      label.textContent = this.dataset.copied;
    } catch {
      // No clipboard over plain http: mark it, so that one long press copies.
      field.focus();
      field.select();
    }
  }
}

customElements.define("copy-link", CopyLink);
