"""What makes a row the same record as last time, and the order in which rows are taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.i18n import fold
from crm.imports.reading import Row
from crm.imports.spec import Spec

_LONGEST = 180
#: What identifies a record that has no number of its own.
_IDENTITY = {
    "products": ("name",),
    "users": ("name", "first_name", "last_name"),
    "accounts": ("name",),
    "contacts": ("name", "first_name", "middle_name", "last_name", "account", "email", "phone"),
    "leads": ("name", "first_name", "middle_name", "last_name", "company", "email", "phone"),
    "deals": ("name", "account", "contact", "product", "owner", "opened_on"),
    "activities": (
        "kind",
        "subject",
        "note",
        "done_on",
        "due_on",
        "account",
        "contact",
        "lead",
        "deal",
        "owner",
    ),
}
#: Two alike in one file are two records; elsewhere the second one is the first one again.
_MAY_REPEAT = ("deals", "activities")


@dataclass(frozen=True)
class KeyedRow:
    """A row with the key of its record; `same_as` is the line that already has that key."""

    line: int
    key: str
    same_as: int | None
    cells: list[str]


def account_key(name: str) -> str:
    """Return the key of an account that is known by its name only."""
    return _fitting(f"name:{fold(name)}")


def person_key(name: str, account: str) -> str:
    """Return the key of a contact that is named in a deal only."""
    return f"named:{_digest((fold(name), fold(account)))}"


def prepare(spec: Spec, rows: Sequence[Row]) -> list[KeyedRow]:
    """Return the rows with their keys, in the order to take them: parents before daughters.

    Looks at all rows at once, so that afterwards each can be taken by itself.
    """
    seen: dict[str, int] = {}
    times: dict[str, int] = {}
    keyed = []
    for line, cells in _in_order(spec, rows):
        key = _key(spec, cells)
        if spec.kind in _MAY_REPEAT and not key.startswith("id:"):
            times[key] = times.get(key, 0) + 1
            key = key if times[key] == 1 else f"{key}:{times[key]}"
        keyed.append(KeyedRow(line, key, seen.get(key), cells))
        seen.setdefault(key, line)
    return keyed


def _key(spec: Spec, cells: Sequence[str]) -> str:
    if number := spec.cell(cells, "external_id"):
        header = spec.headers[spec.used["external_id"][0]]
        return _fitting(f"id:{fold(header)}:{fold(number)}")
    if spec.kind == "accounts":
        return account_key(spec.cell(cells, "name"))
    return f"row:{_digest(fold(_one(spec, cells, name)) for name in _IDENTITY[spec.kind])}"


def _one(spec: Spec, cells: Sequence[str], name: str) -> str:
    found = spec.cell(cells, name)
    if not found and name in ("email", "phone"):
        variants = (target for target in spec.used if target.startswith(f"{name}:"))
        return next((text for target in variants if (text := spec.cell(cells, target))), "")
    return found


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _fitting(key: str) -> str:
    return key if len(key) <= _LONGEST else f"{key[:20]}…{_digest((key,))}"


def _in_order(spec: Spec, rows: Sequence[Row]) -> Sequence[Row]:
    if spec.kind != "accounts" or "parent" not in spec.used:
        return rows
    parent_of: dict[str, str] = {}
    for _line, cells in rows:
        parent_of.setdefault(fold(spec.cell(cells, "name")), fold(spec.cell(cells, "parent")))
    return sorted(rows, key=lambda row: _depth(fold(spec.cell(row[1], "name")), parent_of))


def _depth(name: str, parent_of: dict[str, str]) -> int:
    """Return how many parents stand above; a circle ends where it meets itself."""
    seen = {name}
    while (name := parent_of.get(name, "")) and name not in seen:
        seen.add(name)
    return len(seen)
