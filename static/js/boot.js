// The only script a page names. Everything else waits until the page stands: it must not cost the first paint.
async function start() {
  await Promise.all([import("../vendor/htmx-4.0.1.min.js"), import("./app.js")]);
}

// A frame after `load`, so that what the phone paints first does not share its line with scripts.
const soon = () => requestAnimationFrame(() => setTimeout(start));
if (document.readyState === "complete") start();
else addEventListener("load", soon, { once: true });
