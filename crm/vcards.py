"""Reads contacts as phones hand them on (vCard 2.1 to 4.0, MECARD), and writes one's own.

static/js/vcard.js reads the same without a line; both are held to tests/vcards/cards.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

MOST_BYTES = 1_000_000
#: Properties that are looked at: a card has dozens.
MOST_LINES = 1_000
MOST_REACH = 10
LENGTHS = {
    "name": 200,
    "company": 200,
    "job_title": 100,
    "website": 300,
    "address": 500,
    "city": 100,
    "country": 100,
    "description": 5000,
}
_SEVERAL_LINES = ("address", "description")
_LINE = re.compile(
    r'(?:([\w-]{1,40})\.)?([A-Za-z0-9-]{1,40})((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL
)
_PARAMETER = re.compile(r';((?:[^":;]|"[^"]*")*)')
_PART = re.compile(r";((?:\\.|[^;\\])*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_APPLE = re.compile(r"_\$!<(.*)>!\$_")
#: Control characters, and the marks that Persian phones set around a number.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SCHEME = re.compile(r"(?!https?://)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
#: The first of these words that stands at a number says what it is for.
_LABELS = {
    "fax": "fax",
    "cell": "mobile",
    "mobile": "mobile",
    "iphone": "mobile",
    "work": "work",
    "home": "home",
    "other": "other",
}


class _Property(NamedTuple):
    group: str
    name: str
    words: frozenset[str]
    value: str


def read_card(content: bytes) -> dict[str, Any]:
    """Return a lead's fields from the first card in there; {} where there is none.

    `phones` and `emails` are lists of {"value", "label"}. What is no text is passed over unread.
    """
    text = _decoded(content[:MOST_BYTES]).replace("\r\n", "\n").replace("\r", "\n").strip()
    if text[:7].upper() == "MECARD:":
        return _of_mecard(text[7:])
    if not re.match(r"BEGIN:VCARD\s*\n", text, re.IGNORECASE):
        return {}
    return _of_vcard(list(_properties(text)))


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:  # an old Windows in Persian
        return content.decode("cp1256", "replace")


def _properties(text: str) -> Iterator[_Property]:
    depth, lines = 0, iter(re.sub(r"\n[ \t]", "", text).split("\n")[:MOST_LINES])
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        group, name, said, value = found.groups()
        name = name.upper()
        if name in ("BEGIN", "END") and value.strip().upper() == "VCARD":
            depth += 1 if name == "BEGIN" else -1
            if depth == 0:
                return
            continue
        words, charset = _words(said)
        if "quoted-printable" in words:
            while value.endswith("="):
                value = value[:-1] + next(lines, "")
            value = _unquoted(value, charset)
        # A card within a card is somebody else's; what is packed is a picture or a key.
        if depth == 1 and not words & {"b", "base64"}:
            yield _Property((group or "").lower(), name, words, value)


def _words(said: str) -> tuple[frozenset[str], str]:
    """Return what stands between a property's name and its value: words, and the charset."""
    words: set[str] = set()
    charset = "utf-8"
    for one in _PARAMETER.findall(said):
        key, equals, value = one.partition("=")
        if key.strip().upper() == "CHARSET":
            charset = value.strip(' "')
        elif not equals or key.strip().upper() in ("TYPE", "ENCODING"):
            words.update(re.split(r"[\s,]+", (value if equals else key).strip(' "').lower()))
    return frozenset(words), charset


def _unquoted(value: str, charset: str) -> str:
    packed = quopri.decodestring(value.encode())
    try:
        return packed.decode(charset, "replace")
    except LookupError:
        return packed.decode("utf-8", "replace")


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], text).strip()


def _parts(value: str) -> list[str]:
    return [_plain(part) for part in _PART.findall(f";{value}")]


def _joined(parts: list[str], *order: int, between: str = " ") -> str:
    return between.join(parts[n] for n in order if n < len(parts) and parts[n])


def _of_vcard(properties: list[_Property]) -> dict[str, Any]:
    by_name: dict[str, list[_Property]] = {}
    for one in properties:
        by_name.setdefault(one.name, []).append(one)

    def first(*names: str) -> str:
        every = (one.value for name in names for one in by_name.get(name, ()))
        return next((value for value in every if value.strip()), "")

    own = {one.group: _plain(one.value) for one in by_name.get("X-ABLABEL", ())}
    addresses = sorted(by_name.get("ADR", ()), key=lambda one: "work" not in one.words)
    address = _parts(addresses[0].value) if addresses else []
    reach = {
        name: [
            {"value": _plain(one.value), "label": _label(one, own)} for one in by_name.get(kind, ())
        ]
        for name, kind in (("phones", "TEL"), ("emails", "EMAIL"))
    }
    return _fields(
        reach,
        name=_plain(first("FN")) or _joined(_parts(first("N")), 1, 2, 0),
        company=_joined(_parts(first("ORG")), 0),
        job_title=_plain(first("TITLE", "ROLE")),
        website=_plain(first("URL")),
        address=_joined(address, 2, 1, 3, 5, between=", "),
        city=_joined(address, 3),
        country=_joined(address, 6),
        description=_plain(first("NOTE")),
    )


def _label(one: _Property, own: dict[str, str]) -> str:
    for word, label in _LABELS.items():
        if word in one.words:
            return label
    said = own.get(one.group, "") if one.group else ""
    apple = _APPLE.fullmatch(said)
    said = apple[1] if apple else said
    return _LABELS.get(said.lower(), said)[:20]


def _of_mecard(text: str) -> dict[str, Any]:
    said: dict[str, list[str]] = {}
    for part in _PART.findall(f";{text}"):
        name, colon, value = part.partition(":")
        if colon and value:
            said.setdefault(name.strip().upper(), []).append(_plain(value))

    def first(name: str) -> str:
        return said.get(name, [""])[0]

    names = [part.strip() for part in first("N").split(",")]
    kinds = (("phones", "TEL"), ("emails", "EMAIL"))
    return _fields(
        {name: [{"value": v, "label": ""} for v in said.get(kind, ())] for name, kind in kinds},
        name=_joined(names, 1, 0),
        company=first("ORG"),
        job_title=first("TITLE"),
        website=first("URL"),
        address=first("ADR"),
        description=first("NOTE"),
    )


def _fields(reach: dict[str, list[dict[str, str]]], **texts: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: _fitting(name, text) for name, text in texts.items()}
    if _SCHEME.match(found["website"]):
        found["website"] = ""
    found["name"] = found["name"] or found["company"]
    for name, entries in reach.items():
        rows: dict[str, dict[str, str]] = {}
        for entry in entries:
            if value := _address(entry["value"]):
                rows.setdefault(value, {"value": value, "label": entry["label"]})
        found[name] = list(rows.values())[:MOST_REACH]
    return {name: value for name, value in found.items() if value}


def _fitting(name: str, text: str) -> str:
    clean = _CONTROL.sub("", text)
    return (clean if name in _SEVERAL_LINES else " ".join(clean.split()))[: LENGTHS[name]].strip()


def _address(text: str) -> str:
    """Return a number or address as one types it: version 4 writes it as a link."""
    bare = _CONTROL.sub("", _MARKS.sub("", text)).strip()
    bare = re.sub(r"^(?:tel|mailto):", "", bare, flags=re.IGNORECASE)
    return re.split(r";ext=|\?", bare)[0].strip()[:254]


def write_card(name: str, company: str = "", phone: str = "", email: str = "") -> str:
    """Return somebody's card in version 3.0, which every phone reads."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:;{_escaped(name)};;;", f"FN:{_escaped(name)}"]
    lines += [f"ORG:{_escaped(company)}"] if company else []
    lines += [f"TEL;TYPE=CELL:{_escaped(phone)}"] if phone else []
    lines += [f"EMAIL:{_escaped(email)}"] if email else []
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCARD"])


def _escaped(text: str) -> str:
    one_line = " ".join(_CONTROL.sub("", text).split())
    return re.sub(r"([\\;,])", r"\\\1", one_line)


def _folded(line: str) -> str:
    """Break a line before its 75th byte, between letters."""
    pieces, length = [""], 0
    for letter in line:
        size = len(letter.encode())
        if length + size > 74:
            pieces.append(" ")
            length = 1
        pieces[-1] += letter
        length += size
    return "\r\n".join(pieces)
