// The only script a page names. Everything else waits until the page is seen: it must not cost the first paint.
async function start() {
  await Promise.all([import("../vendor/htmx-4.0.1.min.js"), import("./app.js")]);
}

// By the browser's own word, not by `load`: that comes before the paint on a quick line.
const painted = new Promise((done) => new PerformanceObserver(done).observe({ type: "paint", buffered: true }));
const shown = new Promise((done) => addEventListener("load", () => setTimeout(done, 1000)));
if (document.readyState === "complete") start();
else Promise.race([painted, shown]).then(start);
