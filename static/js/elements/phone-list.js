// The lists of «On this phone», from the outbox: what waits, what was sent, what needs a hand and how to help it.
import { reasonOf } from "../captures.js";
import { ready } from "../offline.js";

const SHOWN = 20;
const { lang } = document.documentElement;
const number = new Intl.NumberFormat(lang);
/** Kinds whose form can be filled again from what was saved. */
const FORMS = { "activity.log": "/capture" };

class PhoneList extends HTMLElement {
  #most = SHOWN;

  async connectedCallback() {
    if (this.row) return;
    this.row = this.querySelector("#phone-row");
    this.outbox = await ready;
    if (!this.outbox) return this.#show({ unkept: !document.querySelector("[data-show=sign-in]:not([hidden])") });
    this.addEventListener("click", (event) => this.#tapped(event));
    this.outbox.onchange(() => this.draw());
    await this.draw();
    const { state } = await this.outbox.drain("tap");
    this.#show({ "sign-in": state === "sign-in" });
  }

  #show(which) {
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
    this.#group("sent", sent.slice(0, this.#most), sent.length);
    const waits = items.length > sent.length;
    this.#show({ waiting: waits, nothing: !waits, more: sent.length > this.#most, kept, loose: !kept });
    this.querySelector("[data-do=more]").textContent = this.#words("old", sent.length - this.#most);
  }

  #words(name, value) {
    return (this.dataset[name] ?? "").replace("{}", typeof value === "number" ? number.format(value) : value);
  }

  #group(state, items, count = items.length) {
    const group = this.querySelector(`[data-state=${state}]`);
    group.hidden = !items.length;
    group.querySelector(".section span").textContent = number.format(count);
    group.querySelector("ul").replaceChildren(...items.map((item) => this.#item(item)));
  }

  #item(item) {
    const row = this.row.content.cloneNode(true).firstElementChild;
    row.dataset.id = item.id;
    row.querySelector("bdi").textContent = item.label || item.kind;
    row.querySelector(".row__sub").textContent = this.#says(item);
    const cures = row.querySelector(".cluster");
    cures.hidden = item.state !== "parked";
    if (cures.hidden) return row;
    const edit = cures.querySelector("[data-do=edit]");
    cures.querySelector("[data-do=without-deal]").hidden = item.said?.can_drop !== "deal" || !item.body?.deal;
    edit.hidden = !FORMS[item.kind];
    edit.dataset.id = item.id;
    return row;
  }

  #says(item) {
    const when = (at) => this.#ago(at);
    if (item.state === "parked") return reasonOf(item);
    if (item.state === "queued") {
      const tried = item.tries > 1 ? this.#words("tries", item.tries) : this.dataset.waiting;
      return `${this.#words("savedAt", when(item.captured_at))} · ${tried}`;
    }
    const more = item.blobs ? ` · ${this.#words("blobs", item.blobs)}` : "";
    if (["conflict", "merged"].includes(item.verdict)) return this.#words("merged", reasonOf(item)) + more;
    return this.#words("sentAt", when(item.sent_at)) + more;
  }

  #ago(at) {
    const seconds = (new Date(at) - Date.now()) / 1000;
    const [unit, size] = seconds < -86_400 ? ["day", 86_400] : seconds < -3600 ? ["hour", 3600] : ["minute", 60];
    if (seconds > -60) return this.dataset.now;
    return new Intl.RelativeTimeFormat(lang, { numeric: "always" }).format(Math.ceil(seconds / size), unit);
  }

  async #tapped(event) {
    const button = event.target.closest("[data-do]");
    const id = button?.closest("[data-id]")?.dataset.id;
    const act = button && this.#acts[button.dataset.do];
    if (!act) return;
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    try {
      await act.call(this, id);
    } finally {
      button.removeAttribute("aria-busy");
      await this.draw();
    }
  }

  #acts = {
    async drain() {
      const { state } = await this.outbox.drain("tap");
      this.#show({ "sign-in": state === "sign-in" });
    },
    async retry(id) {
      // The server keeps its answer under this id: what is tried again goes under a new one.
      const item = await this.#item_of(id);
      await this.outbox.supersede(id, item.body);
      await this.outbox.drain("tap");
    },
    async "without-deal"(id) {
      const { deal, deal_id, ...body } = (await this.#item_of(id)).body;
      await this.outbox.supersede(id, body);
      await this.outbox.drain("tap");
    },
    async archive(id) {
      await this.outbox.archive(id);
    },
    async edit(id) {
      const { editAgain } = await import("../edit-again.js");
      await editAgain(this.outbox, await this.#item_of(id));
    },
    async export() {
      const text = await this.outbox.exportText();
      const file = new File([text], `${this.dataset.name}.txt`, { type: "text/plain" });
      if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file] }).catch(() => {});
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: file.name });
      link.click();
    },
    more() {
      this.#most += 100;
    },
  };

  async #item_of(id) {
    return (await this.outbox.list()).find((item) => item.id === id);
  }
}

customElements.define("phone-list", PhoneList);
