"""Keeps the one folded line of a record; called inside the command that changes the record."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from crm.database import db, is_sqlite
from crm.i18n import fold
from crm.search.models import SearchEntry

_TABLE = SearchEntry.__table__


def put(
    record_type: str, record_id: str, owner_id: str | None, team_id: str | None,
    title: str, subtitle: str, words: Iterable[str | None],
) -> None:
    """Write what the record is found by. `words` are further texts: phones as digits, tags …"""
    folded_title = fold(title)
    rest = (fold(word) for word in words if word)
    line = " ".join((folded_title, fold(subtitle), *rest))
    row = {
        "record_type": record_type, "record_id": record_id, "owner_id": owner_id,
        "team_id": team_id, "title": title, "subtitle": subtitle,
        "title_folded": folded_title, "folded": f" {line}",
    }
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    statement = insert(_TABLE).values(row)  # type: ignore[arg-type]
    change = {name: row[name] for name in row if name not in ("record_id", "record_type")}
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["record_id"], set_=change)
    )


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
