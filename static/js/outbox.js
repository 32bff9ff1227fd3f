// The phone's outbox: a capture stays here, stored twice, until the server has named it in an answer.
// A classic script: the page takes it by a tag, the service worker by importScripts. docs/adr/0015-outbox.md
(() => {
  const SECOND = 1000, DAY = 86400 * SECOND;
  const FIRST = 5, MOST = 20, MOST_BYTES = 240_000, MOST_ASKED = 1000, CHUNK = 262_144;
  const KEPT = 30 * DAY, BOOK_KEPT = 7 * DAY, LONGEST_PAUSE = 300 * SECOND, LONGEST_ASKED = 3600 * SECOND;
  const TAKEN = ["applied", "duplicate", "merged", "conflict"];
  const REFUSED = ["rejected", "forbidden"];
  const SETTLED = ["sent", "archived"];
  const STOPS = ["offline", "newer", "sign-in", "wrong-user"];
  // A person stands behind these: they need not wait for our own delay, only for the server's.
  const PRESSING = ["save", "tap", "online", "sign-in"];
  const CAPTURES = "/api/v1/captures";

  /** Not stored and not sent: keep the words on the screen. */
  class Full extends Error {}
  /** Nobody, or somebody else, is signed in on this phone. */
  class Locked extends Error {}

  const encode = (value) => new TextEncoder().encode(JSON.stringify(value));
  const decode = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
  const iso = (time) => (time ? new Date(time).toISOString() : null);
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const isFull = (error) => error?.name === "QuotaExceededError";
  const isKnown = (error) => error?.name === "ConstraintError";

  function uuid(time) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    for (let i = 0; i < 6; i++) bytes[i] = Math.floor(time / 2 ** (40 - 8 * i)) % 256;
    bytes[6] = (bytes[6] & 15) | 112;
    bytes[8] = (bytes[8] & 63) | 128;
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /** What an answer means for the batch: {results}, {smaller}, or the {state, after} that ends it. Only JSON of ours means anything. */
  function judge({ status, json, after }, ids) {
    const offline = { state: "offline", after };
    if (status === 413 && ids.length > 1) return { smaller: true };
    if (!json) return offline;
    if (status === 200) {
      const results = Array.isArray(json.results) ? json.results.filter((one) => ids.includes(one?.capture_id)) : [];
      return results.length ? { results } : offline;
    }
    const { error } = json;
    if (!error?.code) return offline;
    if ([400, 413, 422].includes(status)) {
      if (ids.length > 1) return { smaller: true };
      return { results: [{ capture_id: ids[0], verdict: "rejected", errors: error.fields, reason: error.message }] };
    }
    if (status === 401) return { state: "sign-in" };
    if (status === 403 && error.code === "wrong_user") return { state: "wrong-user" };
    if (status === 426) return { state: "newer" };
    return offline;
  }

  /**
   * An outbox over what it is given; all that touches the world comes from outside.
   * store: find, rows, ids, write (one durable transaction); journal: put, get, delete, keys; send({method, url, …})
   * → {status, json, after}; lock(work) → undefined where another holds it; seal and open(key, bytes, id).
   */
  function make({ store, journal, send, now, random, lock, sleep, seal, open, unlock, relieve, changed = () => {}, app = () => "web" }) {
    let repaired, here, waking = Infinity;

    // Every change is told, but for a draft's: that is each keystroke.
    async function write(...changes) {
      const made = await store.write(changes);
      if (changes.some(([name]) => name !== "drafts")) changed();
      return made;
    }

    const kept = (row) => ["captures", "put", row];
    const rowsOf = (user, state) => store.rows("captures", state, user.user_id);
    const blobsOf = async (user, id, state = "queued") =>
      (await store.rows("blobs", state, user.user_id)).filter((blob) => blob.capture === id);

    // ---- who
    async function me() {
      const user = await store.find("meta", "user");
      return user?.key ? user : null;
    }

    async function device() {
      const known = await store.find("meta", "device");
      if (known) return known.id;
      const id = uuid(now());
      await write(["meta", "put", { name: "device", id }]);
      return id;
    }

    async function signedIn({ user_id, key, epoch, device_id }) {
      const before = await store.find("meta", "user");
      const same = before?.user_id === user_id ? before : {};
      const user = { ...same, name: "user", user_id, epoch, key: await unlock(key), seen_at: now() };
      const books = (await store.ids("book")).filter((owner) => owner !== user_id).map((owner) => ["book", "delete", owner]);
      if (device_id) books.push(["meta", "put", { name: "device", id: device_id }]);
      await write(["meta", "put", user], ...books);
      here = user_id;
    }

    // The rows stay, sealed; their owner's next sign-in brings the key again.
    async function signedOut() {
      await write(["meta", "delete", "user"]);
    }

    async function wipe() {
      const { user_id = "" } = (await me()) ?? {};
      for (const name of ["drafts", "book"]) {
        const mine = (await store.ids(name)).filter((key) => key.startsWith(user_id));
        await write(...mine.map((key) => [name, "delete", key]));
      }
    }

    // ---- stored twice
    const ready = () => (repaired ??= repair().catch(() => (repaired = null))); // no room: later

    // A killed browser can lose either copy: what one lacks is written again from the other.
    async function repair() {
      const noted = await journal.keys();
      for (const name of ["captures", "blobs"]) {
        const waiting = [...(await store.ids(name, "queued")), ...(await store.ids(name, "parked"))];
        const inJournal = noted.filter((key) => key[0] === name).map((key) => key[1]);
        for (const id of waiting.filter((one) => !inJournal.includes(one))) await note(name, id);
        for (const id of inJournal.filter((one) => !waiting.includes(one))) await bringBack(name, id);
      }
    }

    async function note(name, id) {
      const row = await store.find(name, id);
      if (row) await journal.put(name, row);
    }

    async function bringBack(name, id) {
      if (await store.find(name, id)) return lock(() => forget(name, id));
      const row = await journal.get(name, id);
      if (!row) return;
      // It may have been sent before: never take it for one that can still be taken back.
      const whole = { ...row, state: "queued", tries: 1 };
      try {
        await write([name, "add", whole]);
      } catch (error) {
        if (!isKnown(error)) throw error;
        delete whole.seq;
        await write([name, "add", whole]).catch(() => {});
      }
    }

    // Settled, but the deletion was cut short. Under the lock: reconciling may be taking it up again.
    async function forget(name, id) {
      if (SETTLED.includes((await store.find(name, id))?.state)) await journal.delete(name, id);
    }

    async function packed(user, row, content) {
      return { ...row, sealed: await seal(user.key, encode(content), row.id) };
    }

    const opened = (user, row) => open(user.key, row.sealed, row.id).then(decode).catch(() => null);

    async function packedBlob(user, capture, { id = uuid(now()), kind, type, blob }) {
      const bytes = new Uint8Array(await new Response(blob).arrayBuffer());
      const sha256 = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
      const about = { id, kind, type: type || blob.type, size: bytes.length, sha256 };
      const row = { id, user: user.user_id, state: "queued", capture, about };
      return { ...row, sealed: await seal(user.key, bytes, id) };
    }

    async function twice(row, blobs, more) {
      try {
        [row.seq] = await write(["captures", "add", row], ...blobs.map((blob) => ["blobs", "add", blob]), ...more);
      } catch (error) {
        if (!isKnown(error)) throw error;
        row = await store.find("captures", row.id); // the second tap of two
      }
      await journal.put("captures", row);
      for (const blob of blobs) await journal.put("blobs", blob);
      forget("captures", row.id).catch(() => {}); // another tab may have been quicker
      return row.state;
    }

    /** Keep a capture; what `more(user)` returns changes in the same transaction. */
    async function put(capture, blobs = [], more = () => []) {
      await ready();
      const user = await me();
      // Another tab may have changed hands: what is on this page is not the other person's.
      if (!user || user.user_id !== (capture.user_id ?? here ?? user.user_id)) throw new Locked("nobody is signed in");
      const parts = await Promise.all(blobs.map((blob) => packedBlob(user, capture.id, blob)));
      const { id, kind, body, captured_at = iso(now()), label = "", supersedes } = capture;
      const whole = parts.length ? { ...body, blobs: parts.map((part) => part.about) } : body;
      const content = { kind, v: 1, captured_at, body: whole, label, supersedes };
      const row = await packed(user, { id, user: user.user_id, state: "queued", tries: 0, at: now() }, content);
      return { id, state: await keep(user, row, content, parts, more(user)) };
    }

    async function keep(user, row, content, blobs, more) {
      try {
        return await twice(row, blobs, more);
      } catch (error) {
        if (!isFull(error)) throw error;
      }
      await relieve();
      try {
        return await twice(row, blobs, more);
      } catch (error) {
        if (!isFull(error)) throw error;
      }
      return direct(user, row, content, blobs);
    }

    // No room: straight to the server, if nothing waits that it would overtake.
    async function direct(user, row, content, blobs) {
      const { state, waiting } = await drain("tap");
      const stored = await store.find("captures", row.id);
      if (stored?.state === "sent") return "sent";
      if (blobs.length || waiting || !["sent", "idle"].includes(state)) throw new Full("no room on this phone");
      const { results } = judge(await post(user, [{ row, content }]), [row.id]);
      if (!TAKEN.includes(results?.[0].verdict)) throw new Full("no room on this phone");
      return "sent";
    }

    // ---- sending
    const waitingOf = async (user) => (user ? (await rowsOf(user, "queued")).length : 0);

    async function drain(reason = "timer") {
      await ready();
      const user = await me();
      if (!user) return { state: "sign-in", waiting: 0 };
      let state = "offline";
      if (await mayTry(reason)) {
        state = await lock(() => pump(user));
        if (state === undefined) {
          state = "busy-elsewhere";
          wake(2 * SECOND);
        }
      }
      return { state, waiting: await waitingOf(user) };
    }

    async function mayTry(reason) {
      const pause = await store.find("meta", "pause");
      const left = pause ? pause.until - now() : 0;
      // A clock that was set back must not lengthen a pause for ever.
      if (left <= 0 || left > LONGEST_ASKED) return true;
      if (PRESSING.includes(reason) && !pause.firm) return true;
      wake(left);
      return false;
    }

    async function backOff(after) {
      const { n = 0 } = (await store.find("meta", "pause")) ?? {};
      const asked = Math.min(LONGEST_ASKED, (after || 0) * SECOND);
      const delay = asked || random() * Math.min(LONGEST_PAUSE, 2 * SECOND * 2 ** n);
      const pause = { name: "pause", until: now() + delay, n: Math.min(n + 1, 20), firm: asked > 0 };
      await write(["meta", "put", pause]);
      wake(delay);
    }

    function wake(delay) {
      const due = now() + delay;
      if (waking <= due) return;
      waking = due;
      sleep(delay).then(() => {
        if (waking === due) waking = Infinity;
        return drain("timer");
      }).catch(() => {});
    }

    async function pump(user) {
      const asked = await store.find("meta", askedOf(user));
      if (asked?.epoch !== user.epoch || now() - asked.at > DAY) await askMissing(user);
      let state, after;
      do {
        ({ state, after } = await sendQueue(user));
        if (!STOPS.includes(state)) state = (await sendBlobs(user)) ?? state;
      } while (state === "more");
      if (state === "offline" || state === "newer") await backOff(after);
      else if (await store.find("meta", "pause")) await write(["meta", "delete", "pause"]);
      return state;
    }

    async function sendQueue(user) {
      let most = FIRST; // a crowd that comes back at once is answered in turns
      for (let state = "idle"; ; state = "sent") {
        const batch = await nextBatch(user, most);
        if (!batch.length) return { state };
        const said = judge(await post(user, batch), batch.map((one) => one.row.id));
        const ended = said.results ? await settle(user, batch, said.results) : said;
        if (ended.state) return ended;
        most = ended.smaller ? Math.ceil(batch.length / 2) : Math.min(MOST, most * 2);
      }
    }

    // Always the oldest first, never around one that waits: a later capture may stand on an earlier one.
    async function nextBatch(user, most) {
      const batch = [];
      let bytes = 0;
      for (const row of await rowsOf(user, "queued")) {
        const content = await opened(user, row);
        if (!content) continue;
        bytes += encode(content).length;
        if (batch.length && (batch.length >= most || bytes > MOST_BYTES)) break;
        batch.push({ row: { ...row, tries: row.tries + 1 }, content });
      }
      // Before it goes: from now on the server may have it.
      if (batch.length) await write(...batch.map(({ row }) => kept(row)));
      return batch;
    }

    async function post(user, batch) {
      const captures = batch.map(({ row, content: { kind, v, captured_at, body, supersedes } }) =>
        ({ capture_id: row.id, v, kind, captured_at, body, supersedes }));
      const message = { sent_at: iso(now()), app: app(), device_id: await device(), user_id: user.user_id, captures };
      return ask({ method: "POST", url: CAPTURES, json: message });
    }

    const ask = (request) => send(request).catch(() => ({ status: 0 }));

    async function settle(user, batch, results) {
      const settled = [];
      let ended = {};
      for (const { capture_id, verdict, ...said } of results) {
        const state = TAKEN.includes(verdict) ? "sent" : REFUSED.includes(verdict) && "parked";
        if (!state) {
          ended = { state: "offline", after: said.after }; // "retry", or a word of a newer server
          break;
        }
        const { row, content } = batch.find((one) => one.row.id === capture_id);
        settled.push(await packed(user, { ...row, state, done_at: now() }, { ...content, verdict, said }));
      }
      await write(...settled.map(kept));
      for (const row of settled) if (row.state === "sent") await journal.delete("captures", row.id);
      return ended;
    }

    // ---- photos and voice notes, after the capture that names them
    async function sendBlobs(user) {
      const waiting = await waitingOf(user);
      for (const id of await store.ids("blobs", "queued", user.user_id)) {
        const blob = await store.find("blobs", id);
        const row = blob && (await store.find("captures", blob.capture));
        if (!blob || (row && row.state !== "sent")) continue;
        const state = await sendBlob(user, blob, waiting);
        if (state) return state;
      }
      return null;
    }

    async function sendBlob(user, blob, waiting) {
      const bytes = await open(user.key, blob.sealed, blob.id).catch(() => null);
      if (!bytes) return null;
      const { n = 0 } = (await store.find("meta", "pause")) ?? {};
      const chunk = CHUNK >> Math.min(n, 4); // what did not get through within 15 s is tried in smaller pieces
      const url = `/api/v1/blobs/${blob.id}`;
      let { status, json } = await ask({ method: "GET", url });
      let at = json?.received < bytes.length ? json.received : 0;
      for (; !json?.complete; at = json.received) {
        const end = Math.min(at + chunk, bytes.length);
        ({ status, json } = await ask({ method: "PUT", url, bytes: bytes.subarray(at, end), headers: rangeOf(blob.about, at, end) }));
        if (status === 401 && json?.error) return "sign-in";
        if (at && json?.error?.code === "start_over") return "offline"; // from the beginning, a little later
        if (json?.error && [400, 404, 413, 415, 422].includes(status)) return parkBlob(blob, json.error);
        if (!(json?.received > at)) return "offline";
        if (!json.complete && (await waitingOf(user)) > waiting) return "more"; // a meeting goes before the rest of a photo
      }
      await write(["blobs", "delete", blob.id]);
      await journal.delete("blobs", blob.id);
      return null;
    }

    const rangeOf = ({ type, size, sha256 }, at, end) =>
      ({ "Content-Type": type, "Content-Range": `bytes ${at}-${end - 1}/${size}`, "X-Content-SHA256": sha256 });

    async function parkBlob(blob, error) {
      await write(["blobs", "put", { ...blob, state: "parked", reason: error.message }]);
      return null;
    }

    // ---- a server restored from a backup is healed by its phones
    const askedOf = (user) => `asked ${user.user_id}`;

    async function askMissing(user) {
      const rows = await rowsOf(user, "sent");
      let epoch;
      for (let at = 0; at < rows.length; at += MOST_ASKED) {
        const some = rows.slice(at, at + MOST_ASKED);
        const asked = { user_id: user.user_id, ids: some.map((row) => row.id) };
        const { status, json } = await ask({ method: "POST", url: `${CAPTURES}/missing`, json: asked });
        if (status !== 200 || !Array.isArray(json?.missing)) return "offline";
        if (at && json.epoch !== epoch) return "offline"; // restored between two questions: all of them anew
        epoch = json.epoch;
        await takeUp(some.filter((row) => json.missing.includes(row.id)));
      }
      // A row of its own: who is signed in may change while we ask.
      await write(["meta", "put", { name: askedOf(user), epoch: user.epoch, at: now() }]);
      await prune(user);
      return "idle";
    }

    async function takeUp(rows) {
      const back = rows.map((row) => ({ ...row, state: "queued" }));
      await write(...back.map(kept));
      for (const row of back) await journal.put("captures", row);
    }

    async function prune(user) {
      const settled = [...(await rowsOf(user, "sent")), ...(await rowsOf(user, "archived"))];
      const old = settled.filter((row) => now() - row.done_at > KEPT);
      for (const row of old) await journal.delete("captures", row.id);
      await write(...old.map((row) => ["captures", "delete", row.seq]));
    }

    // ---- what a person sees and does
    async function counts() {
      await ready();
      const user = await me();
      if (!user) return { waiting: 0, parked: 0, oldest_at: null };
      const queued = await rowsOf(user, "queued");
      const parked = await rowsOf(user, "parked");
      return { waiting: queued.length, parked: parked.length, oldest_at: iso(queued[0]?.at) };
    }

    async function list() {
      await ready();
      const user = await me();
      if (!user) return [];
      const states = await Promise.all(["queued", "parked", "sent"].map((state) => rowsOf(user, state)));
      const blobs = await blobsLeft(user);
      const rows = states.flat().sort((a, b) => b.seq - a.seq);
      return Promise.all(rows.map((row) => shown(user, row, ...blobs)));
    }

    /** Return one of those that `list` shows, or null. */
    async function one(id) {
      await ready();
      const { user, row } = await mine(id);
      return row && row.state !== "archived" ? shown(user, row, ...(await blobsLeft(user))) : null;
    }

    const blobsLeft = (user) =>
      Promise.all([store.ids("blobs", "queued", user.user_id), store.rows("blobs", "parked", user.user_id)]);

    async function shown(user, row, left, parked) {
      const { kind, captured_at, label, body, verdict, said } = (await opened(user, row)) ?? { verdict: "unreadable" };
      const { id, state, tries } = row;
      const blobs = (body?.blobs ?? []).filter((blob) => left.includes(blob.id)).length;
      const refused = parked.filter((blob) => blob.capture === id).map((blob) => blob.reason);
      const times = { captured_at: captured_at ?? iso(row.at), sent_at: iso(state === "sent" && row.done_at) };
      return { id, kind, state, ...times, label, body, verdict, said, tries, blobs, refused };
    }

    async function mine(id) {
      const [user, row] = [await me(), await store.find("captures", id)];
      return user && row?.user === user.user_id ? { user, row } : {};
    }

    async function retry(id) {
      const { user, row } = await mine(id);
      const again = row ? (await blobsOf(user, id, "parked")).map((blob) => ["blobs", "put", { ...blob, state: "queued" }]) : [];
      if (row?.state === "parked") again.push(kept({ ...row, state: "queued" }));
      await write(...again);
      return again.length > 0;
    }

    const putAway = (row) => kept({ ...row, state: "archived", done_at: now() });

    /** Put away what is parked, or take back what was never sent; false where the server may have it. */
    async function archive(id) {
      const { row } = await mine(id);
      return Boolean(await (row?.state === "parked" ? archived(id) : lock(() => archived(id))));
    }

    async function archived(id) {
      const { user, row } = await mine(id);
      if (!(row?.state === "parked" || (row?.state === "queued" && !row.tries))) return false;
      const blobs = await blobsOf(user, id);
      await write(putAway(row), ...blobs.map((blob) => ["blobs", "delete", blob.id]));
      await journal.delete("captures", id);
      for (const blob of blobs) await journal.delete("blobs", blob.id);
      return true;
    }

    /** Send `body` instead of what was refused: a new capture that names the old one. */
    async function supersede(id, body) {
      const { user, row } = await mine(id);
      if (row?.state !== "parked") throw new Error("only what was refused can be superseded");
      const { kind, captured_at, label } = await opened(user, row);
      const capture = { id: uuid(now()), kind, captured_at, label, body, supersedes: id };
      const blobs = await blobsOf(user, id);
      const moved = blobs.map((blob) => ["blobs", "put", { ...blob, capture: capture.id }]);
      await put(capture, [], () => [putAway(row), ...moved]);
      await journal.delete("captures", id);
      return capture.id;
    }

    async function exportText() {
      const waiting = (await list()).filter((one) => one.state !== "sent");
      return waiting.map((one) => `${one.label}\n${one.captured_at} ${one.kind} ${one.id}\n${JSON.stringify(one.body, null, 1)}\n`).join("\n");
    }

    // ---- drafts and the book: sealed too, but only once; they are not yet, or no longer, the only copy
    async function saveSealed(name, key, value) {
      const user = await me();
      if (!user) return false;
      const id = `${user.user_id}${key}`;
      await write([name, "put", await packed(user, { id, at: now() }, value)]);
      return true;
    }

    async function loadSealed(name, key) {
      const user = await me();
      const row = user && (await store.find(name, `${user.user_id}${key}`));
      return row ? opened(user, row) : null;
    }

    const draftGone = (user, name) => (user ? [["drafts", "delete", `${user.user_id}/${name}`]] : []);

    const drafts = {
      save: (name, value) => saveSealed("drafts", `/${name}`, value),
      load: (name) => loadSealed("drafts", `/${name}`),
      drop: async (name) => write(...draftGone(await me(), name)),
      toOutbox: (name, capture, blobs = []) => put(capture, blobs, (user) => draftGone(user, name)),
    };

    const book = {
      put: (value) => saveSealed("book", "", value),
      async get() {
        const user = await me();
        if (user && now() - user.seen_at > BOOK_KEPT) await write(["book", "delete", user.user_id]);
        return loadSealed("book", "");
      },
    };

    async function user() {
      const found = await me();
      here ??= found?.user_id;
      return found && { user_id: found.user_id, epoch: found.epoch, device_id: await device(), seen_at: iso(found.seen_at) };
    }

    const id = () => uuid(now());
    return { signedIn, lock: signedOut, wipe, user, device, put, drain, counts, list, one, retry, archive, supersede, exportText, drafts, book, id };
  }

  // ---- the world: IndexedDB
  const STORES = { captures: "seq", blobs: "id", drafts: "id", meta: "name", book: "id" };
  let database;

  const connect = () => (database ??= opening().catch((error) => {
    database = null;
    throw error;
  }));

  // A later version may only add stores: rows of every age must stay readable.
  function upgrade(db) {
    for (const [name, keyPath] of Object.entries(STORES)) {
      const store = db.createObjectStore(name, { keyPath, autoIncrement: keyPath === "seq" });
      if (name !== "captures" && name !== "blobs") continue;
      store.createIndex("id", "id", { unique: true });
      store.createIndex("state", ["state", "user"]);
    }
  }

  function opening() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open("hamrah", 1);
      request.onupgradeneeded = () => upgrade(request.result);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const db = request.result;
        db.onversionchange = () => db.close();
        db.onclose = () => (database = null);
        resolve(db);
      };
    });
  }

  const result = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  async function transaction(names, mode) {
    const begin = async () => (await connect()).transaction(names, mode, { durability: "strict" });
    try {
      return await begin();
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      database = null; // closed under us
      return begin();
    }
  }

  const reading = async (name) => (await transaction([name], "readonly")).objectStore(name);
  const range = (state, user) => (user ? IDBKeyRange.only([state, user]) : IDBKeyRange.bound([state], [state, []]));

  const store = {
    async find(name, key) {
      const from = await reading(name);
      return result((name === "captures" ? from.index("id") : from).get(key));
    },
    rows: async (name, state, user) => result((await reading(name)).index("state").getAll(range(state, user))),
    async ids(name, state, user) {
      const from = await reading(name);
      if (name === "captures") return (await result(from.index("state").getAll(range(state, user)))).map((row) => row.id);
      return result(state ? from.index("state").getAllKeys(range(state, user)) : from.getAllKeys());
    },
    async write(changes) {
      if (!changes.length) return [];
      const tx = await transaction([...new Set(changes.map(([name]) => name))], "readwrite");
      return new Promise((resolve, reject) => {
        const asked = changes.map(([name, verb, value]) => tx.objectStore(name)[verb](value));
        tx.oncomplete = () => resolve(asked.map((request) => request.result));
        // A full disk is told by this event alone.
        tx.onabort = () => reject(tx.error ?? new DOMException("aborted", "AbortError"));
      });
    },
  };

  // ---- the world: the journal, a second copy in a store that fails on its own
  const address = (name, id) => `/outbox-journal/${name}/${id}`;
  const cache = () => caches.open("hamrah-journal");

  const journal = {
    async put(name, { sealed, ...head }) {
      const headers = { "X-Row": encodeURIComponent(JSON.stringify(head)) };
      await (await cache()).put(address(name, head.id), new Response(sealed, { headers }));
    },
    async get(name, id) {
      const found = await (await cache()).match(address(name, id));
      if (!found) return null;
      const head = JSON.parse(decodeURIComponent(found.headers.get("X-Row")));
      return { ...head, sealed: new Uint8Array(await found.arrayBuffer()) };
    },
    delete: async (name, id) => (await cache()).delete(address(name, id)),
    keys: async () => (await (await cache()).keys()).map(({ url }) => url.split("/").slice(-2)),
  };

  // ---- the world: keys, line, locks
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const unlock = (key) => crypto.subtle.importKey("raw", bytesOf(key), "AES-GCM", false, ["encrypt", "decrypt"]);
  const how = (iv, id) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) });

  async function seal(key, bytes, id) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await crypto.subtle.encrypt(how(iv, id), key, bytes));
    const whole = new Uint8Array(12 + sealed.length);
    whole.set(iv);
    whole.set(sealed, 12);
    return whole;
  }

  const open = async (key, whole, id) =>
    new Uint8Array(await crypto.subtle.decrypt(how(whole.subarray(0, 12), id), key, whole.subarray(12)));

  async function send({ method, url, json, bytes, headers }) {
    const answer = await fetch(url, {
      method,
      headers: headers ?? (json && { "Content-Type": "application/json" }),
      body: json ? JSON.stringify(json) : bytes,
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(15 * SECOND), // a fetch that hangs would hold the lock for ever
    });
    const isJson = /json/.test(answer.headers.get("Content-Type"));
    const after = Number(answer.headers.get("Retry-After")) || 0;
    return { status: answer.status, after, json: isJson ? await answer.json() : null };
  }

  const lock = (work) =>
    navigator.locks.request("hamrah-outbox", { ifAvailable: true }, (held) => (held ? work() : undefined));

  // Room for a capture is made of what can be fetched again.
  async function relieve() {
    for (const name of (await caches.keys()).filter((one) => one.startsWith("hamrah-pages-"))) {
      const pages = await caches.open(name);
      // One by one: a whole cache keeps its room as long as any page or worker holds it open.
      for (const page of await pages.keys()) await pages.delete(page);
    }
    const books = (await store.ids("book")).map((key) => ["book", "delete", key]);
    if (books.length) await store.write(books).catch(() => {});
  }

  const listeners = new Set();
  const channel = self.BroadcastChannel && new BroadcastChannel("hamrah");
  const tell = () => listeners.forEach((listener) => listener());
  channel?.addEventListener("message", ({ data }) => data?.type === "outbox" && tell());

  function changed() {
    channel?.postMessage({ type: "outbox" });
    tell();
  }

  const sleep = (time) => new Promise((done) => setTimeout(done, time));
  const world = { store, journal, send, now: Date.now, random: Math.random, lock, sleep, seal, open, unlock, relieve, changed };
  self.outbox = {
    ...make({ ...world, app: () => self.outbox.app }),
    make,
    app: "web",
    Full,
    Locked,
    supported: Boolean(self.indexedDB && self.caches && self.crypto?.subtle && self.navigator?.locks),
    /** Call `listener` after every change, until the returned function is called. */
    onchange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
})();
