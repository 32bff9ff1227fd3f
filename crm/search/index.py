"""Keeps the one folded line of a record; called inside the command that changes the record."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, update

from crm.database import db, dialect_insert
from crm.i18n import fold
from crm.search.models import SearchEntry

_TABLE = SearchEntry.__table__


def row(
    record_type: str,
    record_id: str,
    owner_id: str | None,
    team_id: str | None,
    title: str,
    subtitle: str,
    words: Iterable[str | None],
) -> dict[str, str | None]:
    """Return the row of a record, for `put` and for what writes many at once.

    `folded` begins and ends with a space, so that ` ab` is a word's beginning and `4567 ` the end
    of a phone number. Persian texts of several words stand in it once more without spaces, because
    half-spaces and spaces are typed for each other.
    """
    folded_title = fold(title)
    parts = [folded_title, fold(subtitle)]
    parts += [text.replace(" ", "") for text in parts if " " in text and not text.isascii()]
    parts += [fold(word) for word in words if word]
    return {
        "record_type": record_type,
        "record_id": record_id,
        "owner_id": owner_id,
        "team_id": team_id,
        "title": title,
        "subtitle": subtitle,
        "title_folded": folded_title,
        "folded": f" {' '.join(part for part in parts if part)} ",
    }


def put(
    record_type: str,
    record_id: str,
    owner_id: str | None,
    team_id: str | None,
    title: str,
    subtitle: str,
    words: Iterable[str | None],
) -> None:
    """Write what the record is found by. `words` are further texts: phones as digits, tags …"""
    values = row(record_type, record_id, owner_id, team_id, title, subtitle, words)
    statement = dialect_insert(_TABLE).values(values)
    change = {name: values[name] for name in values if name not in ("record_id", "record_type")}
    db.session.execute(statement.on_conflict_do_update(index_elements=["record_id"], set_=change))


def forget(record_id: str) -> None:
    """Take a record out of search (archived or deleted)."""
    db.session.execute(delete(SearchEntry).where(SearchEntry.record_id == record_id))


def hand_over(from_owner_id: str, owner_id: str, team_id: str | None) -> None:
    """Follow the records of one owner to another."""
    db.session.execute(
        update(SearchEntry)
        .where(SearchEntry.owner_id == from_owner_id)
        .values(owner_id=owner_id, team_id=team_id)
    )
