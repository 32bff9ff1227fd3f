// A month to tap on beneath a date field, Jalali or Gregorian. The field stays a text field and can be typed in.
import { Calendar } from "./calendar.js";

const DAY = 86_400_000;

class DatePicker extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    if (!this.input || this.panel) return;
    const root = document.documentElement;
    this.calendar = new Calendar(this.dataset.calendar ?? root.dataset.calendar, root.lang);
    this.panel = document.createElement("div");
    this.panel.className = "card calendar";
    this.panel.hidden = true;
    this.append(this.panel);
    this.input.addEventListener("focus", () => this.open());
    if (document.activeElement === this.input) this.open();
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.contains(event.relatedTarget)) this.panel.hidden = true;
    });
  }

  open() {
    this.chosen = this.calendar.read(this.input.value.trim());
    this.#draw(this.chosen ?? this.#today());
    this.panel.hidden = false;
  }

  #today() {
    const now = new Date();
    return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()));
  }

  #button(label, onClick, attributes = {}) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    for (const [name, value] of Object.entries(attributes)) button.setAttribute(name, value);
    button.addEventListener("click", onClick);
    return button;
  }

  #draw(date) {
    const days = this.calendar.month(date);
    const head = document.createElement("header");
    const title = document.createElement("b");
    title.textContent = this.calendar.title(date);
    title.setAttribute("aria-live", "polite");
    const [back, next] = document.documentElement.dir === "rtl" ? ["›", "‹"] : ["‹", "›"];
    const step = (to) => () => this.#draw(to);
    const before = new Date(days[0].getTime() - DAY);
    const after = new Date(days.at(-1).getTime() + DAY);
    head.append(
      this.#button(back, step(before), { "aria-label": this.calendar.title(before) }), title,
      this.#button(next, step(after), { "aria-label": this.calendar.title(after) }),
    );
    const grid = document.createElement("div");
    grid.className = "calendar__grid";
    for (const name of [...this.calendar.weekdays(), ...Array(this.calendar.offset(days[0])).fill("")]) {
      grid.append(Object.assign(document.createElement("span"), { textContent: name, ariaHidden: "true" }));
    }
    grid.append(...days.map((day) => this.#day(day)));
    this.panel.replaceChildren(head, grid);
  }

  #day(day) {
    const attributes = { "aria-label": this.calendar.long.format(day), "data-at": day.getTime() };
    if (day.getTime() === this.#today().getTime()) attributes["aria-current"] = "date";
    if (day.getTime() === this.chosen?.getTime()) attributes["aria-pressed"] = "true";
    return this.#button(this.calendar.digits(this.calendar.parts(day).day), () => this.#choose(day), attributes);
  }

  #choose(day) {
    this.input.value = this.calendar.text(day);
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.panel.hidden = true;
  }

  #key(event) {
    if (event.key === "Escape" && !this.panel.hidden) {
      event.stopPropagation();
      event.preventDefault();
      this.panel.hidden = true;
    }
    const at = Number(event.target.dataset?.at);
    const forward = document.documentElement.dir === "rtl" ? -1 : 1;
    const move = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: 7, ArrowUp: -7 }[event.key];
    if (!at || !move) return;
    event.preventDefault();
    const to = at + move * DAY;
    if (!this.panel.querySelector(`[data-at="${to}"]`)) this.#draw(new Date(to));
    this.panel.querySelector(`[data-at="${to}"]`)?.focus();
  }
}

customElements.define("date-picker", DatePicker);
