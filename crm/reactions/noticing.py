"""Keeps what a pass has dealt with: however many workers and passes, each due thing comes once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from crm import clock
from crm.database import command, connection, db, dialect_insert
from crm.reactions.models import Noticed
from crm.users.viewer import Viewer

_TABLE: Any = Noticed.__table__
#: Longer than any pass looks back.
KEPT = timedelta(days=90)


def unnoticed(kind: str, subject_id: Any, at: Any) -> ColumnElement[bool]:
    """Return the condition for rows that no pass has dealt with; by the primary key."""
    return ~(
        select(Noticed.subject_id)
        .where(Noticed.kind == kind, Noticed.subject_id == subject_id, Noticed.at == at)
        .exists()
    )


def notice(kind: str, things: Iterable[tuple[str, datetime]]) -> set[str]:
    """Note that these are dealt with, inside a command; return those that are this worker's."""
    rows = [{"kind": kind, "subject_id": subject, "at": at} for subject, at in things]
    if not rows:
        return set()
    written = dialect_insert(_TABLE).values(rows).on_conflict_do_nothing()
    return set(connection().execute(written.returning(_TABLE.c.subject_id)).scalars())


@command
def forget_noticed(_actor: Viewer, _most: int = 100) -> int:
    """Forget what was due long ago."""
    old = delete(Noticed).where(Noticed.at < clock.now() - KEPT)
    db.session.execute(old.execution_options(synchronize_session=False))
    return 0
