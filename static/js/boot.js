// The only script a page names. Everything else waits for `load`: it must not cost the first paint.
async function start() {
  await Promise.all([import("../vendor/htmx-4.0.1.min.js"), import("./app.js")]);
}

if (document.readyState === "complete") start();
else addEventListener("load", start, { once: true });
