"""Whoever is fast or slow is so by the leads that asked for an answer."""

from __future__ import annotations

import pytest
from flask import Flask

from crm import clock as product_clock
from crm.activities.commands import log_activity
from crm.conversions.commands import convert_lead
from crm.database import db
from crm.leads.commands import archive_lead, disqualify_lead, update_lead
from crm.leads.models import Lead
from crm.leads.routes import claim_lead, pass_on_unclaimed
from crm.leads.speed import Speed, speeds
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.leads.test_routing import HAMRAH, arrive, rule


def taken(person: Viewer, number: int) -> str:
    lead_id: str = arrive(number).id
    claim_lead(person, lead_id)
    return lead_id


def speed_of(person: Viewer) -> Speed:
    db.session.rollback()
    return speeds(person, [person.id], product_clock.now())[person.id]


@pytest.mark.mission(34)
@pytest.mark.parametrize("closed", ["disqualified", "archived", "converted"])
def test_a_lead_that_was_closed_unanswered_is_not_missed(
    app: Flask, sara: Viewer, clock: MovableClock, closed: str
) -> None:
    waits, other = taken(sara, 1), taken(sara, 2)
    clock.move(hours=2)
    assert speed_of(sara) == Speed(due=2, in_time=0, minutes=None)
    if closed == "disqualified":
        disqualify_lead(sara, other, {"reason": "not_a_lead"})
    elif closed == "archived":
        archive_lead(sara, other)
    else:
        convert_lead(sara, other, {"contact_name": "Mina"})
    assert speed_of(sara) == Speed(due=1, in_time=0, minutes=None)
    assert db.session.get_one(Lead, waits).answered_at is None


def test_a_lead_that_was_answered_and_closed_counts(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    lead_id = taken(sara, 1)
    clock.move(minutes=10)
    log_activity(sara, {"kind": "call", "lead_id": lead_id})
    disqualify_lead(sara, lead_id, {"reason": "no_need"})
    archive_lead(sara, lead_id)
    clock.move(hours=2)
    assert speed_of(sara) == Speed(due=1, in_time=1, minutes=10)


@pytest.mark.mission(34)
def test_who_got_a_lead_second_is_as_fast_as_he_was_from_then_on(
    app: Flask, admin: Viewer, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    rule(admin)
    lead = arrive(1)
    assert (lead.owner_id, lead.given_at) == (sara.id, lead.created_at)
    clock.move(minutes=60)
    pass_on_unclaimed(HAMRAH)
    assert (lead.owner_id, lead.given_at) == (omid.id, product_clock.now())
    promised = lead.reply_by
    clock.move(minutes=10)
    log_activity(omid, {"kind": "call", "lead_id": lead.id})
    assert speed_of(omid) == Speed(due=1, in_time=1, minutes=10)
    assert db.session.get_one(Lead, lead.id).reply_by == promised


@pytest.mark.mission(34)
def test_who_got_a_lead_second_is_late_after_his_own_hour(
    app: Flask, admin: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    rule(admin)
    arrive(1)
    clock.move(minutes=60)
    pass_on_unclaimed(HAMRAH)
    claim_lead(omid, db.session.scalars(db.select(Lead.id)).one())
    clock.move(minutes=59)
    assert speeds(omid, [omid.id], product_clock.now()) == {}
    clock.move(minutes=1)
    assert speed_of(omid) == Speed(due=1, in_time=0, minutes=None)


def test_who_takes_what_was_nobodys_or_is_given_it_by_hand_begins_then(
    app: Flask, admin: Viewer, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    taken_late, given_late = arrive(1).id, arrive(2).id
    assert db.session.get_one(Lead, taken_late).given_at is None
    clock.move(hours=1, minutes=30)
    claim_lead(sara, taken_late)
    update_lead(admin, given_late, {"owner_id": omid.id})
    clock.move(minutes=5)
    for person, lead_id in ((sara, taken_late), (omid, given_late)):
        claim_lead(person, lead_id)
        log_activity(person, {"kind": "call", "lead_id": lead_id})
        assert speed_of(person) == Speed(due=1, in_time=1, minutes=5)
