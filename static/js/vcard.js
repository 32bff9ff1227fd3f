// Reads a contact as phones hand it on (vCard 2.1 to 4.0, MECARD), also without a line. crm/vcards.py reads the same on
// the server; both are held to tests/vcards/cards.
export const MOST_BYTES = 1_000_000;
const MOST_LINES = 1000;
const MOST_REACH = 10;
const LENGTHS = { name: 200, company: 200, job_title: 100, website: 300, address: 500, city: 100, country: 100, description: 5000 };
const SEVERAL_LINES = ["address", "description"];
const LINE = /^(?:([\p{L}\p{N}_-]{1,40})\.)?([A-Za-z0-9-]{1,40})((?:;(?:[^":;]|"[^"]*")*)*):(.*)/su;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;
const MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** The first of these words that stands at a number says what it is for. */
const LABELS = { fax: "fax", cell: "mobile", mobile: "mobile", iphone: "mobile", work: "work", home: "home", other: "other" };

/** Return a lead's fields from the first card in `bytes`, {} where there is none; phones and emails as {value, label}. */
export function readCard(bytes) {
  const text = decoded(bytes.subarray(0, MOST_BYTES)).replace(/\r\n?/g, "\n").trim();
  if (/^MECARD:/i.test(text)) return ofMecard(text.slice(7));
  return /^BEGIN:VCARD\s*\n/i.test(text) ? ofVcard([...properties(text)]) : {};
}

function decoded(bytes) {
  const [one, two] = bytes;
  if (one === 0xff && two === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (one === 0xfe && two === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1256").decode(bytes); // an old Windows in Persian
  }
}

function* properties(text) {
  const lines = text.replace(/\n[ \t]/g, "").split("\n").slice(0, MOST_LINES);
  let depth = 0;
  while (lines.length) {
    let [all, group, name, said, value] = LINE.exec(lines.shift()) ?? [];
    if (all === undefined) continue;
    name = name.toUpperCase();
    if (/^(BEGIN|END)$/.test(name) && value.trim().toUpperCase() === "VCARD") {
      depth += name === "BEGIN" ? 1 : -1;
      if (!depth) return;
      continue;
    }
    const { words, charset } = wordsOf(said);
    if (words.has("quoted-printable")) {
      while (value.endsWith("=")) value = value.slice(0, -1) + (lines.shift() ?? "");
      value = unquoted(value, charset);
    }
    // A card within a card is somebody else's; what is packed is a picture or a key.
    if (depth === 1 && !words.has("b") && !words.has("base64")) yield { group: (group ?? "").toLowerCase(), name, words, value };
  }
}

function wordsOf(said) {
  const words = new Set();
  let charset = "utf-8";
  for (const [, one] of said.matchAll(/;((?:[^":;]|"[^"]*")*)/gs)) {
    const at = one.indexOf("=");
    const key = (at < 0 ? one : one.slice(0, at)).trim();
    const value = (at < 0 ? key : one.slice(at + 1)).replace(/^[ "]+|[ "]+$/g, "");
    if (/^charset$/i.test(key) && at >= 0) charset = value;
    else if (at < 0 || /^(type|encoding)$/i.test(key)) value.toLowerCase().split(/[\s,]+/).forEach((word) => words.add(word));
  }
  return { words, charset };
}

function unquoted(value, charset) {
  const bytes = [];
  for (const [part, hex] of value.matchAll(/=([0-9A-Fa-f]{2})|[^=]+|=/g)) {
    if (hex) bytes.push(parseInt(hex, 16));
    else for (const byte of new TextEncoder().encode(part)) bytes.push(byte);
  }
  try {
    return new TextDecoder(charset).decode(new Uint8Array(bytes));
  } catch {
    return new TextDecoder().decode(new Uint8Array(bytes));
  }
}

const plain = (text) => text.replace(/\\(.)/gs, (_all, letter) => (/n/i.test(letter) ? "\n" : letter)).trim();
const split = (value) => [...`;${value}`.matchAll(/;((?:\\.|[^;\\])*)/gs)].map(([, part]) => part);
const joined = (parts, order, between = " ") => order.map((n) => parts[n]).filter(Boolean).join(between);

function ofVcard(all) {
  const of = (name) => all.filter((one) => one.name === name);
  const first = (...names) => names.flatMap(of).map(({ value }) => value).find((value) => value.trim()) ?? "";
  const parts = (value) => split(value).map(plain);
  const own = Object.fromEntries(of("X-ABLABEL").map(({ group, value }) => [group, plain(value)]));
  const address = of("ADR").find(({ words }) => words.has("work")) ?? of("ADR")[0];
  const lines = address ? parts(address.value) : [];
  const reach = (name) => of(name).map((one) => ({ value: plain(one.value), label: labelOf(one, own) }));
  return fieldsOf({ phones: reach("TEL"), emails: reach("EMAIL") }, {
    name: plain(first("FN")) || joined(parts(first("N")), [1, 2, 0]),
    company: joined(parts(first("ORG")), [0]),
    job_title: plain(first("TITLE", "ROLE")),
    website: plain(first("URL")),
    address: joined(lines, [2, 1, 3, 5], ", "),
    city: joined(lines, [3]),
    country: joined(lines, [6]),
    description: plain(first("NOTE")),
  });
}

function labelOf({ group, words }, own) {
  const word = Object.keys(LABELS).find((one) => words.has(one));
  if (word) return LABELS[word];
  const said = group ? (own[group] ?? "").replace(/^_\$!<(.*)>!\$_$/, "$1") : "";
  return (LABELS[said.toLowerCase()] ?? said).slice(0, 20);
}

function ofMecard(text) {
  const said = {};
  for (const part of split(text)) {
    const [, name, value] = /^([^:]*):(.+)/s.exec(part) ?? [];
    if (value) (said[name.trim().toUpperCase()] ??= []).push(plain(value));
  }
  const first = (name) => said[name]?.[0] ?? "";
  const reach = (name) => (said[name] ?? []).map((value) => ({ value, label: "" }));
  return fieldsOf({ phones: reach("TEL"), emails: reach("EMAIL") }, {
    name: joined(first("N").split(",").map((one) => one.trim()), [1, 0]),
    company: first("ORG"), job_title: first("TITLE"), website: first("URL"), address: first("ADR"), description: first("NOTE"),
  });
}

function fieldsOf(reach, texts) {
  const found = {};
  for (const [name, text] of Object.entries(texts)) {
    const clean = text.replace(CONTROL, "");
    found[name] = (SEVERAL_LINES.includes(name) ? clean : clean.trim().replace(/\s+/g, " ")).slice(0, LENGTHS[name]).trim();
  }
  if (/^(?!https?:\/\/)[a-z][a-z0-9+.-]*:/i.test(found.website)) found.website = "";
  found.name ||= found.company;
  for (const [name, entries] of Object.entries(reach)) {
    const rows = entries.map(({ value, label }) => ({ value: addressOf(value), label })).filter(({ value }) => value);
    found[name] = rows.filter(({ value }, n) => rows.findIndex((row) => row.value === value) === n).slice(0, MOST_REACH);
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value.length));
}

/** A number or address as one types it: version 4 writes it as a link. */
const addressOf = (text) =>
  text.replace(MARKS, "").replace(CONTROL, "").trim().replace(/^(?:tel|mailto):/i, "").split(/;ext=|\?/)[0].trim().slice(0, 254);
