"""The rules of the outbox and of its server, each broken on purpose: the model must see it."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A change of the source that breaks a rule, and what the model then says, among other."""

    name: str
    file: str
    text: str
    broken: str
    seen: str


RULES = [
    Rule(
        "no ledger",
        "model.js",
        "const before = this.ledger.get(capture_id);\n      if (before?.struck)",
        "const before = null;\n      if (before?.struck)",
        "times",
    ),
    Rule(
        "delete before send",
        "outbox.js",
        "await write(...batch.map(({ row }) => kept(row)));",
        """for (const { row } of batch) {
          await store.write([["captures", "delete", row.seq]]);
          await journal.delete("captures", row.id);
        }""",
        "is lost",
    ),
    Rule(
        "any 2xx is an acknowledgement",
        "outbox.js",
        "if (!json) return offline;",
        """if (status === 200 && !json?.results)
        return { results: ids.map((id) => ({ capture_id: id, verdict: "applied" })) };
      if (!json) return offline;""",
        "is lost",
    ),
    Rule(
        "a new id on retry",
        "outbox.js",
        "({ capture_id: row.id,",
        "({ capture_id: row.tries > 1 ? `${row.id} ${row.tries}` : row.id,",
        "times",
    ),
    Rule(
        "an id per tap",
        "outbox.js",
        "const { id, kind, body,",
        "const id = uuid(now());\n      const { kind, body,",
        "times",
    ),
    Rule(
        "no user check",
        "model.js",
        'if (message.user_id !== cookie) return problem(403, "wrong_user");',
        "",
        "under another name",
    ),
    Rule(
        "wipe on sign-out",
        "outbox.js",
        'await write(["meta", "delete", "user"]);',
        """const user = await me();
      for (const row of user ? await store.rows("captures", "queued", user.user_id) : []) {
        await store.write([["captures", "delete", row.seq]]);
        await journal.delete("captures", row.id);
      }
      await store.write([["meta", "delete", "user"]]);""",
        "is lost",
    ),
    Rule(
        "drop what was rejected",
        "outbox.js",
        'REFUSED.includes(verdict) && "parked"',
        'REFUSED.includes(verdict) && "archived"',
        "is lost",
    ),
    Rule(
        "no reconcile",
        "outbox.js",
        "await takeUp(some.filter((row) => json.missing.includes(row.id)));",
        "",
        "is lost",
    ),
    Rule(
        "last write wins",
        "model.js",
        "if (body.base !== this.version)",
        "if (false)",
        "over another's",
    ),
    Rule(
        "a shuffled batch",
        "outbox.js",
        "const captures = batch.map(",
        "const captures = [...batch].reverse().map(",
        "overtaken",
    ),
    Rule(
        "any response is an acknowledgement",
        "outbox.js",
        'const offline = { state: "offline", after };',
        """const offline = { state: "offline", after };
      if (status) return { results: ids.map((id) => ({ capture_id: id, verdict: "applied" })) };""",
        "is lost",
    ),
    Rule(
        "stored once",
        "outbox.js",
        'await journal.put("captures", row);\n      for (const blob of blobs)',
        "for (const blob of blobs)",
        "is lost",
    ),
    Rule(
        "taken back when it may have been sent",
        "outbox.js",
        '(row?.state === "queued" && !row.tries)',
        'row?.state === "queued"',
        "was taken back|overtaken",
    ),
    Rule(
        "a batch goes around what waits",
        "outbox.js",
        "if (!content) continue;",
        "if (!content || (row.tries && random() < 0.5)) continue;",
        "overtaken",
    ),
    Rule(
        "the key of one opens the rows of another",
        "outbox.js",
        'const rowsOf = (user, state) => store.rows("captures", state, user.user_id);',
        'const rowsOf = (user, state) => store.rows("captures", state);',
        "saw|for ever",
    ),
    Rule(
        "no mending of a lost copy",
        "outbox.js",
        "const noted = await journal.keys();",
        "return;\n      const noted = [];",
        "is lost",
    ),
    Rule(
        "a known id is written over",
        "outbox.js",
        '[row.seq] = await write(["captures", "add", row]',
        '[row.seq] = await write(["captures", "put", row]',
        "overtaken|times|lost",
    ),
    Rule(
        "a word that is no verdict counts as one",
        "outbox.js",
        'const TAKEN = ["applied",',
        'const TAKEN = ["retry", "applied",',
        "is lost",
    ),
    Rule(
        "saved in the name of whoever is signed in",
        "outbox.js",
        "user.user_id !== (capture.user_id ?? here ?? user.user_id)",
        "false",
        "under another name|is lost",
    ),
]
