"""Gives leads to people: a new one by the rules, an unclaimed one to the next, or who takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from crm import clock, errors, records
from crm.alerts.closing import close_alerts
from crm.company.holidays import days_off
from crm.company.queries import get_company
from crm.database import command, db
from crm.i18n import _
from crm.leads.capturing import index_lead
from crm.leads.models import Lead, LeadStatus, RoutingRule
from crm.leads.routing import Candidate, Hours, choose, deadline, fits
from crm.timeline.models import TimelineEntry
from crm.timeline.record import record
from crm.users.away import is_away
from crm.users.models import Role, User
from crm.users.ownership import find
from crm.users.viewer import Viewer

#: How long after a claim others who wanted the lead too are told whose it is.
TOLD_FOR = timedelta(days=1)
_LOAD = (LeadStatus.NEW.value, LeadStatus.WORKING.value)


def working_hours(company: Any) -> Hours:
    """Return when the company works, its holidays left out."""
    zone = ZoneInfo(company.timezone)
    times = (company.work_from, company.work_until)
    return Hours(company.working_days, *times, zone, days_off(company))


def start_clock(lead: Lead) -> None:
    """Note when a lead came by itself and until when it is answered, inside a command."""
    company = get_company()
    lead.received_at = lead.created_at
    lead.reply_by = deadline(working_hours(company), lead.created_at, company.reply_within_minutes)


def route(lead: Lead, actor_id: str) -> None:
    """Give a new lead to whom the first rule that is about it says, inside a command.

    Where no rule is, or each has only people who are away, it stays nobody's.
    """
    facts = {name: getattr(lead, name) for name in ("heat", "source", "city", "interests", "needs")}
    active = select(RoutingRule).where(RoutingRule.is_active)
    for rule in db.session.scalars(active.order_by(RoutingRule.position, RoutingRule.id)).all():
        if fits(rule, facts) and _offer(lead, rule.id, actor_id, rule.way):
            return


def _offer(lead: Lead, rule_id: str | None, actor_id: str, why: str) -> bool:
    """Give the lead to the next one of a rule; False where nobody is left."""
    rule = db.session.scalars(
        select(RoutingRule)
        .where(RoutingRule.id == rule_id, RoutingRule.is_active)
        # Held: of two leads at once the second is the next one's.
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    next_one = choose(rule.way, _candidates(rule), lead.offered_to or ()) if rule else None
    if rule is None or next_one is None:
        return False
    rule.turn += 1
    rule.turns = {**rule.turns, next_one.id: rule.turn}
    company = get_company()
    hours = working_hours(company)
    lead.owner_id, lead.team_id = next_one.id, next_one.team_id
    lead.routing_rule_id = rule.id
    lead.offered_to = [*(lead.offered_to or ()), next_one.id]
    lead.given_at = clock.now()
    lead.pass_at = deadline(hours, lead.given_at, company.reply_within_minutes)
    lead.touch()
    told = {"owner_id": next_one.id, "owner": next_one.name, "rule": rule.name, "why": why}
    record("lead.assigned", actor_id, lead_id=lead.id, data=told)
    return True


def next_candidates(leads: Sequence[Any]) -> dict[str, list[str]]:
    """Return by lead whom its rule would ask next, in that order, without taking their turn."""
    rule_ids = {lead.routing_rule_id for lead in leads if lead.routing_rule_id}
    rules = select(RoutingRule).where(RoutingRule.id.in_(rule_ids), RoutingRule.is_active)
    asked = {rule.id: (rule.way, _candidates(rule)) for rule in db.session.scalars(rules)}
    found: dict[str, list[str]] = {}
    for lead in leads:
        way, people = asked.get(lead.routing_rule_id, ("", []))
        offered = [*(lead.offered_to or ()), lead.owner_id]
        found[lead.id] = []
        while (one := choose(way, people, [*offered, *found[lead.id]])) is not None:
            found[lead.id].append(one.id)
    return found


def _candidates(rule: RoutingRule) -> list[Candidate]:
    today = clock.now().astimezone(ZoneInfo(get_company().timezone)).date()
    people = select(User).where(User.is_active)
    if rule.user_id:
        people = people.where(User.id == rule.user_id)
    else:
        people = people.where(User.team_id == rule.team_id, User.role == Role.REP)
    here = [
        user
        for user in db.session.scalars(people.order_by(User.id))
        if not is_away(user.away_from, user.away_until, today)
    ]
    counts = (
        select(Lead.owner_id, func.count())
        .where(Lead.owner_id.in_([user.id for user in here]), Lead.status.in_(_LOAD))
        .where(Lead.archived_at.is_(None))
        .group_by(Lead.owner_id)
    )
    load = {row[0]: row[1] for row in db.session.execute(counts)} if here else {}
    turns = rule.turns or {}
    return [
        Candidate(user.id, user.name, user.team_id, load.get(user.id, 0), turns.get(user.id, 0))
        for user in here
    ]


@command
def claim_lead(actor: Viewer, lead_id: str) -> None:
    """Take a lead that is nobody's, or accept one that was given to the actor; twice is once.

    Raises Conflict, which says who has it, for one that is another's.
    """
    lead = find(actor, Lead, lead_id, lock=True)
    if lead is None:
        raise _taken_meanwhile(lead_id)
    if not lead.is_open:
        raise errors.Conflict(_("This lead is closed already."))
    if lead.owner_id not in (None, actor.id):
        raise has_it(lead.owner_id)
    if lead.claimed_at is not None and lead.owner_id == actor.id:
        return
    was_nobodys = lead.owner_id is None
    take(actor, lead)
    lead.touch()
    index_lead(lead)
    close_alerts(lead_id=lead.id, outcome="claimed", by=actor.id)
    record("lead.claimed", actor.id, lead_id=lead.id, data={"was_nobodys": was_nobodys})


def take(actor: Viewer, lead: Lead) -> None:
    """Make a lead the actor's, who has seen it and wants it, inside a command; no turn goes on."""
    was_nobodys = lead.owner_id is None
    records.assign(lead, actor, actor.id)
    lead.claimed_at, lead.pass_at = clock.now(), None
    if was_nobodys:
        lead.given_at = lead.claimed_at


def _taken_meanwhile(lead_id: str) -> Exception:
    """Return what to raise for a lead out of sight: who saw it as nobody's is told who has it."""
    last = db.session.execute(
        select(TimelineEntry.at, TimelineEntry.actor_id, TimelineEntry.data)
        .where(TimelineEntry.lead_id == lead_id, TimelineEntry.kind == "lead.claimed")
        .order_by(TimelineEntry.id.desc())
        .limit(1)
    ).first()
    if last is None or not last.data.get("was_nobodys") or clock.now() - last.at > TOLD_FOR:
        return errors.NotFound()
    return has_it(last.actor_id)


def has_it(owner_id: str | None) -> errors.Conflict:
    """Return what to raise where another has the lead: it says who."""
    owner = db.session.get(User, owner_id) if owner_id else None
    return errors.Conflict(_("%(name)s has this lead already.", name=owner.name if owner else "?"))


@command
def pass_on_unclaimed(actor: Viewer, most: int = 50) -> int:
    """Give leads that their people did not take in time to the next ones; return how many
    were due.

    Each passes a person once; then it is nobody's, and its timeline says so. Rows that another
    one holds are passed over.
    """
    now = clock.now()
    due = db.session.scalars(
        select(Lead)
        .where(Lead.pass_at <= now)
        .order_by(Lead.pass_at, Lead.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    for lead in due:
        _pass_on(lead, actor.id)
    return len(due)


def _pass_on(lead: Lead, actor_id: str) -> None:
    lead.pass_at = None
    if not is_unclaimed(lead):
        return
    if not _offer(lead, lead.routing_rule_id, actor_id, "passed_on"):
        lead.owner_id = lead.team_id = lead.given_at = None
        lead.touch()
        told = {"offered": len(lead.offered_to or ())}
        record("lead.unclaimed", actor_id, lead_id=lead.id, data=told)
    db.session.flush()
    index_lead(lead)


def is_unclaimed(lead: Lead) -> bool:
    """Whether a lead still waits for the one whom a rule gave it to; a hand's word ends that."""
    given = bool(lead.offered_to) and [lead.owner_id] == (lead.offered_to or [])[-1:]
    untouched = lead.claimed_at is None and lead.answered_at is None
    return given and untouched and lead.status == LeadStatus.NEW and lead.archived_at is None


def own_deadline(
    reply_by: datetime, given_at: datetime | None, hours: Hours, minutes: int
) -> datetime:
    """Return until when the one who has a lead is to answer it: what the customer was promised,
    or later where it came to him only later."""
    return max(reply_by, deadline(hours, given_at, minutes)) if given_at else reply_by


def minutes_left(lead: Any, now: datetime) -> int | None:
    """Return how many minutes are left to answer a lead (negative: late); None: no clock runs."""
    if lead.reply_by is None or lead.answered_at is not None or not lead.is_open:
        return None
    return int((lead.reply_by - now).total_seconds() // 60)
