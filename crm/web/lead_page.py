"""What a lead's page says of it: its state, its facts, its score and its clock."""

from __future__ import annotations

from typing import Any

from crm import clock
from crm.accounts.queries import around
from crm.activities.queries import support_of
from crm.company.queries import get_company
from crm.conversions.matches import find_matches
from crm.conversions.memory import undo_until
from crm.i18n import _, formatting
from crm.leads.commands import DISQUALIFIED_REASONS
from crm.leads.queries import scores_of
from crm.tags.queries import tags_of
from crm.tracking.queries import visits_of
from crm.users.away import away_of
from crm.users.viewer import Viewer
from crm.web.away import away_words
from crm.web.conversions import why_alike
from crm.web.lead_clock import clock_of
from crm.web.origins import where_from
from crm.web.overview import completeness, next_step, today, ways_of
from crm.web.record_choices import language_label
from crm.web.rendering import viewer
from crm.web.scores import reasons_of
from crm.web.stops import banners_of


def status_label(status: str) -> str:
    """Return what a lead's status is called."""
    return {
        "new": _("New"),
        "working": _("In progress"),
        "later": _("Later"),
        "converted": _("Converted"),
        "disqualified": _("Disqualified"),
    }.get(status, status)


def _wanted() -> list[tuple[str, str, str]]:
    return [
        ("phones", _("Phone"), "phone"),
        ("emails", _("E-mail"), "email"),
        ("company", _("Company"), "company"),
        ("job_title", _("Job"), "job_title"),
        ("needs", _("Needs"), "needs"),
        ("source", _("Source"), "source"),
        ("amount", _("Amount"), "amount"),
        ("city", _("City"), "city"),
        ("industry", _("Industry"), "industry"),
        ("employees", _("Employees"), "employees"),
    ]


def page_of(me: Viewer, lead: Any, heats: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what templates/leads/show.html asks for, its timeline apart."""
    names = around(me, lead)
    return {
        "lead": lead,
        "stops": banners_of(me, lead_id=lead.id),
        "around": names,
        "ways": ways_of(lead),
        "facts": _facts(lead, names),
        "step": next_step(me, "lead_id", lead.id),
        "tags": tags_of(lead.id),
        "heats": heats,
        "state": status_label(lead.status),
        "complete": completeness(lead, _wanted()),
        "support": support_of(me, "lead_id", lead.id),
        "alike": _same_firm(me, lead) if lead.is_open else [],
        "undo_until": _undo_until(lead),
        "visits": visits_of(me, lead.id),
        "reason": reason_choices().get(lead.disqualified_reason or "", ""),
        "clock": clock_of(lead),
        "may_claim": may_claim(me, lead),
        **_score(lead),
        **where_from(me, lead),
    }


def _same_firm(me: Viewer, lead: Any) -> list[dict[str, str]]:
    """Return rows for whom the lead may be already, and for others at the same firm."""
    found = find_matches(me, lead)
    icons = {"account": "building", "contact": "person"}
    return [
        {
            "url": f"/{match.kind}s/{match.record_id}",
            "name": match.name,
            "why": why_alike(match),
            "sub": match.sub,
            "icon": icons[match.kind],
        }
        for match in (*found.persons, *found.accounts, *found.colleagues)
    ]


def _undo_until(lead: Any) -> str:
    until = undo_until(lead)
    return formatting.date(formatting.local(until).date(), today=today()) if until else ""


def may_claim(me: Viewer, lead: Any) -> bool:
    """Whether one tap takes it: it is nobody's, or it was given to one who has not said yes."""
    is_given = lead.owner_id == me.id and lead.pass_at is not None
    return bool(lead.is_open and (lead.owner_id is None or is_given))


def _score(lead: Any) -> dict[str, Any]:
    """Return the score as it is this minute: a row keeps it as it was when something happened."""
    found = scores_of([lead], clock.now())[lead.id]
    company = get_company()
    return {
        "points": found.points,
        "reasons": reasons_of(found.lines),
        "hot_from": company.hot_from,
    }


def reason_choices() -> dict[str, str]:
    """Return why nothing may come of a lead, in words."""
    return {key: _(label) for key, label in DISQUALIFIED_REASONS.items()}


def _facts(lead: Any, names: Any) -> list[tuple[str, str]]:
    came = formatting.local(lead.created_at).date()
    amount = (
        formatting.money(lead.amount, lead.currency or viewer().currency)
        if lead.amount is not None
        else ""
    )
    return [
        (_("Source"), lead.source or ""),
        (_("Worth about"), amount),
        (_("Came in"), formatting.date(came, today=today(), weekday=False)),
        (_("City"), lead.city or ""),
        (_("Industry"), lead.industry or ""),
        (_("Employees"), formatting.number(lead.employees) if lead.employees else ""),
        (_("Language"), language_label(lead.language)),
        (_("Owner"), _owner(lead, names)),
        (_("Team"), names.team or ""),
    ]


def _owner(lead: Any, names: Any) -> str:
    if not names.owner:
        return _("Nobody yet")
    away = away_words(away_of(lead.owner_id))
    return " · ".join(part for part in (names.owner, away) if part)
