{
  const { src } = document.currentScript.dataset;
  const loaded = new Promise((done) => addEventListener("load", done));
  const late = loaded.then(() => new Promise((done) => setTimeout(done, 1000)));
  const painted = new Promise((done) => {
    const look = (seen) => seen.getEntriesByName("first-contentful-paint").length && done();
    new PerformanceObserver(look).observe({ type: "paint", buffered: true });
  });
  const start = () => import(src);
  Promise.all([loaded, Promise.race([painted, late])]).then(start);

  // What is saved before the scripts are there waits for them: without a line it would be lost, words and all.
  const held = new Map();
  const hold = (event) => {
    const { target: form, submitter } = event;
    const { capture, plain } = form.dataset;
    if (!capture || plain) return;
    // On its way by itself: nothing may change the id that it goes under.
    if (!navigator.serviceWorker?.controller) return void (form.elements.capture_id && (form.dataset.plain = "1"));
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!held.size) {
      start().catch(() => self.letGo(true));
      setTimeout(() => self.letGo(true), 4000);
    }
    held.set(form, submitter);
  };
  addEventListener("submit", hold, true);
  self.letGo = (plain) => {
    removeEventListener("submit", hold, true);
    for (const [form, submitter] of held) {
      if (plain && form.elements.capture_id) form.dataset.plain = "1";
      form.requestSubmit(submitter);
    }
    held.clear();
  };
}
