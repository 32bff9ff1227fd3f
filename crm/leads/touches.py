"""What a lead did is kept, and its score, heat and history follow, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from crm import clock
from crm.database import command, connection, db, new_id
from crm.leads.models import Heat, Lead, LeadStatus, Touch
from crm.leads.score_book import Book, read_book
from crm.leads.scoring import FIT, Score, Sign, next_change, score
from crm.timeline.record import entry_row, record_all
from crm.users.ownership import get
from crm.users.viewer import SYSTEM_ID, Viewer

_TOUCH: Any = Touch.__table__
_LEAD: Any = Lead.__table__
#: A lead that is worth following shows itself by far less; robots send far more.
MOST_READ = 500
DETAIL = 300
CLOSED = (LeadStatus.CONVERTED.value, LeadStatus.DISQUALIFIED.value)
HEAT_KINDS = {
    Heat.HOT.value: "lead.became_hot",
    Heat.WARM.value: "lead.became_warm",
    Heat.COLD.value: "lead.became_cold",
}
_WANTED = (
    _LEAD.c.id,
    _LEAD.c.heat,
    _LEAD.c.heat_by_hand,
    _LEAD.c.status,
    _LEAD.c.archived_at,
    _LEAD.c.mql_at,
    _LEAD.c.sql_at,
    *(_LEAD.c[field] for field in FIT.values()),
)
_KEPT = ("score", "scored_at", "cools_at", "rules_version", "heat", "mql_at", "sql_at")
_UPDATE = (
    update(_LEAD)
    .where(_LEAD.c.id == bindparam("_id"))
    .values({name: bindparam(f"_{name}") for name in _KEPT})
)


@command
def add_touches(
    actor: Viewer, lead_id: str, signs: Sequence[Sign], activity_id: str | None = None
) -> None:
    """Keep what a lead did and reckon its score anew. Raises NotFound."""
    lead = get(actor, Lead, lead_id, lock=True)
    keep_touches(lead.id, signs, activity_id)
    settle([lead.id], actor.id)


def keep_touches(lead_id: str, signs: Iterable[Sign], activity_id: str | None = None) -> None:
    """Write signals of a lead that the command at hand holds; `settle` is the caller's."""
    rows = [
        {
            "id": new_id(),
            "lead_id": lead_id,
            "signal": sign.signal,
            "at": sign.at,
            "detail": sign.detail[:DETAIL],
            "activity_id": activity_id,
        }
        for sign in signs
    ]
    if rows:
        connection().execute(insert(_TOUCH), rows)


def forget_touches(activity_id: str) -> bool:
    """Take back what an activity said of its lead, if it did; `settle` is the caller's."""
    gone = delete(_TOUCH).where(_TOUCH.c.activity_id == activity_id)
    return connection().execute(gone).rowcount > 0


def settle(
    lead_ids: Sequence[str], actor_id: str, *, is_new: bool = False, because: str = ""
) -> None:
    """Bring score, heat and history of leads up to date, inside a command.

    A heat that is another than before is one entry in the timeline, whoever came first; of a new
    lead only that it is hot. `because`: no lead did anything, so nobody is told of what follows.
    """
    db.session.flush()
    book, now = read_book(), clock.now()
    # Locked before their signals are read: who waits here sees those of whom he waited for.
    held = select(*_WANTED).where(_LEAD.c.id.in_(lead_ids)).order_by(_LEAD.c.id)
    # Not their keys: whoever just wrote an activity of that lead holds those, and waits for us.
    rows = connection().execute(held.with_for_update(key_share=True)).all()
    signs = signs_of([row.id for row in rows])
    changes = [(row, _verdict(row, signs[row.id], book, now)) for row in rows]
    if changes:
        connection().execute(_UPDATE, [values for _row, (_score, values) in changes])
    record_all(
        [
            _news(lead, found, values["_heat"], actor_id, because)
            for lead, (found, values) in changes
            if lead.heat != values["_heat"]
            and not (is_new and values["_heat"] != Heat.HOT)
            and lead.status not in CLOSED
            and lead.archived_at is None
        ]
    )
    db.session.expire_all()


def signs_of(lead_ids: Sequence[str]) -> dict[str, list[Sign]]:
    """Return the latest signals by lead; the caller has found the leads visible."""
    found: dict[str, list[Sign]] = defaultdict(list)
    rows = connection().execute(
        select(_TOUCH.c.lead_id, _TOUCH.c.signal, _TOUCH.c.at, _TOUCH.c.detail)
        .where(_TOUCH.c.lead_id.in_(lead_ids))
        .order_by(_TOUCH.c.lead_id, _TOUCH.c.at.desc())
    )
    for row in rows:
        if len(found[row.lead_id]) < MOST_READ:
            found[row.lead_id].append(Sign(row.signal, row.at, row.detail))
    return found


def facts_of(lead: Any) -> dict[str, Any]:
    """Return what a lead is, as the rules ask for it."""
    return {field: getattr(lead, field) for field in FIT.values()}


def _verdict(
    row: Any, signs: Sequence[Sign], book: Book, now: datetime
) -> tuple[Score, dict[str, Any]]:
    facts = facts_of(row)
    found = score(book.rules, signs, facts, now)
    by_score = book.bands.heat(found.points)
    values = {
        "_id": row.id,
        "_score": found.points,
        "_scored_at": now,
        "_cools_at": next_change(book.rules, signs, facts, now, book.bands),
        "_rules_version": book.version,
        "_heat": row.heat_by_hand or by_score,
        "_mql_at": row.mql_at or (now if by_score != Heat.COLD else None),
        "_sql_at": row.sql_at or (now if by_score == Heat.HOT else None),
    }
    return found, values


def _news(row: Any, found: Score, heat: str, actor_id: str, because: str) -> dict[str, Any]:
    reasons = [
        {"signal": line.rule.signal, "points": line.points, "times": line.times}
        for line in found.lines[:2]
        if line.rule is not None
    ]
    data = {"score": found.points, "from": row.heat, "reasons": reasons}
    if because:
        data["because"] = because
    return entry_row(HEAT_KINDS[heat], actor_id, lead_id=row.id, data=data)


@command
def settle_due(_actor: Viewer, most: int = 200) -> int:
    """Score leads anew whose rules changed or whose time has come; returns how many it were.

    Rows that another one holds are passed over: its own settling brings them up to date.
    """
    version, now = read_book().version, clock.now()
    outdated = select(Lead.id).where(Lead.rules_version < version)
    cooled = select(Lead.id).where(Lead.cools_at <= now)
    found: list[str] = []
    for due in (outdated, cooled):
        if len(found) < most:
            locked = due.limit(most - len(found)).with_for_update(skip_locked=True, key_share=True)
            found += [i for i in db.session.scalars(locked) if i not in found]
    if found:
        settle(found, SYSTEM_ID, because="time_or_rules")
    return len(found)
