"""Deletion for good: what goes along, what stays, and who may."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from crm import errors
from crm.accounts.commands import create_account, create_contact
from crm.accounts.models import Account, Contact
from crm.activities.commands import log_activity, plan_activity
from crm.activities.models import Activity
from crm.clock import now
from crm.conversions.commands import convert_lead
from crm.database import db
from crm.deals.commands import create_deal
from crm.deals.models import Deal, DealContact
from crm.deletion.commands import delete_record
from crm.deletion.links import preview
from crm.leads.commands import capture_lead
from crm.leads.models import Lead
from crm.search.queries import search
from crm.tags.models import Tagging
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer


def test_an_accounts_people_and_deals_stay_without_the_link(
    app: Flask, sara: Viewer, admin: Viewer
) -> None:
    account_id = create_account(sara, {"name": "Doomed Ltd", "tags": "old"})
    contact_id = create_contact(sara, {"name": "Person", "account_id": account_id})
    deal_id = create_deal(sara, {"name": "Seats", "account_id": account_id})
    branch_id = create_account(sara, {"name": "Branch", "parent_id": account_id})
    log_activity(sara, {"kind": "call", "account_id": account_id})
    kept = log_activity(sara, {"kind": "meeting", "contact_id": contact_id})["activity_id"]
    found = preview(admin, "account", account_id)
    assert found.gone["activity"] == found.gone["tagging"] == 1
    assert (found.kept["contact"], found.kept["deal"], found.kept["account"]) == (1, 1, 1)
    assert found.kept["activity"] == 1
    delete_record(admin, "account", account_id)
    assert db.session.get(Account, account_id) is None
    assert db.session.get_one(Contact, contact_id).account_id is None
    assert db.session.get_one(Deal, deal_id).account_id is None
    assert db.session.get_one(Account, branch_id).parent_id is None
    assert [a.id for a in db.session.scalars(select(Activity))] == [kept]
    assert search(admin, "doomed") == []
    assert [hit.title for hit in search(admin, "person")] == ["Person"]
    assert not db.session.scalars(select(Tagging).where(Tagging.record_id == account_id)).all()
    lines = db.session.scalars(select(TimelineEntry).where(TimelineEntry.account_id == account_id))
    assert not lines.all()


def test_a_contacts_meetings_go_but_those_of_a_deal_stay(
    app: Flask, sara: Viewer, admin: Viewer
) -> None:
    account_id = create_account(sara, {"name": "Acme"})
    contact_id = create_contact(sara, {"name": "Person", "account_id": account_id})
    deal_id = create_deal(sara, {"name": "Seats", "contact_id": contact_id})
    log_activity(sara, {"kind": "meeting", "contact_id": contact_id})
    plan_activity(sara, {"kind": "call", "contact_id": contact_id, "due_at": now().isoformat()})
    kept = log_activity(
        sara, {"kind": "meeting", "contact_id": contact_id, "deal": {"id": deal_id}}
    )["activity_id"]
    delete_record(admin, "contact", contact_id)
    activity = db.session.scalars(select(Activity)).one()
    assert (activity.id, activity.contact_id) == (kept, None)
    assert db.session.get_one(Deal, deal_id).contact_id is None
    assert not db.session.scalars(select(DealContact)).all()
    assert search(admin, "person") == []


@pytest.mark.parametrize("kind", ["lead", "deal"])
def test_a_converted_lead_and_its_deal_can_each_go(
    app: Flask, sara: Viewer, admin: Viewer, kind: str
) -> None:
    lead_id = capture_lead(sara, {"name": "Came in", "company": "Acme"})
    made = convert_lead(
        sara,
        lead_id,
        {
            "account_name": "Acme",
            "contact_name": "Came in",
            "deal_name": "Seats",
        },
    )
    doomed = lead_id if kind == "lead" else str(made["deal_id"])
    delete_record(admin, kind, doomed)
    assert db.session.get({"lead": Lead, "deal": Deal}[kind], doomed) is None
    assert db.session.get(Contact, made["contact_id"]) is not None
    if kind == "deal":
        assert db.session.get_one(Lead, lead_id).deal_id is None


def test_only_an_admin_deletes_and_only_what_can_be(
    app: Flask, sara: Viewer, leila: Viewer, admin: Viewer
) -> None:
    account_id = create_account(sara, {"name": "Mine"})
    for person, kind in ((sara, "account"), (leila, "account"), (admin, "user")):
        with pytest.raises(errors.NotFound):
            delete_record(person, kind, account_id)
        with pytest.raises(errors.NotFound):
            preview(person, kind, account_id)
    assert db.session.get(Account, account_id) is not None
