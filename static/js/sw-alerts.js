// The worker's part in alerts: shows them, says that it did, and does what their buttons say (docs/adr/0016).
// Taken in by sw.js, whose names it uses.
(() => {
  const RECEIPTS = "/api/v1/receipts";
  const MOST_TOLD = 100;

  addEventListener("push", (event) => event.waitUntil(pushed(event)));
  addEventListener("notificationclick", (event) => event.waitUntil(clicked(event)));
  addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewed(event)));
  addEventListener("sync", (event) => event.waitUntil(send()));
  addEventListener("message", (event) => {
    const does = MESSAGES[event.data?.type];
    if (does) event.waitUntil(does(event.data).catch(() => null));
  });

  const MESSAGES = {
    // Said at each start of a page: what could not be told before goes now.
    alerts: async ({ subscription }) => {
      if (subscription !== (await state()).subscription) await remember({ subscription });
      await send();
    },
    "alert-opened": (data) => note("opened", data),
    "alert-act": ({ action, alert, label }) => act(action, alert, label),
    // Another may take this phone up: nothing of the one before stays on its screen.
    forget: async () => {
      (await state()).told = [];
      navigator.clearAppBadge?.().catch(() => null);
      for (const shown of await registration.getNotifications()) shown.close();
    },
  };

  function read(event) {
    try {
      return event.data.json().notification;
    } catch {
      // Systems that read it themselves hand on what they would show.
      return event.notification;
    }
  }

  async function pushed(event) {
    const said = read(event);
    // First of all: after three that show nothing an iPhone takes the permission back.
    await show(said).catch(unknown);
    if (!said) return;
    if (said.app_badge >= 0) navigator.setAppBadge?.(said.app_badge).catch(() => null);
    channel.postMessage({ type: "alert", unseen: said.app_badge });
    // The tap finds the page here, with a line and without.
    await Promise.allSettled([note("shown", said.data), fetchKept(addressOf(said.navigate).href)]);
  }

  async function show({ title, body, lang, dir, tag, navigate, actions, data }, more) {
    const buttons = (actions ?? []).map((one) => ({ action: one.action, title: one.title }));
    const how = { body, lang, dir, tag, renotify: Boolean(tag), actions: buttons, icon: `${OURS}icons/icon-192.png` };
    await registration.showNotification(title, { ...how, data: { ...data, navigate }, ...more });
  }

  const unknown = async () => registration.showNotification(await words("new"), { tag: "unknown" });

  // In the language of who reads here, from the page without signal.
  async function words(name) {
    const page = await caches.match("/offline", same).then((found) => found?.text()).catch(() => null);
    return new RegExp(`data-alert-${name}="([^"]+)"`).exec(page ?? "")?.[1] ?? "Hamrah";
  }

  async function clicked({ action, notification }) {
    const { title, lang, dir, tag, data } = notification;
    notification.close();
    if (action in DONE) {
      try {
        const settled = act(action, data, title);
        await settled.kept;
        const body = await words(action);
        await show({ title, body, lang, dir, tag, navigate: data.navigate, data }, { silent: true, renotify: false });
        return await settled;
      } catch {
        // Nobody is signed in, or the phone is full: the page says so.
      }
    }
    await turnTo(data?.navigate, action === "call" ? "#call" : "");
    await note("opened", data);
  }

  /** Return an address of ours, the day's page for any other. */
  function addressOf(to) {
    try {
      const url = new URL(to, location.origin);
      // Who opened it says this worker.
      if (url.searchParams.has("alert")) url.searchParams.delete("alert");
      if (url.origin === location.origin && url.protocol === location.protocol) return url;
    } catch {}
    return new URL("/today", location.origin);
  }

  async function turnTo(to, hash) {
    const { href } = Object.assign(addressOf(to), hash && { hash });
    const [page] = await clients.matchAll({ type: "window" });
    await page?.focus().catch(() => null);
    if (!(await page?.navigate(href).catch(() => null))) await clients.openWindow(href).catch(() => null);
  }

  // --- what a button does: one capture --------------------------------------------------------------

  const about = ({ lead_id, contact_id, account_id, deal_id }) => ({ lead_id, contact_id, account_id, deal: deal_id && { id: deal_id } });
  /** The capture of each button; one without is only told. */
  const DONE = {
    done: (alert) =>
      alert.activity_id
        ? ["followup.complete", { activity_id: alert.activity_id, done: true }]
        : ["activity.log", { ...about(alert), kind: "message" }],
    interested: (alert) => {
      const kind = alert.kind === "meeting_ended" ? "meeting" : "call";
      return ["activity.log", { ...about(alert), kind, outcome: "interested", planned_id: kind === "meeting" ? alert.activity_id : undefined }];
    },
    snooze: null,
    called: null,
  };

  /** Do what a button says; `kept` of what is returned is when the phone has it for sure. */
  function act(action, alert, label) {
    const kept = keepCapture(DONE[action]?.(alert), label);
    const settled = kept.then((isCapture) => Promise.allSettled([isCapture && sendCapture(), tellOutcome(action, alert)]));
    return Object.assign(settled, { kept });
  }

  async function keepCapture(capture, label) {
    if (!capture) return false;
    const [kind, body] = capture;
    await self.outbox.put({ id: self.outbox.id(), kind, body, label });
    return true;
  }

  async function sendCapture() {
    const { state: end, waiting } = await self.outbox.drain("tap");
    if (end === "sent") await remember({ written: Date.now() });
    if (waiting) await registration.sync?.register("outbox");
  }

  const tellOutcome = (action, { alert }) =>
    action === "snooze" ? tell(`/api/v1/alerts/${alert}/snooze`, {}) : tell(`/api/v1/alerts/${alert}/outcome`, { outcome: action });

  // --- what the server is told, now or when there is a line -----------------------------------------

  async function note(kind, data) {
    if (!data?.alert) return;
    const { subscription } = await state();
    const receipt = { alert: data.alert, kind, at: new Date().toISOString(), subscription: data.subscription ?? subscription };
    await tell(RECEIPTS, { receipts: [receipt] });
  }

  async function tell(path, said) {
    const all = await state();
    all.told = [...(all.told ?? []), [path, said]].slice(-MOST_TOLD);
    await remember({}).catch(() => null);
    await send();
  }

  let sending = null;
  const send = () => (sending ??= pump().finally(() => (sending = null)));

  async function pump() {
    for (let first; ([first] = (await state()).told ?? []), first; ) {
      if (!(await isTold(...first))) return void registration.sync?.register("alerts").catch(() => null);
      const all = await state();
      all.told = all.told.filter((one) => one !== first);
      await remember({}).catch(() => null);
    }
  }

  /** Whether the server has it, or will never take it. A portal's 200 is not ours. */
  async function isTold(path, said) {
    const headers = { "Content-Type": "application/json" };
    const asked = { method: "POST", headers, body: JSON.stringify(said), redirect: "error", signal: AbortSignal.timeout(HUNG) };
    const answer = await fetch(path, asked).catch(() => null);
    return Boolean(answer?.headers.has("Content-Security-Policy")) && ![401, 429].includes(answer.status) && answer.status < 500;
  }

  // Not on iPhones: there the page sees to it at its next start.
  async function renewed({ oldSubscription, newSubscription }) {
    const made = newSubscription ?? (oldSubscription && (await registration.pushManager.subscribe(oldSubscription.options)));
    if (made) await tell("/api/v1/push/subscriptions", made.toJSON());
  }
})();
