{
  const { src } = document.currentScript.dataset;
  const painted = new Promise((done) => new PerformanceObserver(done).observe({ type: "paint", buffered: true }));
  const loaded = new Promise((done) => addEventListener("load", () => setTimeout(done, 1000)));
  Promise.race([painted, loaded]).then(() => import(src));
}
