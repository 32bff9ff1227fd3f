"""Deletes a record for good; above activities, because they hang on every kind of record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from crm import errors
from crm.accounts.commands import index_contact
from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.attachments.models import Attachment
from crm.captures.models import Decision
from crm.database import command, db
from crm.deals.commands import _index as index_deal
from crm.deals.models import Deal, DealContact
from crm.deletion.links import HISTORY, LINKS, model_of, only_about
from crm.search import index
from crm.tags.models import Tagging
from crm.timeline.record import record
from crm.users.ownership import get
from crm.users.viewer import Viewer

_AT_ONCE = {"synchronize_session": False}


@command
def delete_record(actor: Viewer, kind: str, record_id: str) -> list[str]:
    """Delete an account, contact, lead or deal, with its tags and what is about it alone.

    Contacts, deals and leads of an account stay, their link emptied. Returns the ids of the photos
    and voice notes that went along: once this is committed the caller removes their files. Raises
    NotFound for all but admins.
    """
    if not actor.is_admin:
        raise errors.NotFound
    doomed = get(actor, model_of(kind), record_id, lock=True)
    attachments = _attachments(kind, record_id)
    for rows in HISTORY:
        column = getattr(rows, f"{kind}_id")
        _run(delete(rows).where(*only_about(rows, kind, record_id)))
        _run(update(rows).where(column == record_id).values({column.key: None}))
    if kind in ("contact", "deal"):
        _run(delete(DealContact).where(getattr(DealContact, f"{kind}_id") == record_id))
    cut = [row for column in LINKS[kind] for row in _cut(column, record_id)]
    _run(delete(Decision).where(Decision.record_id == record_id))
    _run(delete(Tagging).where(Tagging.record_id == record_id))
    index.forget(record_id)
    db.session.flush()
    db.session.delete(doomed)
    db.session.flush()
    _index_again(cut)
    record("record.deleted", actor.id, user_id=actor.id, data={"kind": kind})
    return attachments


def _attachments(kind: str, record_id: str) -> list[str]:
    """Return what hangs on the activities that go, or on the lead; the rows follow by cascade."""
    going = select(Activity.id).where(*only_about(Activity, kind, record_id))
    hangs: list[ColumnElement[bool]] = [Attachment.activity_id.in_(going)]
    if kind == "lead":
        hangs.append(Attachment.lead_id == record_id)
    return list(db.session.scalars(select(Attachment.id).where(or_(*hangs))))


def _run(statement: Any) -> None:
    db.session.execute(statement.execution_options(**_AT_ONCE))


def _cut(column: Any, record_id: str) -> list[Any]:
    """Empty a link and return the records that had it."""
    rows = list(db.session.scalars(select(column.class_).where(column == record_id)))
    for row in rows:
        setattr(row, column.key, None)
        row.touch()
    return rows


def _index_again(rows: list[Any]) -> None:
    """Take the deleted name off the search lines of what stays."""
    for row in rows:
        if row.archived_at is not None:
            continue
        if isinstance(row, Contact):
            index_contact(row)
        elif isinstance(row, Deal):
            index_deal(row)
