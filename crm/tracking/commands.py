"""Writes of the website: what visitors looked at, and who a visitor turned out to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from crm import clock
from crm.database import command, connection, db, dialect_insert, insert_rows, is_id, new_id
from crm.leads.models import Lead, Touch
from crm.leads.scoring import Sign
from crm.leads.touches import keep_touches, settle
from crm.tracking.beacons import PAGES, Seen, is_arrival
from crm.tracking.bounds import MOST_TOUCHES, trim
from crm.tracking.calls import plan_calls
from crm.tracking.models import ONLY, Visitor, VisitorTouch, Website
from crm.tracking.queries import find_rules
from crm.tracking.visits import note_visits
from crm.users.ownership import get
from crm.users.viewer import SYSTEM_ID, Viewer

_VISITOR: Any = Visitor.__table__
_SEEN: Any = VisitorTouch.__table__
_TOUCH: Any = Touch.__table__
_KEPT = (
    "last_seen_at",
    "first_touch",
    "last_touch",
    "lead_id",
    "count",
    "visit_at",
    "visit_entry_id",
    "visit_pages",
)
VIEW_DAYS = 7


@command
def keep_seen(_actor: Viewer, seen: Sequence[Seen]) -> None:
    """Write a batch of touches: a known lead's become the lead's, the others wait for a name."""
    by_visitor: dict[str, list[Seen]] = defaultdict(list)
    for one in sorted(seen, key=lambda one: one.at):
        by_visitor[one.visitor_id].append(one)
    visitors = _hold({visitor_id: ones[0].at for visitor_id, ones in by_visitor.items()})
    known: dict[str, list[Sign]] = defaultdict(list)
    changed, new = [], []
    for visitor in visitors:
        ones = by_visitor[visitor.id]
        values = _changed(visitor, ones)
        if visitor.lead_id is None:
            new += [_row(one) for one in ones]
            values["count"] += len(ones)
        else:
            signs = [Sign(one.signal, one.at, one.detail) for one in ones]
            known[visitor.lead_id] += signs
            values |= note_visits(visitor.lead_id, visitor, signs)
        changed.append(values)
    if new:
        insert_rows(insert(_SEEN), new)
        _hold_to_size(changed)
    _write(changed)
    _tell_leads(known)
    _note_beacon(seen)


def _hold_to_size(changed: Sequence[dict[str, Any]]) -> None:
    over = [values for values in changed if values["count"] > MOST_TOUCHES]
    if over:
        counts = trim(_SEEN, _SEEN.c.visitor_id, [values["id"] for values in over])
        for values in over:
            values["count"] = counts[values["id"]]


def _row(one: Seen) -> dict[str, Any]:
    return {
        "id": new_id(),
        "visitor_id": one.visitor_id,
        "signal": one.signal,
        "at": one.at,
        "detail": one.detail,
    }


def _hold(first_seen: dict[str, datetime]) -> Sequence[Any]:
    """Return the visitors' rows, made where there is none, locked in one order."""
    fresh = [
        {"id": i, "first_seen_at": at, "last_seen_at": at, "count": 0, "visit_pages": 0}
        for i, at in sorted(first_seen.items())
    ]
    held = select(_VISITOR).where(_VISITOR.c.id.in_(list(first_seen))).order_by(_VISITOR.c.id)
    while True:
        insert_rows(dialect_insert(_VISITOR).on_conflict_do_nothing(), fresh)
        rows = connection().execute(held.with_for_update()).all()
        if len(rows) == len(fresh):
            return rows
        # Pruning, or a lead's deletion, took one between the two statements: it is made anew.


def _changed(visitor: Any, ones: Sequence[Seen]) -> dict[str, Any]:
    came = [dict(one.origin) for one in ones if one.origin]
    arrivals = [origin for origin in came if is_arrival(origin)]
    first = visitor.first_touch or (came[0] if came else None)
    return {
        **_kept(visitor),
        "last_seen_at": max(visitor.last_seen_at, ones[-1].at),
        "first_touch": first,
        "last_touch": arrivals[-1] if arrivals else visitor.last_touch or first,
    }


def _kept(visitor: Any) -> dict[str, Any]:
    return {name: getattr(visitor, name) for name in ("id", "first_seen_at", *_KEPT)}


def _write(changed: Sequence[dict[str, Any]]) -> None:
    """Write visitors that are held. They are all there: of several, an INSERT that finds each of
    them is one statement, an UPDATE would be one each."""
    insertion = dialect_insert(_VISITOR)
    said = {name: insertion.excluded[name] for name in _KEPT}
    insert_rows(insertion.on_conflict_do_update(index_elements=["id"], set_=said), changed)


def _tell_leads(known: dict[str, list[Sign]]) -> None:
    """Give leads what they looked at, score them, and let their owners call them for it."""
    if not known:
        return
    rules, pages = find_rules(), {}
    for lead_id, signs in sorted(known.items()):
        keep_touches(lead_id, signs)
        for sign in signs:
            if sign.signal == "key_page":
                path = sign.detail.partition("?")[0]
                pages[lead_id] = rules.key_page(path) or path
    trim(_TOUCH, _TOUCH.c.lead_id, list(known))
    settle(list(known), SYSTEM_ID)
    plan_calls(pages)


def _note_beacon(seen: Sequence[Seen]) -> None:
    """Keep what the settings' page shows: that something arrives, and how much of late."""
    now = clock.now()
    pages = [one for one in seen if one.signal in PAGES]
    day, oldest = now.date().isoformat(), (now - timedelta(days=VIEW_DAYS)).date().isoformat()
    website = db.session.get_one(Website, ONLY, with_for_update=True, populate_existing=True)
    views = {kept: count for kept, count in website.views.items() if kept > oldest}
    website.views = views | {day: views.get(day, 0) + len(pages)}
    last = (pages or seen)[-1]
    website.last_at, website.last_detail = now, last.detail


@command
def join_visitor(actor: Viewer, lead_id: str, visitor_id: str | None) -> None:
    """Say who a visitor is: what he did becomes the lead's, and all that he will do.

    Whoever holds a transaction (a form that was sent) calls `join_visitor.inside`. What is no
    visitor's id changes nothing, nor does one that is another lead's: whoever was handed a link
    (?v=) would take its first owner along. Raises NotFound for a lead out of sight.
    """
    if not is_id(visitor_id) or visitor_id is None:
        return
    lead, now = get(actor, Lead, lead_id, lock=True), clock.now()
    # His pages may still wait to be written, here or in another process: the row says whose.
    visitor = _hold({visitor_id: now})[0]
    if visitor.lead_id is not None:
        return
    rows = connection().execute(
        select(_SEEN.c.signal, _SEEN.c.at, _SEEN.c.detail).where(_SEEN.c.visitor_id == visitor_id)
    )
    signs = [Sign(row.signal, row.at, row.detail) for row in rows]
    keep_touches(lead.id, signs)
    connection().execute(delete(_SEEN).where(_SEEN.c.visitor_id == visitor_id))
    visit = note_visits(lead.id, visitor, signs)
    _take_origin(lead, visitor)
    _write([_kept(visitor) | visit | {"lead_id": lead.id, "count": 0}])
    db.session.flush()
    trim(_TOUCH, _TOUCH.c.lead_id, [lead.id])
    settle([lead.id], actor.id)


def _take_origin(lead: Lead, visitor: Any) -> None:
    """Let the lead have come from where its visitor came from, first and last."""
    if lead.first_touch is None or visitor.first_seen_at < lead.created_at:
        lead.first_touch = visitor.first_touch or lead.first_touch
    if not (lead.last_touch or {}).get("utm_source"):
        lead.last_touch = visitor.last_touch or lead.last_touch
