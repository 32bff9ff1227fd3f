"""Today: what to do now, sorted by urgency and money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, redirect

from crm import clock
from crm.activities import queries
from crm.activities.models import OUTCOMES
from crm.activities.naming import subject_of
from crm.captures.decisions import open_decisions
from crm.i18n import _, formatting, ngettext
from crm.leads.queries import cards_to_type, scores_of
from crm.leads.scoring import Score
from crm.users.viewer import Viewer
from crm.web.days import days_today
from crm.web.rendering import render, viewer
from crm.web.scores import reasons_of
from crm.web.security import public
from crm.web.stops import calls_of

blueprint = Blueprint("today", __name__)


@blueprint.get("/")
@public
def home() -> Any:
    """The address itself."""
    return redirect("/today", 303)


@blueprint.get("/today")
def show() -> Response:
    """The page."""
    me, now = viewer(), clock.now()
    today = formatting.local(now).date()
    __, midnight = formatting.day_bounds(today, me.locale.tz)
    due = queries.promises(me, midnight)
    meeting = _fresh_meeting(due, now)
    promises = [promise(row, now, today) for row in due if meeting is None or row.id != meeting.id]
    days, coming = days_today(me, today)
    slipping = [*(_quiet(row, now) for row in queries.quiet_deals(me, now)), *coming]
    decisions, calls = open_decisions(me), calls_of(me)
    empty = not (promises or meeting or slipping or days or decisions or calls)
    return render(
        "today/show.html",
        decisions=decisions,
        meeting=meeting,
        outcomes=[(key, _(label)) for key, label in OUTCOMES.items()],
        hot=_hot_leads(me, now),
        calls=calls,
        cards=cards_to_type(me),
        promises=sorted(promises, key=lambda p: p.rank),
        days=days,
        slipping=slipping,
        next_up=_next_up(me, midnight) if empty else None,
    )


@dataclass
class _Meeting:
    id: str
    contact_name: str | None
    account_name: str | None
    subject: str | None
    ended_at: datetime


def _fresh_meeting(due: Any, now: datetime) -> _Meeting | None:
    over = [r for r in due if queries.is_unlogged(r, now) and now - r.ends_at <= queries.FRESH]
    if not over:
        return None
    row = max(over, key=lambda r: r.ends_at)
    return _Meeting(
        row.id,
        row.contact_name or row.lead_name,
        row.account_name or row.lead_company,
        row.subject,
        row.ends_at,
    )


@dataclass
class Promise:
    """One planned activity as its row shows it."""

    id: str
    subject: str
    who: str | None
    kind: str
    phone: str | None
    due_at: datetime
    has_time: bool
    is_late: bool
    is_unlogged: bool
    done_at: datetime | None
    version: int
    url: str
    rank: tuple[Any, ...]


def first_phone(*lists: Any) -> str | None:
    """Return the first phone of the first list that has one."""
    return next((phones[0]["value"] for phones in lists if phones), None)


def step_subject(row: Any) -> str:
    """Return what is promised: its own words, else the kind and the person."""
    return subject_of(row.kind, row.subject, row.contact_name or row.lead_name)


def url_of(row: Any) -> str:
    """Return the page that an activity is about."""
    for column, path in (
        ("deal_id", "deals"),
        ("lead_id", "leads"),
        ("contact_id", "contacts"),
        ("account_id", "accounts"),
    ):
        if getattr(row, column):
            return f"/{path}/{getattr(row, column)}"
    return f"/activities/{row.id}"


def promise(row: Any, now: datetime, today: date) -> Promise:
    """Return the row of one planned activity; late ones first, then by money, then by time."""
    due_day = formatting.local(row.due_at).date()
    is_late = row.due_at < now if row.has_time else due_day < today
    unlogged = queries.is_unlogged(row, now)
    return Promise(
        id=row.id,
        subject=step_subject(row),
        who=row.account_name or row.lead_company or (row.contact_name if row.subject else None),
        kind=row.kind,
        phone=first_phone(row.contact_phones, row.lead_phones),
        due_at=row.due_at,
        has_time=row.has_time,
        is_late=is_late,
        is_unlogged=unlogged,
        done_at=row.done_at,
        version=row.version,
        url=url_of(row),
        rank=(not is_late, -(row.amount or 0) if is_late else 0, row.due_at),
    )


@dataclass
class _Reason:
    points: int | None
    text: str


@dataclass
class _HotLead:
    id: str
    name: str
    company: str | None
    score: int | None
    phone: str | None
    reasons: list[_Reason]
    may_claim: bool = False


def _hot_leads(me: Viewer, now: datetime) -> list[_HotLead]:
    rows = queries.hot_leads(me)
    scores = scores_of(rows, now)
    cards = [_hot(row, scores[row.id], now) for row in rows]
    for card, row in zip(cards, rows, strict=True):
        card.may_claim = row.owner_id is None or row.pass_at is not None
    return cards


def _hot(row: Any, score: Score, now: datetime) -> _HotLead:
    """Return the card of a hot lead: its two heaviest reasons, else what is known of it."""
    phone = first_phone(row.phones)
    weighed = [_Reason(r.points, r.text) for r in reasons_of(score.lines) if r.points > 0]
    if weighed:
        return _HotLead(row.id, row.name, row.company, score.points, phone, weighed)
    came = formatting.ago(row.created_at, now)
    reasons = [
        _Reason(
            None,
            _("%(source)s, %(ago)s", source=row.source, ago=came)
            if row.source
            else _("Came in %(ago)s", ago=came),
        )
    ]
    if row.last_activity_at is None:
        reasons.append(_Reason(None, _("Nobody has called yet")))
    else:
        last = formatting.ago(row.last_activity_at, now)
        reasons.append(_Reason(None, _("Last contact %(ago)s", ago=last)))
    if row.needs:
        reasons.insert(0, _Reason(None, row.needs[:80]))
    return _HotLead(row.id, row.name, row.company, None, phone, reasons)


@dataclass
class _Slipping:
    kind: str
    title: str
    reason: str
    url: str
    amount: int | None
    currency: str


def _quiet(row: Any, now: datetime) -> _Slipping:
    quiet = (now - row.quiet_since).days
    reason = ngettext(
        "Quiet for %(num)s day, no next step", "Quiet for %(num)s days, no next step", quiet
    )
    return _Slipping(
        "quiet", row.account_name or row.name, reason, f"/deals/{row.id}", row.amount, row.currency
    )


@dataclass
class _NextUp:
    who: str
    at: datetime


def _next_up(me: Viewer, midnight: datetime) -> _NextUp | None:
    row = queries.first_after(me, midnight)
    return _NextUp(step_subject(row), row.due_at) if row else None
