// A photo or a voice note beside the words. They follow the capture; saving never waits for them.
import { ready } from "../offline.js";
import { stateOf } from "../drafts.js";

const LONGEST = 120_000;
const SIDE = 1600;
const SOUNDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const clock = new Intl.NumberFormat(document.documentElement.lang, { minimumIntegerDigits: 2 });
const digit = new Intl.NumberFormat(document.documentElement.lang);

class NoteBlobs extends HTMLElement {
  async connectedCallback() {
    if (this.mic) return;
    this.mic = this.querySelector(".blobs__mic");
    this.live = this.querySelector(".blobs__live");
    this.outbox = await ready;
    if (!this.outbox) return;
    this.hidden = false;
    this.querySelector("input[type=file]").addEventListener("change", (event) => this.#photo(event.target));
    this.mic.hidden = !self.MediaRecorder || !navigator.mediaDevices;
    this.mic.addEventListener("click", () => (this.recorder ? this.recorder.stop() : this.#record()));
  }

  disconnectedCallback() {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

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
    let sound;
    try {
      sound = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this.live.textContent = this.dataset.refused;
      return;
    }
    const mimeType = SOUNDS.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(sound, mimeType ? { mimeType, audioBitsPerSecond: 32_000 } : {});
    const parts = [];
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("stop", () => {
      for (const track of sound.getTracks()) track.stop();
      this.#stopped();
      this.#add(new Blob(parts, { type: recorder.mimeType.split(";")[0] }), "voice");
    });
    recorder.start(1000);
    this.recorder = recorder;
    this.#recording();
  }

  /** Resolves when nothing is being recorded any more: Save takes along what was said. */
  finish() {
    if (!this.recorder) return Promise.resolve();
    const stopped = new Promise((done) => this.recorder.addEventListener("stop", () => setTimeout(done)));
    this.recorder.stop();
    return stopped;
  }

  #recording() {
    const words = this.mic.querySelector("span");
    this.words = words.textContent;
    words.textContent = this.mic.dataset.stop;
    this.mic.classList.add("is-recording");
    const began = Date.now();
    const tell = () => {
      const seconds = Math.floor((Date.now() - began) / 1000);
      this.live.textContent = `${this.dataset.voice} ${digit.format(Math.floor(seconds / 60))}:${clock.format(seconds % 60)}`;
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

  #add(blob, kind) {
    const { blobs } = stateOf(this.closest("form"), this.outbox);
    const kept = { id: this.outbox.id(), kind, type: blob.type, blob };
    blobs.push(kept);
    const item = document.createElement("span");
    item.className = "blobs__one";
    const shown = document.createElement(kind === "photo" ? "img" : "audio");
    Object.assign(shown, { src: URL.createObjectURL(blob), controls: kind === "voice", alt: this.dataset.photo });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--icon", textContent: "×" });
    remove.setAttribute("aria-label", this.dataset.remove.replace("{}", this.dataset[kind]));
    remove.addEventListener("click", () => {
      blobs.splice(blobs.indexOf(kept), 1);
      URL.revokeObjectURL(shown.src);
      item.remove();
    });
    item.append(shown, remove);
    this.querySelector(".blobs").append(item);
  }
}

/** Return a picture as a JPEG whose longer side is 1600 px at most. */
async function smaller(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const by = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * by);
  canvas.height = Math.round(picture.height * by);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", 0.82));
}

customElements.define("note-blobs", NoteBlobs);
