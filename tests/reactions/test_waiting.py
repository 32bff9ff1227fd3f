"""A lead that was not answered in time is told to whose it is, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from crm import clock as product_clock
from crm.activities.commands import log_activity
from crm.company.queries import get_company
from crm.database import db
from crm.leads.models import Lead
from crm.reactions.waiting import tell_waiting_leads
from crm.users.away import set_away
from crm.users.viewer import Viewer
from tests import factories
from tests.clock import MovableClock
from tests.faults.test_at_once import at_once
from tests.reactions.inbox import HAMRAH, kinds, nobody_else, said, told


def late(owner: Viewer, minutes: int = 1, **fields: Any) -> Lead:
    """Make a warm lead that was to be answered so many minutes ago."""
    reply_by = product_clock.now() - timedelta(minutes=minutes)
    given = {"heat": "warm", "reply_by": reply_by, "needs": "20 seats"} | fields
    return factories.a_lead(owner, "Reza Karimi", company="Acme", **given)


@pytest.mark.mission(34, 53)
def test_who_did_not_answer_in_time_hears_it_once(app: Flask, sara: Viewer) -> None:
    lead = late(sara)
    assert (tell_waiting_leads(HAMRAH), tell_waiting_leads(HAMRAH)) == (1, 0)
    (words,) = said(sara)
    assert words.title == "Reza Karimi · Acme waits for an answer"
    assert words.body == "20 seats"
    (alert,) = told(sara)
    assert (alert.kind, alert.url, alert.lead_id) == ("lead_waiting", f"/leads/{lead.id}", lead.id)
    assert nobody_else(sara)


def test_before_its_time_nobody_hears_of_it(app: Flask, sara: Viewer, clock: MovableClock) -> None:
    late(sara, -1)
    assert tell_waiting_leads(HAMRAH) == 0
    clock.move(minutes=1)
    assert tell_waiting_leads(HAMRAH) == 1


def test_who_got_it_late_has_his_own_time_first(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    within = get_company().reply_within_minutes
    late(sara, 30, given_at=product_clock.now())
    clock.move(minutes=within - 1)
    assert tell_waiting_leads(HAMRAH) == 0
    clock.move(minutes=1)
    assert tell_waiting_leads(HAMRAH) == 1


def test_given_to_another_it_is_told_to_that_one_too(
    app: Flask, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    lead = late(sara)
    tell_waiting_leads(HAMRAH)
    given = {"owner_id": omid.id, "given_at": product_clock.now()}
    db.session.execute(update(Lead).where(Lead.id == lead.id).values(**given))
    db.session.commit()
    clock.move(minutes=get_company().reply_within_minutes)
    assert tell_waiting_leads(HAMRAH) == 1
    assert (len(told(sara)), kinds(omid)) == (1, ["lead_waiting"])


QUIET = {
    "answered": {"answered": True},
    "cold": {"heat": "cold"},
    "goes on to the next": {"pass_at": True},
    "put off": {"status": "later"},
    "disqualified": {"status": "disqualified"},
    "archived": {"archived": True},
    "long ago": {"minutes": 4 * 24 * 60},
}


@pytest.mark.parametrize("why", QUIET)
def test_who_is_not_late_hears_nothing(app: Flask, sara: Viewer, why: str) -> None:
    fields: dict[str, Any] = dict(QUIET[why])
    now = product_clock.now()
    for flag, column in (("answered", "answered_at"), ("pass_at", "pass_at")):
        if fields.pop(flag, False):
            fields[column] = now
    if fields.pop("archived", False):
        fields["archived_at"] = now
    late(sara, **fields)
    assert tell_waiting_leads(HAMRAH) == 0
    assert told(sara) == []


def test_what_was_late_since_the_morning_is_no_news(app: Flask, sara: Viewer) -> None:
    late(sara, 5 * 60)
    assert tell_waiting_leads(HAMRAH) == 1
    assert told(sara) == []


def test_who_is_away_is_stood_for(app: Flask, sara: Viewer, leila: Viewer) -> None:
    set_away(sara, sara.id, {"away_from": "2026-11-24"})
    late(sara)
    tell_waiting_leads(HAMRAH)
    assert kinds(leila) == ["lead_waiting"]
    assert told(leila)[0].data["stands_for"] == sara.name


def test_a_call_ends_the_alert(app: Flask, sara: Viewer) -> None:
    lead = late(sara)
    tell_waiting_leads(HAMRAH)
    log_activity(sara, {"kind": "call", "outcome": "interested", "lead_id": lead.id})
    (alert,) = told(sara)
    assert alert.outcome == "done"


def test_of_several_workers_one_tells(app: Flask, sara: Viewer) -> None:
    late(sara)
    at_once(app, [lambda: tell_waiting_leads(HAMRAH)] * 4)
    assert len(told(sara)) == 1
