// A phone, a line and a server in memory around the real outbox: what can go wrong does, by a seeded dice.
// Python lays this text and that of outbox.js into a page, whole or with one rule broken on purpose.
(() => {
  const PEOPLE = ["ann", "bob"];
  const KEPT_BYTES = 240_000;

  function dice(seed) {
    let state = seed >>> 0;
    const next = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    const below = (most) => Math.floor(next() * most);
    return { next, below, chance: (part) => next() < part, one: (list) => list[below(list.length)] };
  }

  const problem = (status, code, more = {}) => ({ status, json: { error: { code, message: code, fields: {} } }, ...more });
  const named = (name) => Object.assign(new Error(name), { name });

  /** The server as docs/api.md describes it: a ledger, effects, one deal that everybody moves. */
  class Server {
    constructor(roll) {
      Object.assign(this, { roll, faulty: true, epoch: 1, ledger: new Map(), effects: [], version: 1, most: 20 });
      this.firsts = []; // what was applied for the first time, in order; a restore does not take that back
      this.seen = new Set();
      this.backups = [];
    }

    answer(cookie, { url, json: message }) {
      if (!cookie) return problem(401, "no_session");
      if (message.user_id !== cookie) return problem(403, "wrong_user");
      if (url.endsWith("/missing")) return this.missing(message);
      const { captures } = message;
      if (captures.length > this.most || JSON.stringify(captures).length > KEPT_BYTES + 9_000) return problem(413, "too_big");
      if (captures.some((one) => one.body.malformed)) return problem(400, "malformed");
      if (this.faulty && captures.some((one) => one.body.newer) && this.roll.chance(0.8)) return problem(426, "newer_than_server");
      const results = [];
      for (const capture of captures) {
        if (this.faulty && this.roll.chance(0.05)) {
          if (results.length && this.roll.chance(0.5)) results.push({ capture_id: capture.capture_id, verdict: "retry", after: 2 });
          break;
        }
        const result = this.apply(cookie, capture);
        if (!result) return results.length ? { status: 200, json: { results } } : problem(422, "invalid");
        results.push(result);
      }
      return results.length ? { status: 200, json: { results } } : problem(503, "busy", { after: this.roll.below(3) });
    }

    apply(owner, { capture_id, body, supersedes }) {
      const before = this.ledger.get(capture_id);
      if (before?.struck) return { capture_id, verdict: "rejected", errors: {} };
      if (before && (before.owner !== owner || before.print !== JSON.stringify(body))) return null;
      if (before) return { ...before.answer, verdict: before.answer.verdict === "rejected" ? "rejected" : "duplicate" };
      if (supersedes) this.strike(owner, supersedes);
      const answer = { capture_id, ...this.write(owner, body) };
      this.ledger.set(capture_id, { owner, intent: body.intent, print: JSON.stringify(body), answer });
      return answer;
    }

    // What is corrected no longer counts, even if it comes in later.
    strike(owner, id) {
      const before = this.ledger.get(id);
      this.effects = this.effects.filter((effect) => effect.intent !== before?.intent);
      this.ledger.set(id, { ...before, struck: true });
    }

    write(owner, body) {
      if (body.refused) return { verdict: "rejected", errors: { note: ["no"] } };
      const effect = { owner, intent: body.intent };
      let verdict = "applied";
      if (body.base) {
        if (body.base !== this.version) verdict = "conflict";
        else effect.moved = { base: body.base, from: this.version++ };
      }
      this.effects.push(effect);
      if (!this.seen.has(body.intent)) this.firsts.push(effect);
      this.seen.add(body.intent);
      return { verdict, result: {} };
    }

    missing({ ids }) {
      return { status: 200, json: { epoch: this.epoch, missing: ids.filter((id) => !this.ledger.has(id)) } };
    }

    backUp() {
      this.backups.push({ ledger: new Map(this.ledger), effects: [...this.effects], version: this.version });
    }

    restore() {
      const backup = this.roll.one(this.backups);
      if (!backup) return false;
      Object.assign(this, { ledger: new Map(backup.ledger), effects: [...backup.effects], version: backup.version });
      this.epoch += 1;
      return true;
    }
  }

  /** What a phone keeps on its disk: IndexedDB and the journal. */
  class Disk {
    constructor() {
      this.journal = new Map();
      this.hands = 0;
      this.parked = new Set(); // ever
      this.format();
    }

    format() {
      this.seq = 0;
      this.hands += 1;
      this.stores = Object.fromEntries(["captures", "blobs", "drafts", "meta", "book"].map((name) => [name, new Map()]));
    }

    find(name, key) {
      if (name !== "captures") return this.stores[name].get(key);
      for (const row of this.stores.captures.values()) if (row.id === key) return row;
      return undefined;
    }

    rows(name, state, user) {
      const rows = [...this.stores[name].values()].filter((row) => (!state || row.state === state) && (!user || row.user === user));
      return rows.sort((a, b) => a.seq - b.seq);
    }

    // All of the changes or none.
    write(changes) {
      for (const [name, verb, row] of changes) {
        if (verb === "add" && name === "captures" && (this.find(name, row.id) || this.stores.captures.has(row.seq))) throw named("ConstraintError");
      }
      return changes.map(([name, verb, value]) => this.change(this.stores[name], name, verb, value));
    }

    change(rows, name, verb, value) {
      if (name === "meta" && (value.name ?? value) === "user") this.hands += 1;
      if (verb === "delete") return rows.delete(value);
      if (value.state === "parked") this.parked.add(value.id);
      const row = { ...value };
      if (name === "captures") {
        row.seq ??= this.seq + 1;
        this.seq = Math.max(this.seq, row.seq);
      }
      const key = name === "captures" ? row.seq : name === "meta" ? row.name : row.id;
      rows.set(key, row);
      return key;
    }
  }

  class World {
    constructor(seed, outbox) {
      const roll = dice(seed);
      Object.assign(this, { roll, outbox, server: new Server(roll), disk: new Disk(), faults: roll.next() * 0.6 });
      Object.assign(this, { clock: 1_800_000_000_000, moment: 0, calm: false, cookie: null, holder: null });
      Object.assign(this, { tabs: [], hurt: false, pending: [], asleep: [], late: [], intents: [], wrong: [] });
      this.openTab();
      this.signIn(PEOPLE[0]);
    }

    // ---- one step at a time, any order: a step happens, or its page is killed before or after it
    step(tab, act) {
      return new Promise((resolve, reject) => this.pending.push({ tab, act, resolve, reject }));
    }

    async flush() {
      for (let tick = 0; tick < 40; tick++) await null;
    }

    async advance() {
      await this.flush();
      if (!this.pending.length) return false;
      const [{ tab, act, resolve, reject }] = this.pending.splice(this.roll.below(this.pending.length), 1);
      if (!tab.alive) return true;
      const killed = !this.calm && this.roll.chance(0.01);
      if (killed && this.roll.chance(0.5)) return this.kill();
      try {
        const value = act();
        if (killed) return this.kill();
        resolve(value);
      } catch (error) {
        if (killed) return this.kill();
        reject(error);
      }
      return true;
    }

    kill() {
      for (const tab of this.tabs) tab.alive = false;
      Object.assign(this, { tabs: [], holder: null, asleep: [] });
      if (this.isWhole()) this.disaster();
      this.openTab();
      for (const one of this.intents.filter((intent) => intent.tapped && !intent.saved && !intent.gone)) {
        if (this.cookie === one.owner && this.roll.chance(0.5)) this.watch(this.tap(one)); // the draft is still there
      }
      return true;
    }

    // Chromium, killed, rarely loses one of the two copies; never while the other is alone.
    disaster() {
      if (this.roll.chance(0.15)) {
        this.disk.format();
        this.server.backups = []; // what was sent is known to the server alone now
        this.hurt = true;
      } else if (this.roll.chance(0.05)) {
        this.disk.journal.clear();
        this.hurt = true;
      }
    }

    isWhole() {
      const saved = this.intents.filter((one) => one.saved && !one.gone && !this.server.effects.some((effect) => effect.intent === one.intent));
      const row = ({ id }) => this.disk.find("captures", id);
      if (saved.every((one) => row(one) && this.disk.journal.has(`captures/${one.id}`))) this.hurt = false;
      return !this.hurt;
    }

    watch(work) {
      work?.catch((error) => this.wrong.push(`unexpected: ${error.stack ?? error}`));
    }

    openTab() {
      const tab = { alive: true };
      tab.outbox = this.outbox.make(this.adapters(tab));
      this.tabs.push(tab);
      if (this.cookie) this.watch(this.heartbeat());
    }

    adapters(tab) {
      const { disk } = this;
      const at = (act) => this.step(tab, act);
      const full = () => !this.calm && this.roll.chance(this.faults * 0.02);
      const noted = (name, id) => `${name}/${id}`;
      return {
        store: {
          find: async (name, key) => disk.find(name, key),
          rows: async (name, state, user) => disk.rows(name, state, user),
          ids: async (name, state, user) => disk.rows(name, state, user).map((row) => row.id),
          write: (changes) => at(() => {
            if (full() && changes.some(([, verb, row]) => verb === "add" && row.tries === 0)) throw named("QuotaExceededError");
            return disk.write(changes);
          }),
        },
        journal: {
          put: (name, row) => at(() => {
            if (full() && row.tries === 0) throw named("QuotaExceededError");
            disk.journal.set(noted(name, row.id), { ...row });
          }),
          get: async (name, id) => disk.journal.get(noted(name, id)) ?? null,
          delete: (name, id) => at(() => disk.journal.delete(noted(name, id))),
          keys: async () => [...disk.journal.keys()].map((key) => key.split("/")),
        },
        send: (request) => this.send(tab, request),
        lock: (work) => this.lock(tab, work),
        sleep: (time) => new Promise((done) => this.asleep.push({ tab, due: this.clock + time, done })),
        now: () => this.clock,
        random: this.roll.next,
        seal: async (key, bytes) => ({ key, bytes }),
        open: async (key, sealed) => {
          if (sealed.key !== key) throw named("OperationError");
          return sealed.bytes;
        },
        unlock: async (key) => key,
        relieve: async () => {},
      };
    }

    async lock(tab, work) {
      if (this.holder) return undefined;
      this.holder = tab;
      try {
        return await work();
      } finally {
        if (this.holder === tab) this.holder = null;
      }
    }

    // ---- the line
    async send(tab, request) {
      const asked = JSON.parse(JSON.stringify(request));
      const said = await this.step(tab, () => this.arrive(asked));
      return this.step(tab, () => {
        if (!said) throw named("NetworkError");
        return JSON.parse(JSON.stringify(said));
      });
    }

    arrive(request) {
      const { roll, server, cookie } = this;
      const answer = () => server.answer(cookie, request);
      if (this.calm || !roll.chance(this.faults)) return answer();
      const odd = [{ status: 200 }, { status: 200, json: { ok: true } }, { status: 502 }, { status: 413 }, { status: 400 }, { status: 401 },
        { status: 404 }, { status: 200, json: { results: [{ capture_id: "another", verdict: "applied" }] } },
        problem(429, "too_many", { after: roll.below(60) }), problem(500, "failed"), problem(413, "too_big")];
      switch (roll.below(5)) {
        case 0: return null;
        case 1: return answer() && null;
        case 2: return this.late.push({ cookie, request }) && null;
        case 3: return this.late.push({ cookie, request }) && answer();
        default: return roll.one(odd);
      }
    }

    // ---- what people do
    async heartbeat() {
      const { cookie, server: { epoch } } = this;
      await this.flush();
      await this.tabs[0]?.outbox.signedIn({ user_id: cookie, key: `key of ${cookie}`, epoch });
      this.phone = cookie;
    }

    signIn(person) {
      this.cookie = person;
      return this.heartbeat();
    }

    save() {
      const one = { intent: this.intents.length + 1, owner: this.phone, body: {} };
      one.id = `capture-${one.intent}`;
      one.body = { intent: one.intent, base: this.roll.chance(0.2) ? this.server.version : 0 };
      for (const flaw of ["refused", "malformed", "newer"]) if (this.roll.chance(0.04)) one.body[flaw] = true;
      if (this.roll.chance(0.005)) one.body.note = "x".repeat(100_000);
      this.intents.push(one);
      return Promise.all(this.roll.chance(0.2) ? [this.tap(one), this.tap(one)] : [this.tap(one)]);
    }

    async tap(one) {
      one.tapped ??= ++this.moment;
      const capture = { id: one.id, kind: "activity.log", body: one.body, user_id: one.owner, label: `of ${one.owner}` };
      try {
        const { state } = await this.roll.one(this.tabs).outbox.put(capture);
        one.saved ??= ++this.moment;
        if (state === "sent" && !this.disk.find("captures", one.id)) this.server.backups = []; // sent without being stored
      } catch (error) {
        if (!(error instanceof this.outbox.Full) && !(error instanceof this.outbox.Locked)) throw error;
      }
    }

    async takeBack(one) {
      if (this.phone !== one.owner || !one.saved) return;
      one.asked = true; // killed in the middle, either is right
      if (!(await this.roll.one(this.tabs).outbox.archive(one.id))) return;
      // What was refused by a stranger on the line and put away may still come in, late.
      one.gone = !this.disk.parked.has(one.id);
    }

    async mend(one) {
      const { outbox } = this.roll.one(this.tabs);
      const row = this.disk.find("captures", one.id);
      if (!row || row.state !== "parked" || row.user !== this.phone || !this.calm && this.roll.chance(0.5)) return;
      if (this.roll.chance(0.4)) return void (await outbox.retry(one.id));
      const body = { intent: one.intent, base: 0 };
      await outbox.supersede(one.id, body).then((id) => Object.assign(one, { id }), (error) => {
        if (!/only what|nobody|no room/.test(error.message)) throw error;
      });
    }

    async look() {
      const { hands } = this.disk;
      const shown = await this.roll.one(this.tabs).outbox.list();
      if (hands !== this.disk.hands) return; // changed hands meanwhile
      const owner = this.disk.stores.meta.get("user")?.user_id;
      for (const { label } of shown) if (label !== `of ${owner}`) this.wrong.push(`${owner} saw ${label}`);
    }

    deliver() {
      const { cookie, request } = this.late.splice(this.roll.below(this.late.length), 1)[0];
      this.server.answer(cookie, request);
    }

    async signOut() {
      this.cookie = null;
      await this.roll.one(this.tabs).outbox.lock();
      this.phone = null;
    }

    pass(time) {
      this.clock += time;
      const due = this.asleep.filter((one) => one.due <= this.clock);
      this.asleep = this.asleep.filter((one) => one.due > this.clock);
      for (const one of due) if (one.tab.alive) one.done();
    }

    act() {
      const { roll, server } = this;
      const doing = [
        [30, () => this.phone && this.save()],
        [30, () => roll.one(this.tabs).outbox.drain(roll.one(["save", "tap", "online", "focus"]))],
        [12, () => this.pass(roll.below(60_000))],
        [4, () => this.tabs.length < 3 && this.openTab()],
        [3, () => (this.cookie = null)],
        [3, () => void (this.cookie = roll.one(PEOPLE))], // the page that knows it has not said so yet
        [4, () => this.signIn(roll.one(PEOPLE))],
        [4, () => this.cookie && this.heartbeat()],
        [2, () => this.signOut()],
        [3, () => server.backUp()],
        [1, () => server.restore() && (this.hurt = true)], // what it forgot is on the phone alone
        [3, () => server.version++],
        [3, () => this.late.length && this.deliver()],
        [2, () => (server.most = 1 + roll.below(20))],
        [3, () => this.intents.length && this.takeBack(roll.one(this.intents))],
        [3, () => this.intents.length && this.mend(roll.one(this.intents))],
        [3, () => this.look()],
      ];
      let left = roll.below(doing.reduce((sum, [weight]) => sum + weight, 0));
      const [, chosen] = doing.find(([weight]) => (left -= weight) < 0);
      const work = chosen();
      if (work?.then) this.watch(work);
    }

    async live(steps) {
      for (let step = 0; step < steps; step++) {
        if (this.roll.chance(0.3)) this.act();
        else await this.advance();
      }
    }

    async rest() {
      while (await this.advance());
    }

    /** The line and the server are well again, and everybody signs in once more. */
    async heal() {
      this.calm = true;
      this.server.faulty = false;
      this.server.most = 20;
      await this.rest();
      while (this.late.length) this.deliver();
      for (const person of PEOPLE) {
        this.watch(this.signIn(person));
        await this.rest();
        for (let round = 0; round < 6; round++) {
          this.pass(3_600_001);
          await this.rest();
          this.watch(this.tabs[0].outbox.drain("tap"));
          await this.rest();
        }
        this.watch(this.tabs[0].outbox.list().then((rows) => this.judge(person, rows)));
        await this.rest();
        await this.flush();
      }
    }

    // ---- what must hold
    judge(person, rows) {
      const shown = new Set(rows.filter((row) => row.state === "parked").map((row) => row.id));
      if (rows.some((row) => row.state === "queued")) this.wrong.push(`${person}: something waits for ever`);
      for (const one of this.intents.filter((intent) => intent.owner === person)) this.judgeOne(one, shown);
      this.judged = (this.judged ?? 0) + 1;
    }

    judgeOne({ intent, id, owner, saved, asked, gone }, shown) {
      const there = this.server.effects.filter((effect) => effect.intent === intent);
      const what = `capture ${intent} of ${owner}`;
      if (there.some((effect) => effect.owner !== owner)) this.wrong.push(`${what} came in under another name`);
      if (there.length > 1) this.wrong.push(`${what} came in ${there.length} times`);
      if (gone && there.length) this.wrong.push(`${what} was taken back, and came in`);
      if (saved && !asked && !there.length && !shown.has(id)) this.wrong.push(`${what} was saved, and is lost`);
    }

    judgeOrder() {
      for (const person of PEOPLE) {
        let latest = 0;
        for (const { owner, intent } of this.server.firsts) {
          const one = this.intents[intent - 1];
          if (owner !== person || this.disk.parked.has(`capture-${intent}`)) continue;
          if (one.saved < latest) this.wrong.push(`capture ${intent} of ${person} was overtaken`);
          latest = Math.max(latest, one.tapped);
        }
      }
      for (const { moved } of this.server.effects) if (moved && moved.base !== moved.from) this.wrong.push("a move went over another's");
    }
  }

  /** Run the seeds and return what was wrong, with how much was tried. */
  async function run(outbox, from, to, { untilWrong = false } = {}) {
    const told = { seeds: 0, captures: 0, wrong: [] };
    for (let seed = from; seed < to; seed++) {
      const world = new World(seed, outbox);
      await world.live(160 + (seed % 5) * 60);
      await world.heal();
      world.judgeOrder();
      if (world.judged !== PEOPLE.length) world.wrong.push("the run did not end");
      told.seeds += 1;
      told.captures += world.intents.filter((one) => one.saved).length;
      if (world.wrong.length) told.wrong.push({ seed, said: [...new Set(world.wrong)] });
      if (untilWrong && told.wrong.length) break;
    }
    return told;
  }

  self.model = { run };
})();
