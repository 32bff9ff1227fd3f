// Sound and pictures as small as they may be: a voice note at 32 kbit/s, a photo of 1600 px.
const SIDE = 1600;
const SOUNDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

/** Begin to record and return the recorder; `done` takes what was said once it stops. */
export async function record(done) {
  const sound = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = SOUNDS.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(sound, mimeType ? { mimeType, audioBitsPerSecond: 32_000 } : {});
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.addEventListener("stop", () => {
    for (const track of sound.getTracks()) track.stop();
    done(new Blob(parts, { type: recorder.mimeType.split(";")[0] }));
  });
  recorder.start(1000);
  return recorder;
}

/** Return a picture as a JPEG whose longer side is 1600 px at most. */
export async function smaller(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const by = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * by);
  canvas.height = Math.round(picture.height * by);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", 0.82));
}
