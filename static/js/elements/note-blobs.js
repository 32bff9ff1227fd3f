// A photo or a voice note beside the words. They follow the capture; saving never waits for them.
import { stateOf } from "../drafts.js";
import { record, smaller } from "../recording.js";
import { ready } from "../offline.js";

const LONGEST = 120_000;
const clock = new Intl.NumberFormat(document.documentElement.lang, { minimumIntegerDigits: 2 });
const digit = new Intl.NumberFormat(document.documentElement.lang);

class NoteBlobs extends HTMLElement {
  async connectedCallback() {
    if (this.live) return;
    [this.mic, this.live] = [".blobs__mic", ".blobs__live"].map((name) => this.querySelector(name));
    if (!(this.outbox = await ready)) return;
    this.hidden = false;
    this.querySelector("input[type=file]").addEventListener("change", (event) => this.#photo(event.target));
    this.mic?.toggleAttribute("hidden", !self.MediaRecorder || !navigator.mediaDevices);
    this.mic?.addEventListener("click", () => (this.recorder ? this.recorder.stop() : this.#record()));
  }

  disconnectedCallback() { this.recorder?.stop(); }

  async #photo(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    try {
      this.#add(await smaller(file), "photo");
      this.live.textContent = "";
    } catch {
      this.live.textContent = this.dataset.big;
    }
  }

  async #record() {
    try {
      this.recorder = await record((blob) => {
        this.#stopped();
        this.#add(blob, "voice");
      });
      this.#recording();
    } catch {
      this.live.textContent = this.dataset.refused;
    }
  }

  /** Resolves when nothing is being recorded any more: Save takes along what was said. */
  finish() {
    if (!this.recorder) return Promise.resolve();
    const stopped = new Promise((done) => this.recorder.addEventListener("stop", () => setTimeout(done)));
    this.recorder.stop();
    return stopped;
  }

  #recording() {
    this.words = this.mic.textContent;
    this.mic.querySelector("span").textContent = this.mic.dataset.stop;
    this.mic.classList.add("is-recording");
    const began = Date.now();
    const tell = () => {
      const seconds = (Date.now() - began) / 1000;
      this.live.textContent = `${this.dataset.voice} ${digit.format(Math.floor(seconds / 60))}:${clock.format(Math.floor(seconds % 60))}`;
      if (Date.now() - began >= LONGEST) this.recorder?.stop();
    };
    tell();
    this.ticking = setInterval(tell, 1000);
  }

  #stopped() {
    clearInterval(this.ticking);
    this.recorder = null;
    this.live.textContent = "";
    this.mic.classList.remove("is-recording");
    this.mic.querySelector("span").textContent = this.words;
  }

  #free({ length }) { (this.closest("form").elements[this.dataset.frees] ?? {}).required = !length; } // typed later

  #add(blob, kind) {
    const { blobs } = stateOf(this.closest("form"), this.outbox);
    const kept = { id: this.outbox.id(), kind, type: blob.type, blob };
    blobs.push(kept);
    this.#free(blobs);
    const item = Object.assign(document.createElement("span"), { className: "blobs__one" });
    const looks = { src: URL.createObjectURL(blob), controls: kind === "voice", alt: this.dataset.photo };
    const shown = Object.assign(document.createElement(kind === "photo" ? "img" : "audio"), looks);
    const ariaLabel = this.dataset.remove.replace("{}", this.dataset[kind]);
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--icon", textContent: "×", ariaLabel });
    remove.addEventListener("click", () => {
      blobs.splice(blobs.indexOf(kept), 1);
      this.#free(blobs);
      URL.revokeObjectURL(shown.src);
      item.remove();
    });
    item.append(shown, remove);
    this.querySelector(".blobs").append(item);
  }
}

customElements.define("note-blobs", NoteBlobs);
