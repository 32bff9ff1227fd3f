// Finds people in the book on this phone, as the server's search does (crm/search, crm/i18n/fold.py).
import { ready } from "./offline.js";

const LETTERS = { ı: "i", ø: "o", ł: "l", đ: "d", ð: "d", æ: "ae", œ: "oe", ß: "ss", ς: "σ", "’": "'", "‘": "'", ء: "", ـ: "" };
for (const c of "يىےۍېۑ") LETTERS[c] = "ی";
for (const c of "كڪګ") LETTERS[c] = "ک";
for (const c of "ةۃەہھۀ") LETTERS[c] = "ه";
for (const c of "ٱٲٳ") LETTERS[c] = "ا";
const OTHER = new RegExp(`[${Object.keys(LETTERS).join("")}]|\\p{Mn}|\\p{Me}|\\p{Cf}|\\p{Nd}`, "gu");
const DIGIT = /\p{Nd}/u;
const WORD = 3;

function plain(character) {
  if (character in LETTERS) return LETTERS[character];
  if (!DIGIT.test(character)) return "";
  // Digits of every script stand in runs of ten.
  let zero = character.codePointAt(0);
  const code = zero;
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}

/** Return the form in which two spellings of one thing are equal: letters of two keyboards, digits, half-spaces, case, accents. */
export function fold(text) {
  // Up and down again is as near to case folding as there is.
  const cased = text.normalize("NFKD").toUpperCase().toLowerCase();
  const folded = cased.normalize("NFKD").replace(OTHER, plain).normalize("NFC");
  return folded.trim().split(/\s+/).join(" ");
}

// eslint-disable-next-line no-control-regex
const isAscii = (text) => /^[\x00-\x7f]*$/.test(text);

/** The people of a book, ready to be searched. */
export class People {
  constructor(people) {
    this.all = people.map(([ref, name, sub, phones, initials]) => {
      const title = fold(name);
      const parts = [title, fold(sub ?? "")];
      // A half-space and a space are typed for each other.
      for (const part of [...parts]) if (part.includes(" ") && !isAscii(part)) parts.push(part.replaceAll(" ", ""));
      const numbers = (phones ?? "").split(",").map((number) => number.replace(/;.*/, "")).filter(Boolean);
      return { ref, name, sub, initials, title, phone: numbers[0] ?? "", numbers, line: ` ${[...parts, ...numbers].join(" ")} ` };
    });
  }

  /** Return at most `limit` of `kinds` in which every word of `text` occurs: exact names, then beginnings, then the rest. */
  find(text, limit = 8, kinds = null) {
    const typed = asTyped(text);
    const found = new Set();
    const pool = kinds ? this.all.filter((one) => kinds.includes(one.ref.split(":")[0])) : this.all;
    const add = (some) => some.forEach((one) => found.add(one));
    if (!typed) return [];
    add(pool.filter((one) => one.title.startsWith(typed)).sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0)));
    const rounds = typed.length < 2 ? [] : wordings(typed);
    for (const words of rounds) {
      if (found.size >= limit) break;
      const parts = words.map((word) => (word.length < WORD ? ` ${word}` : word));
      add(pool.filter((one) => parts.every((part) => one.line.includes(part))));
    }
    return [...found].slice(0, limit);
  }

  /** Return who has this very name or one of these numbers: perhaps the one that is being typed anew. */
  alike(name, phones = []) {
    const title = fold(name);
    const joined = title.replaceAll(" ", "");
    const ends = phones.map((phone) => asTyped(phone).replace(/\D/g, "").replace(/^0/, "")).filter((end) => end.length >= 7);
    const isSame = (one) =>
      (joined.length > 1 && one.title.replaceAll(" ", "") === joined) ||
      ends.some((end) => one.numbers.some((number) => number.endsWith(end)));
    return this.all.filter(isSame).slice(0, 3);
  }
}

function asTyped(text) {
  const folded = fold(text.slice(0, 200));
  if (!/^[\d\s()+\-./]+$/.test(folded)) return folded.split(" ").slice(0, 6).join(" ");
  const digits = folded.replace(/\D/g, "");
  return digits.startsWith("00") ? digits.slice(2) : digits;
}

function wordings(typed) {
  const words = typed.split(" ");
  const rounds = [words];
  if (/^\d{3,}$/.test(typed)) {
    rounds.unshift([`${typed} `]);
    // As dialled at home, where the number is kept as dialled from abroad.
    if (typed.startsWith("0") && typed.length > 6) rounds.push([typed.slice(1)]);
  }
  for (let n = 0; n < words.length - 1; n += 1) {
    if (Math.min(words[n].length, words[n + 1].length) < WORD) {
      rounds.push([...words.slice(0, n), words[n] + words[n + 1], ...words.slice(n + 2)]);
    }
  }
  return rounds;
}

let loading = null;

/** Resolve to the book on this phone and its People; to null where there is none for whoever sits here. */
export function book() {
  loading ??= load().catch(() => (loading = null));
  return loading;
}

async function load() {
  // Before it is known whose phone this is now, what is here may be another's.
  const kept = await (await ready)?.book.get();
  return kept ? { ...kept, people: new People(kept.people ?? []) } : null;
}

new BroadcastChannel("hamrah").addEventListener("message", ({ data }) => {
  if (data.type === "book") loading = null;
});

/** Return the page's record behind a reference such as `contact:<id>`. */
export const address = (ref) => `/${ref.replace(":", "s/")}`;

/** Return the pieces that the page without signal holds, in the reader's language: `(id) => element`. */
export async function pieces() {
  const kept = (await caches.match("/offline", { ignoreVary: true })) ?? (await fetch("/offline"));
  const page = new DOMParser().parseFromString(await kept.text(), "text/html");
  return (id) => document.importNode(page.getElementById(id).content, true).firstElementChild;
}

/** Return a list's row for one of the book. */
export function row(piece, { ref, name, sub, initials, phone }) {
  const line = piece("book-row");
  const [title, second] = line.querySelectorAll("bdi");
  line.querySelector(".tile").textContent = initials;
  Object.assign(line.querySelector(".row__link"), { href: address(ref) });
  title.textContent = name;
  if (sub) second.textContent = sub;
  else line.querySelector(".row__sub").remove();
  const call = line.querySelector(".row__act");
  if (phone) {
    call.href = `tel:${/^0/.test(phone) ? "" : "+"}${phone}`;
    call.ariaLabel = `${call.ariaLabel} ${name}`;
  } else call.remove();
  return line;
}
