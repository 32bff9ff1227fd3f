// Fills the form below from a contact: a file, or the text of a QR code. It is read on the phone, with a line or without.
import { addRow } from "../drafts.js";

const LISTS = { phones: "phone", emails: "email" };

class CardReader extends HTMLElement {
  connectedCallback() {
    if (this.form) return;
    this.form = this.querySelector("form");
    this.live = this.querySelector("[role=status]");
    this.form.elements.file.addEventListener("change", () => this.#read());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#read();
    });
  }

  async #read() {
    const { file, text } = this.form.elements;
    const [chosen] = file.files;
    const { MOST_BYTES, readCard } = await import("../vcard.js");
    const bytes = chosen ? await chosen.slice(0, MOST_BYTES + 1).arrayBuffer() : new TextEncoder().encode(text.value).buffer;
    const found = bytes.byteLength <= MOST_BYTES ? readCard(new Uint8Array(bytes)) : {};
    const isRead = Object.keys(found).length > 0;
    this.live.hidden = false;
    this.live.className = isRead ? "notice notice--good" : "error";
    this.live.textContent = isRead ? this.dataset.read : this.dataset.unread;
    file.value = "";
    if (!isRead) return;
    text.value = "";
    const form = document.querySelector("form[data-capture='lead.capture']");
    show(form, found);
    // What was read is a draft like what was typed.
    form.elements.name.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements.name.scrollIntoView({ block: "center" });
  }
}

/** Put what was found where nothing is yet: what somebody typed stays. */
function show(form, found) {
  for (const [name, value] of Object.entries(found)) {
    if (LISTS[name]) value.forEach((entry) => list(form, LISTS[name], entry));
    else if (!form.elements[name].value.trim()) form.elements[name].value = value;
  }
}

function list(form, name, { value, label }) {
  const all = () => [...form.querySelectorAll(`.labelled [name=${name}]`)];
  if (all().some((one) => one.value === value)) return;
  const field = all().find((one) => !one.value) ?? addRow(form, name);
  field.value = value;
  const choice = field.closest(".labelled").querySelector("select");
  if (label && ![...choice.options].some((one) => one.value === label)) choice.add(new Option(label, label));
  choice.value = label;
}

customElements.define("card-reader", CardReader);
