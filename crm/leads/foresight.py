"""What a change of the rules would do, shown before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.database import db
from crm.leads.models import OPEN_STATUSES, Lead
from crm.leads.score_book import read_book
from crm.leads.scoring import FIT, Bands, Rule, score
from crm.leads.touches import facts_of, signs_of
from crm.users.viewer import Viewer, require_admin

LOOKED_AT = 2000
_LEAD: Any = Lead.__table__
_LATEST = (
    select(_LEAD.c.id, _LEAD.c.name, *(_LEAD.c[field] for field in FIT.values()))
    .where(_LEAD.c.status.in_(OPEN_STATUSES), _LEAD.c.archived_at.is_(None))
    .where(_LEAD.c.heat_by_hand.is_(None))
    .order_by(_LEAD.c.id.desc())
    .limit(LOOKED_AT)
)


@dataclass(frozen=True)
class Move:
    """A lead whose heat would be another."""

    id: str
    name: str
    before: str
    after: str


def who_would_move(viewer: Viewer, rule: Rule | None, bands: Bands) -> list[Move]:
    """Return whose heat would change by a rule and bands as they are wanted; admins alone.

    Of the latest LOOKED_AT open leads: enough to see what a change does, soon enough to be asked
    before each. A rule that is None changes nothing; one without points is switched off.
    """
    require_admin(viewer)
    book, now = read_book(), clock.now()
    wanted = [one for one in book.rules if rule is None or one.id != rule.id]
    if rule is not None and rule.points:
        wanted.append(rule)
    rows = db.session.execute(_LATEST).all()
    signs = signs_of([row.id for row in rows])
    moves = []
    for row in rows:
        facts, seen = facts_of(row), signs.get(row.id, ())
        before = book.bands.heat(score(book.rules, seen, facts, now).points)
        after = bands.heat(score(wanted, seen, facts, now).points)
        if before != after:
            moves.append(Move(row.id, row.name, before, after))
    return moves
