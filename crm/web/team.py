"""A manager's team: who has logged what, what is open, what has gone quiet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request

from crm import clock, errors
from crm.activities.models import OUTCOMES
from crm.activities.naming import kind_label
from crm.activities.team import team_members
from crm.activities.week_log import get_member, week_log
from crm.devices.queries import standings
from crm.i18n import _, formatting
from crm.leads.speed import speeds
from crm.users.away import set_away
from crm.web.away import away_words, covers_for
from crm.web.choices import role_label
from crm.web.cursors import read_moment
from crm.web.lead_clock import speed_words
from crm.web.phones import phone_words
from crm.web.rendering import go, render, viewer, with_query
from crm.web.security import needs_role
from crm.web.timeline import KINDS, Line

blueprint = Blueprint("team", __name__, url_prefix="/team")
PAGE = 30


@blueprint.get("")
@needs_role("manager", "admin")
def index() -> Any:
    """Everyone of the viewer's teams, with figures and what waits on their phones."""
    members = team_members(viewer())
    return render(
        "team/index.html",
        members=members,
        phones=standings(viewer(), [member.id for member in members]),
        phone_words=phone_words,
        speeds=speeds(viewer(), [member.id for member in members], clock.now()),
        speed_words=speed_words,
        away_words=away_words,
        kind_label=kind_label,
        role_label=role_label,
    )


@blueprint.get("/<id:user_id>")
@needs_role("manager", "admin")
def show(user_id: str) -> Any:
    """One person's week, as he logged it."""
    return _page(user_id)


@blueprint.post("/<id:user_id>/away")
@needs_role("manager", "admin")
def change_away(user_id: str) -> Any:
    """Say from when to when he is away, so that no new lead comes to him."""
    get_member(viewer(), user_id)
    form = request.form.to_dict()
    try:
        set_away(viewer(), user_id, form)
    except errors.ValidationError as error:
        return _page(user_id, 422, values=form, errors=error.fields)
    return go(f"/team/{user_id}", _("Saved"))


def _page(user_id: str, status: int = 200, **typed: Any) -> Any:
    person, day = get_member(viewer(), user_id), _day()
    starts, ends = formatting.week_bounds(day)
    before = read_moment(request.args.get("before", ""))
    rows = week_log(viewer(), user_id, starts, ends, before=before, limit=PAGE + 1)
    more = None
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        more = with_query(before=f"{last.done_at.isoformat()}~{last.id}")
    first, following = formatting.week_dates(day)
    return render(
        "team/show.html",
        "team/_log.html",
        status,
        person=person,
        role=role_label(person.role),
        away=away_words(person),
        covers=covers_for(user_id),
        timeline=[_line(row) for row in rows[:PAGE]],
        more_url=more,
        first=first,
        last=following - timedelta(days=1),
        **{"values": person, "errors": {}, **typed},
        **_neighbours(first, following),
    )


def _neighbours(first: date, following: date) -> dict[str, Any]:
    today = formatting.local(clock.now()).date()
    return {
        "earlier_url": with_query(week=(first - timedelta(days=7)).isoformat(), before=None),
        "later_url": with_query(week=following.isoformat(), before=None)
        if following <= today
        else None,
    }


def _day() -> date:
    today = formatting.local(clock.now()).date()
    try:
        day = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return today
    return day if timedelta(days=-3650) < day - today <= timedelta(0) else today


def _line(row: Any) -> Line:
    icon, tone = KINDS.get(row.kind, ("note", ""))
    outcome = _(OUTCOMES[row.outcome]) if row.outcome in OUTCOMES else ""
    who = row.contact_name or row.lead_name or row.account_name or row.deal_name
    what = " · ".join(part for part in (row.subject or kind_label(row.kind), who, outcome) if part)
    wrong = row.superseded_by_id or row.withdrawn_at
    return Line(
        title=what,
        note=row.note or "",
        icon=icon,
        tone=tone,
        at=row.done_at,
        when=formatting.timeline_time(row.done_at, clock.now()),
        state="corrected" if wrong else "",
        url="" if wrong else f"/activities/{row.id}",
    )
