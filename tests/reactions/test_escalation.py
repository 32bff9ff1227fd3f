"""A hot lead that nobody opened in five minutes is told to the next one, once; as it says."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm import clock as product_clock
from crm.activities.commands import log_activity
from crm.alerts.commands import act_on_alert, note_receipts, see_alerts
from crm.alerts.deciding import decide_alerts
from crm.alerts.models import Alert
from crm.database import db
from crm.leads.commands import disqualify_lead, update_lead
from crm.leads.models import Lead
from crm.leads.routes import claim_lead
from crm.reactions.entries import follow_entries
from crm.reactions.escalation import escalate
from crm.timeline.models import TimelineEntry
from crm.users.away import set_away
from crm.users.models import Team
from crm.users.viewer import Viewer
from tests import factories
from tests.alerts.inbox import device
from tests.clock import MovableClock
from tests.faults.test_at_once import at_once
from tests.people import NORTH
from tests.reactions.inbox import HAMRAH, kinds, nobody_else, said, told
from tests.reactions.test_entries import arrive, heat, rule


def shown(person: Viewer, kind: str = "shown") -> None:
    (alert, *_rest) = told(person)
    now = product_clock.now().isoformat()
    assert note_receipts(person, [{"alert": alert.id, "kind": kind, "at": now}]) == 1


def history(lead_id: str) -> list[Any]:
    entries = select(TimelineEntry).where(TimelineEntry.lead_id == lead_id)
    found = db.session.scalars(entries.where(TimelineEntry.kind == "lead.escalated"))
    return [entry.data["to"] for entry in found]


@pytest.fixture
def lead(app: Flask, admin: Viewer, sara: Viewer) -> Lead:
    """A hot lead that the rule gave Sara, and of which her phone has told her."""
    device(sara)
    rule(admin)
    came = arrive()
    assert follow_entries(HAMRAH) == 2
    assert decide_alerts(HAMRAH) == 1
    return came


@pytest.mark.mission(34)
def test_shown_and_not_opened_the_next_rep_is_told_at_five_minutes_once(
    lead: Lead, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    shown(sara)
    see_alerts(sara, product_clock.now())
    clock.move(minutes=4, seconds=59)
    assert escalate(HAMRAH) == 0
    clock.move(seconds=1)
    assert escalate(HAMRAH) == 1
    (words,) = said(omid)
    assert words.title == "Hot lead that nobody has opened: Lead 0 · Acme"
    assert words.body == "+30 Asked for a quote · +30 Sent a form"
    assert history(lead.id) == ["Omid Karimi"]
    assert db.session.get_one(Lead, lead.id).owner_id == sara.id
    clock.move(minutes=30)
    assert escalate(HAMRAH) == 0
    assert nobody_else(sara, omid)
    assert kinds(omid) == ["hot_lead"]


@pytest.mark.parametrize("deed", [
    lambda sara, _lead: shown(sara, "opened"),
    lambda sara, _lead: act_on_alert(sara, told(sara)[0].id, "called"),
    lambda sara, lead: claim_lead(sara, lead.id),
    lambda sara, lead: log_activity(sara, {"kind": "call", "lead_id": lead.id}),
    lambda sara, lead: log_activity(sara, {"kind": "note", "note": "x", "lead_id": lead.id}),
    lambda sara, lead: disqualify_lead(sara, lead.id, {"reason": "no_need"}),
    lambda sara, lead: update_lead(sara, lead.id, {"heat": "cold"}),
], ids=["opened", "called", "claimed", "answered", "noted", "disqualified", "cold"])  # fmt: skip
def test_who_did_something_keeps_it(
    lead: Lead, sara: Viewer, clock: MovableClock, deed: Any
) -> None:
    clock.move(minutes=2)
    deed(sara, lead)
    clock.move(minutes=3)
    escalate(HAMRAH)
    assert nobody_else(sara)
    assert history(lead.id) == []


@pytest.mark.mission(34)
def test_where_no_rep_is_left_the_manager_is_told_and_where_she_is_away_the_admins(
    lead: Lead, omid: Viewer, leila: Viewer, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    away = {"away_from": "2026-11-24"}
    set_away(omid, omid.id, away)
    clock.move(minutes=5)
    escalate(HAMRAH)
    assert nobody_else(sara, leila)
    heat(factories.a_lead(sara, "Second"))
    set_away(leila, leila.id, away)
    follow_entries(HAMRAH)
    clock.move(minutes=5)
    assert escalate(HAMRAH) == 1
    assert nobody_else(sara, leila, admin)
    assert said(admin)[0].title == "Hot lead that nobody has opened: Second"


def test_a_rep_who_may_not_see_it_is_not_told(
    lead: Lead, leila: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    db.session.execute(update(Team).where(Team.id == NORTH).values(is_shared=False))
    db.session.commit()
    clock.move(minutes=5)
    escalate(HAMRAH)
    assert nobody_else(sara, leila)


def test_in_the_night_his_five_minutes_begin_when_his_phone_may_ring(
    app: Flask, admin: Viewer, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    device(sara)
    rule(admin)
    clock.move(hours=19)  # 5:45 in Tehran
    arrive()
    follow_entries(HAMRAH)
    decide_alerts(HAMRAH)
    assert told(sara)[0].fate == "later"
    clock.move(minutes=5)
    assert escalate(HAMRAH) == 1
    assert nobody_else(sara)
    clock.move(hours=2, minutes=10)  # 8:00
    decide_alerts(HAMRAH)
    clock.move(minutes=4)
    assert escalate(HAMRAH) == 0
    clock.move(minutes=1)
    assert escalate(HAMRAH) == 1
    assert nobody_else(sara, omid)


def test_two_workers_at_once_pass_it_on_once(
    app: Flask, admin: Viewer, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    rule(admin)
    for n in range(20):
        arrive(n)
    while follow_entries(HAMRAH):
        pass
    clock.move(minutes=5)
    at_once(app, [lambda: escalate(HAMRAH, 7)] * 4)
    while escalate(HAMRAH, 7):
        pass
    db.session.rollback()
    passed = db.session.scalars(select(Alert.lead_id).where(Alert.cause.like("escalated:%")))
    assert len(passed.all()) == 20
    entries = select(TimelineEntry.lead_id).where(TimelineEntry.kind == "lead.escalated")
    assert len(set(db.session.scalars(entries))) == len(db.session.scalars(entries).all()) == 20
