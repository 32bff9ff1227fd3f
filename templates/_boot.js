{
  const { src } = document.currentScript.dataset;
  const loaded = new Promise((done) => addEventListener("load", done));
  const late = loaded.then(() => new Promise((done) => setTimeout(done, 1000)));
  const painted = new Promise((done) => {
    const look = (seen) => seen.getEntriesByName("first-contentful-paint").length && done();
    new PerformanceObserver(look).observe({ type: "paint", buffered: true });
  });
  Promise.all([loaded, Promise.race([painted, late])]).then(() => import(src));
}
