// The lists of «On this phone», from the outbox: what waits, what was sent, what needs a hand and how to help it.
import { ready } from "../offline.js";
import { CURES, phoneRow } from "../phone-rows.js";

const SHOWN = 20;
const { lang } = document.documentElement;
const number = new Intl.NumberFormat(lang);

class PhoneList extends HTMLElement {
  most = SHOWN;

  async connectedCallback() {
    if (this.row) return;
    this.row = this.querySelector("#phone-row");
    this.outbox = await ready;
    if (!this.outbox) return this.show({ unkept: !document.querySelector("[data-show=sign-in]:not([hidden])") });
    this.addEventListener("click", (event) => this.#tapped(event));
    this.outbox.onchange(() => this.draw());
    await this.draw();
    const { state } = await this.outbox.drain("tap");
    this.show({ "sign-in": state === "sign-in" });
  }

  show(which) {
    for (const [name, is] of Object.entries(which)) {
      for (const part of this.querySelectorAll(`[data-show="${name}"]`)) part.hidden = !is;
    }
  }

  async draw() {
    const items = await this.outbox.list();
    const kept = (await navigator.storage?.persisted?.()) || matchMedia("(display-mode: standalone)").matches;
    const of = (state) => items.filter((item) => item.state === state);
    const sent = of("sent");
    this.#group("parked", of("parked"));
    this.#group("queued", of("queued").reverse());
    this.#group("sent", sent.slice(0, this.most), sent.length);
    const waits = items.length > sent.length;
    this.show({ waiting: waits, nothing: !waits, more: sent.length > this.most, kept, loose: !kept });
    this.querySelector("[data-do=more]").textContent = this.words("old", sent.length - this.most);
  }

  words(name, value) {
    return (this.dataset[name] ?? "").replace("{}", typeof value === "number" ? number.format(value) : value);
  }

  #group(state, items, count = items.length) {
    const group = this.querySelector(`[data-state=${state}]`);
    group.hidden = !items.length;
    group.querySelector(".section span").textContent = number.format(count);
    group.querySelector("ul").replaceChildren(...items.map((item) => phoneRow(this, item)));
  }

  async #tapped(event) {
    const button = event.target.closest("[data-do]");
    const id = button?.closest("[data-id]")?.dataset.id;
    const act = button && CURES[button.dataset.do];
    if (!act) return;
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    try {
      await act(this, id);
    } finally {
      button.removeAttribute("aria-busy");
      await this.draw();
    }
  }

  item(id) {
    return this.outbox.one(id);
  }
}

customElements.define("phone-list", PhoneList);
