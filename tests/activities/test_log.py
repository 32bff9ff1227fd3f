"""Logging what happened: one transaction for the meeting, the move, the next step, the person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm import clock, errors
from crm.accounts.models import Account, Contact
from crm.activities.commands import complete_activity, log_activity
from crm.activities.models import Activity
from crm.database import db, new_id
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.timeline.models import TimelineEntry
from tests import factories


def kinds() -> list[str]:
    return sorted(db.session.scalars(select(TimelineEntry.kind)))


@pytest.mark.mission(116)
def test_one_call_writes_the_meeting_the_person_the_move_and_the_next_step(app, sara) -> None:
    account = factories.an_account(sara)
    deal = factories.a_deal(sara, account_id=account.id)
    due_at = clock.now() + timedelta(days=3)
    said = log_activity(
        sara,
        {
            "kind": "meeting",
            "outcome": "quote",
            "note": "Wants 50 seats",
            "new_contact": {"id": new_id(), "name": "Nima", "phone": "0912 123 4567"},
            "deal": {"id": deal.id, "to_stage_id": factories.stage("proposal").id},
            "next_step": {"kind": "task", "due_at": due_at.isoformat(), "subject": "Send quote"},
        },
    )
    met, step = (db.session.get(Activity, said[k]) for k in ("activity_id", "next_step_id"))
    assert (met.deal_id, met.account_id, met.contact_id) == (
        deal.id, account.id, said["contact_id"],
    )  # fmt: skip
    assert met.stage_entry_id == said["stage_entry_id"] is not None
    assert (step.due_at, step.done_at, step.deal_id) == (due_at, None, deal.id)
    assert db.session.get(Contact, said["contact_id"]).phone == "+989121234567"
    assert db.session.get(Deal, deal.id).stage_id == factories.stage("proposal").id
    assert kinds() == [
        "activity.logged", "activity.planned", "contact.created", "deal.stage_changed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"deal": {"id": "{deal}", "to_stage_id": "{unknown}"}},
        {"deal": {"id": "{unknown}"}},
        {"contact_id": "{unknown}", "new_contact": None},
        {"lead_id": "{unknown}"},
        {"next_step": {"due_at": "some day"}},
        {"new_contact": {"name": "Nima", "phone": "12"}},
        {"new_contact": {"name": ""}},
        {"owner_id": "{unknown}"},
    ],
)
def test_it_is_all_or_nothing(app, sara, wrong: dict[str, Any]) -> None:
    deal = factories.a_deal(sara)
    ids = {"{deal}": deal.id, "{unknown}": new_id()}
    said: Any = {
        "kind": "meeting",
        "new_contact": {"name": "Nima"},
        "deal": {"id": deal.id, "to_stage_id": factories.stage("won").id},
    } | wrong
    if said["deal"] and "id" in said["deal"]:
        said["deal"] = {k: ids.get(v, v) for k, v in said["deal"].items()}
    said = {k: ids.get(v, v) if isinstance(v, str) else v for k, v in said.items()}
    with pytest.raises(errors.ValidationError):
        log_activity(sara, said)
    assert db.session.scalars(select(Activity.id)).all() == []
    assert db.session.scalars(select(Contact.id)).all() == []
    assert db.session.get(Deal, deal.id).status == "open"
    assert kinds() == []


def test_what_he_may_not_see_he_cannot_log_on(app, sara, nika) -> None:
    theirs = {
        "contact_id": factories.a_contact(nika).id,
        "lead_id": factories.a_lead(nika).id,
        "account_id": factories.an_account(nika).id,
        "deal": {"id": factories.a_deal(nika).id},
    }
    for field, value in theirs.items():
        with pytest.raises(errors.ValidationError):
            log_activity(sara, {"kind": "call", field: value})


def test_it_is_about_the_account_of_the_person_and_the_person_of_the_deal(app, sara) -> None:
    account = factories.an_account(sara)
    contact = factories.a_contact(sara, account=account)
    deal = factories.a_deal(sara, contact_id=contact.id)
    said = log_activity(sara, {"kind": "call", "deal": {"id": deal.id}})
    assert said["contact_id"] == contact.id
    said = log_activity(sara, {"kind": "call", "contact_id": contact.id})
    assert db.session.get(Activity, said["activity_id"]).account_id == account.id


def test_each_record_remembers_when_something_was_last_done_and_never_goes_back(app, sara) -> None:
    account = factories.an_account(sara)
    contact = factories.a_contact(sara, account=account)
    deal = factories.a_deal(sara, contact_id=contact.id, account_id=account.id)
    lead = factories.a_lead(sara)
    about = {"deal": {"id": deal.id}, "lead_id": lead.id}
    for days in (2, 1, 5):
        at = clock.now() - timedelta(days=days)
        log_activity(sara, {"kind": "call", "happened_at": at.isoformat(), **about})
    for model, record in ((Account, account), (Contact, contact), (Deal, deal), (Lead, lead)):
        kept = db.session.get(model, record.id)
        assert kept.last_activity_at == clock.now() - timedelta(days=1), model
        assert kept.version == 1, "it is no change of the record itself"
    assert db.session.get(Lead, lead.id).status == "working"


def test_nothing_happens_in_the_future(app, sara) -> None:
    later = clock.now() + timedelta(days=1)
    said = log_activity(sara, {"kind": "call", "happened_at": later.isoformat()})
    assert db.session.get(Activity, said["activity_id"]).done_at == clock.now()


def test_a_planned_meeting_is_fulfilled_and_keeps_what_it_was_about(app, sara) -> None:
    contact, deal = factories.a_contact(sara), factories.a_deal(sara)
    planned = factories.an_activity(
        sara, due_at=clock.now(), deal_id=deal.id, contact_id=contact.id, note="Bring samples"
    )
    won = {"id": deal.id, "to_stage_id": factories.stage("won").id}
    said = log_activity(
        sara, {"kind": "meeting", "planned_id": planned.id, "outcome": "quote", "deal": won}
    )
    kept = db.session.get(Activity, planned.id)
    assert said["activity_id"] == planned.id
    assert (kept.done_at, kept.outcome, kept.note) == (clock.now(), "quote", "Bring samples")
    assert (kept.deal_id, kept.contact_id) == (deal.id, contact.id)
    assert kept.stage_entry_id == said["stage_entry_id"] is not None
    assert db.session.get(Contact, contact.id).last_activity_at == clock.now()
    assert db.session.scalars(select(Activity.id)).all() == [planned.id]


def test_a_planned_meeting_that_somebody_ticked_already_is_logged_beside_it(
    app, sara, clock
) -> None:
    planned = factories.an_activity(sara, due_at=clock.now())
    complete_activity(sara, planned.id)
    clock.move(minutes=5)
    said = log_activity(sara, {"kind": "meeting", "planned_id": planned.id, "outcome": "quote"})
    assert said["activity_id"] != planned.id


def test_the_same_log_of_a_planned_meeting_under_another_id_is_the_same(app, sara) -> None:
    planned = factories.an_activity(sara, due_at=clock.now())
    at = clock.now().isoformat()
    said = {"id": new_id(), "kind": "meeting", "planned_id": planned.id, "happened_at": at}
    first, second = log_activity(sara, said), log_activity(sara, said)
    assert first == second
    assert db.session.scalars(select(Activity.id)).all() == [planned.id]


def test_a_team_mate_logs_on_a_shared_deal_under_his_own_name(app, sara, omid) -> None:
    deal = factories.a_deal(sara)
    said = log_activity(omid, {"kind": "call", "deal": {"id": deal.id}})
    kept = db.session.get(Activity, said["activity_id"])
    assert (kept.owner_id, kept.team_id) == (omid.id, omid.team_id)
