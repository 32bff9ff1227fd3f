// Fetched when the page is seen (templates/_boot.js): nothing here may cost the first paint.
const pause = () => new Promise((done) => setTimeout(done));

// One after the other, with a breath between: together they would hold the first tap up.
await import("../vendor/htmx-4.0.1.min.js");
await pause();
await import("./app.js");

// The Persian face is shown from the page after the one that fetched it: a page never changes its lines while being read.
const { lang, dataset } = document.documentElement;
if (lang === "fa" && !("face" in dataset)) {
  const faces = await document.fonts.load("1rem Vazirmatn", "س");
  if (faces.length) document.cookie = "face=1; path=/; max-age=31536000; samesite=lax";
}
