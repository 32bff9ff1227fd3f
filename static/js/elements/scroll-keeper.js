// Back to a list returns to the same place, with the rows that were loaded on.
// Kept for this visit in memory of the history entry only: no customer data is stored.
const KEY = "scroll";

class ScrollKeeper extends HTMLElement {
  connectedCallback() {
    addEventListener("pagehide", this.#keep);
    this.#return();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.#keep);
  }

  get #scroller() {
    const pane = this.closest(".pane");
    return pane && getComputedStyle(pane).overflowY === "auto" ? pane : document.scrollingElement;
  }

  #keep = () => {
    const rows = this.querySelectorAll("li").length;
    history.replaceState({ ...history.state, [KEY]: { top: this.#scroller.scrollTop, rows } }, "");
  };

  async #return() {
    const kept = history.state?.[KEY];
    const [entry] = performance.getEntriesByType("navigation");
    if (!kept || entry?.type === "navigate") return;
    // Load on, at most ten pages, until as many rows stand there as when it was left.
    for (let pages = 0; pages < 10 && this.querySelectorAll("li").length < kept.rows; pages += 1) {
      if (!(await this.#loadMore())) break;
    }
    this.#scroller.scrollTop = kept.top;
  }

  #loadMore() {
    const link = this.querySelector(".pager a");
    if (!link) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = () => resolve(true);
      document.addEventListener("htmx:after:swap", done, { once: true });
      setTimeout(() => resolve(false), 5000);
      link.click();
    });
  }
}

customElements.define("scroll-keeper", ScrollKeeper);
