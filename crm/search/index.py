"""Keeps the one folded line of a record; called inside the command that changes the record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import delete, func, select, update

from crm.database import db, dialect_insert
from crm.i18n import fold
from crm.search.models import SearchEntry

_TABLE = SearchEntry.__table__
#: Letters for private use: nobody types them, and three of them are one trigram.
_PRIVATE, _LETTERS = 0xE000, 6400


@lru_cache(maxsize=4096)
def owner_mark(owner_id: str) -> str:
    """Return the trigram that stands in the lines of this owner's records."""
    return _mark(f"owner {owner_id}")


@lru_cache(maxsize=1024)
def team_mark(team_id: str) -> str:
    """Return the trigram that stands in the lines of this team's records."""
    return _mark(f"team {team_id}")


def _mark(text: str) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    digits = (number // _LETTERS**place % _LETTERS for place in range(3))
    return "".join(chr(_PRIVATE + digit) for digit in digits)


NOBODYS = _mark("nobody")


def whose(owner_id: str | None, team_id: str | None) -> str:
    """Return the end of a record's line, which says whose it is.

    SQLite's index finds by it, together with the words, only what one may see; two people may
    share a mark, so the rule of visibility is asked for each row all the same.
    """
    marks = [owner_mark(owner_id)] if owner_id else []
    marks += [team_mark(team_id)] if team_id else []
    return f"{' '.join(marks or [NOBODYS])} "


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

    In `folded` a space stands before and after each word, so that ` ab` is a word's beginning and
    `4567 ` the end of a phone number. Persian texts of several words stand in it once more without
    spaces, because half-spaces and spaces are typed for each other.
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
        "folded": f" {' '.join(part for part in parts if part)} {whose(owner_id, team_id)}",
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


def hand_over(
    from_owner_id: str, owner_id: str, team_id: str | None, besides: Any | None = None
) -> None:
    """Follow the records of one owner to another; `besides` selects the ids of those that stay."""
    his = [SearchEntry.owner_id == from_owner_id]
    his += [SearchEntry.record_id.not_in(besides)] if besides is not None else []
    for before in db.session.scalars(select(SearchEntry.team_id).where(*his).distinct()).all():
        db.session.execute(
            update(SearchEntry)
            .where(*his, SearchEntry.team_id.is_not_distinct_from(before))
            .values(
                owner_id=owner_id,
                team_id=team_id,
                folded=func.replace(
                    SearchEntry.folded, whose(from_owner_id, before), whose(owner_id, team_id)
                ),
            )
            .execution_options(synchronize_session=False)
        )
