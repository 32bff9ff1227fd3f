"""Whom a meeting is with: by an e-mail address, a phone number, or a name in its subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from crm.accounts.models import Contact
from crm.calendars.reading import Meeting
from crm.database import db
from crm.i18n import fold, parse_phone, to_ascii_digits
from crm.leads.models import OPEN_STATUSES, Lead
from crm.search.queries import search
from crm.users.ownership import may_see, visible
from crm.users.viewer import Viewer

#: So many addresses and numbers of one calendar are looked up, and so many names at once.
MOST_LOOKED_UP = 300
MOST_PHONES = 3
_MOST_NAMES = 500
_MOST_HITS = 20
_LONGEST_NAME = 5
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\+|00)?[0-9][0-9 ()./-]{6,18}[0-9](?![0-9A-Za-z])")
_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*")
_MODELS: tuple[tuple[str, Any], ...] = (("contact_id", Contact), ("lead_id", Lead))
Key = tuple[str, str]


class Person(NamedTuple):
    """A contact or an open lead: the activity's column, and the id."""

    column: str
    record_id: str


def find_persons(
    viewer: Viewer, meetings: Mapping[Key, Meeting], own_emails: Iterable[str]
) -> dict[Key, Person]:
    """Return with whom each meeting is, of those whom the viewer sees; others are not in it.

    The owner himself is no guest. A subject counts only where it names exactly one person.
    """
    mine = {email.casefold() for email in own_emails}
    emails = {key: [e for e in one.emails if e not in mine] for key, one in meetings.items()}
    phones = {key: _phones(one.text, viewer.locale.region) for key, one in meetings.items()}
    by_reach = _by_reach(viewer, [*_each(emails), *_each(phones)])
    names = {key: _names(one.summary) for key, one in meetings.items()}
    by_name = _by_name(viewer, {name for runs in names.values() for run in runs for name in run})
    found: dict[Key, Person] = {}
    for key in meetings:
        reached = (by_reach.get(word) for word in [*emails[key], *phones[key]])
        person = next((one for one in reached if one), None) or _named(names[key], by_name)
        if person:
            found[key] = person
    return found


def _each(words: Mapping[Key, Iterable[str]]) -> list[str]:
    return [word for some in words.values() for word in some]


def _phones(text: str, region: str) -> list[str]:
    found = []
    for match in _NUMBER.finditer(to_ascii_digits(text)):
        try:
            found.append(parse_phone(match[0], region))
        except ValueError:
            continue
        if len(found) == MOST_PHONES:
            break
    return found


def _by_reach(viewer: Viewer, words: Sequence[str]) -> dict[str, Person]:
    """Return who has each of these addresses and numbers, a contact before a lead."""
    found: dict[str, Person] = {}
    for word in list(dict.fromkeys(words))[:MOST_LOOKED_UP]:
        hits = search(viewer, word.partition(";")[0], ("contact", "lead"), _MOST_HITS)
        ids = [hit.record_id for hit in hits]
        # Search finds parts of words too.
        for column, record in _records(viewer, ids) if ids else ():
            reach = [*(record.emails or ()), *(record.phones or ())]
            if fold(word) in (fold(entry["value"]) for entry in reach):
                found.setdefault(word, Person(column, record.id))
    return found


def _records(viewer: Viewer, ids: Sequence[str]) -> list[tuple[str, Any]]:
    found = []
    for column, model in _MODELS:
        rows = visible(viewer, model).where(model.id.in_(ids)).order_by(model.id)
        if model is Lead:
            rows = rows.where(Lead.status.in_(OPEN_STATUSES))
        found += [(column, record) for record in db.session.scalars(rows)]
    return found


def _names(summary: str) -> list[list[str]]:
    """Return the runs of words that may be a name, the longest first, by their length.

    One word alone is a name only where it is all that the subject says.
    """
    words = _WORD.findall(fold(summary))[:20]
    if len(words) == 1:
        return [words]
    return [
        [" ".join(words[at : at + length]) for at in range(len(words) - length + 1)]
        for length in range(min(_LONGEST_NAME, len(words)), 1, -1)
    ]


def _by_name(viewer: Viewer, names: Iterable[str]) -> dict[str, set[Person]]:
    wanted, found = sorted(names), dict[str, set[Person]]()
    for at in range(0, len(wanted), _MOST_NAMES):
        some = wanted[at : at + _MOST_NAMES]
        for column, model in _MODELS:
            rows = select(model.id, model.name_folded).where(
                model.name_folded.in_(some), may_see(model, viewer), model.archived_at.is_(None)
            )
            if model is Lead:
                rows = rows.where(Lead.status.in_(OPEN_STATUSES))
            for row in db.session.execute(rows.limit(5 * _MOST_NAMES)):
                found.setdefault(row.name_folded, set()).add(Person(column, row.id))
    return found


def _named(runs: list[list[str]], by_name: Mapping[str, set[Person]]) -> Person | None:
    """«Sara Nouri Zadeh» is not «Sara Nouri»: the longest run that is a name decides."""
    for same_length in runs:
        persons = {person for name in same_length for person in by_name.get(name, ())}
        if persons:
            return persons.pop() if len(persons) == 1 else None
    return None
