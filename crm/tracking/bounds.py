"""Holds the tables of the website to their size: by visitor, by lead, and in all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import case, delete, func, select

from crm import clock
from crm.database import command, connection, db
from crm.tracking.beacons import SIGNALS
from crm.tracking.models import ONLY, Visitor, Website
from crm.users.viewer import Viewer

MOST_TOUCHES, MOST_VISITORS = 200, 200_000


def trim(table: Any, column: Any, ids: Sequence[str]) -> dict[str, int]:
    """Keep the 200 touches of each that say most, inside a command; return how many each has.

    Where there are more, page views go first, the oldest of them before the others.
    """
    of_the_web = table.c.signal.in_(SIGNALS)
    counted = select(column, func.count()).where(column.in_(ids), of_the_web).group_by(column)
    counts = {str(row[0]): int(row[1]) for row in connection().execute(counted)}
    for one, count in counts.items():
        if count <= MOST_TOUCHES:
            continue
        least = (case((table.c.signal == "page", 0), else_=1), table.c.at, table.c.id)
        over = select(table.c.id).where(column == one, of_the_web).order_by(*least)
        gone = over.limit(count - MOST_TOUCHES).scalar_subquery()
        connection().execute(delete(table).where(table.c.id.in_(gone)))
        counts[one] = MOST_TOUCHES
    return counts


@command
def prune_visitors(_actor: Viewer, most: int = 2000) -> int:
    """Forget visitors without a name: those unseen for long, and the oldest over the bound.

    Returns how many went, `most` at most; their touches go along.
    """
    website = db.session.get_one(Website, ONLY)
    since = clock.now() - timedelta(days=website.keeps_days)
    anonymous = select(Visitor.id).where(Visitor.lead_id.is_(None))
    unseen = anonymous.where(Visitor.last_seen_at < since).order_by(Visitor.last_seen_at)
    newest_first = anonymous.order_by(Visitor.last_seen_at.desc(), Visitor.id)
    gone = list(db.session.scalars(unseen.limit(most)))
    if len(gone) < most:
        over = newest_first.offset(MOST_VISITORS).limit(most - len(gone))
        gone += [i for i in db.session.scalars(over) if i not in gone]
    if gone:
        # Whoever said his name meanwhile stays.
        doomed = delete(Visitor).where(Visitor.id.in_(gone), Visitor.lead_id.is_(None))
        db.session.execute(doomed.execution_options(synchronize_session=False))
    return len(gone)
