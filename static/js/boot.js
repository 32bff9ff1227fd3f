// Fetched when the page is seen (templates/_boot.js): nothing here may cost the first paint.
const pause = () => new Promise((done) => setTimeout(done));

// One after the other, with a breath between: together they would hold the first tap up.
async function start() {
  await import("../vendor/htmx-4.0.1.min.js");
  await pause();
  await import("./app.js");
  await pause();
  await import("./offline.js");
  await fetchFace();
}

// The Persian face is shown from the page after the one that fetched it: a page never changes its lines while being read.
async function fetchFace() {
  const { lang, dataset } = document.documentElement;
  if (lang !== "fa" || "face" in dataset) return;
  const faces = await document.fonts.load("1rem Vazirmatn", "س");
  if (faces.length) document.cookie = "face=1; path=/; max-age=31536000; samesite=lax";
}

start();
