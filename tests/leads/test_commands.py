"""Leads: captured, worked on, put off, converted into account, contact and deal."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from crm import errors
from crm.accounts.models import Account, Contact
from crm.conversions.commands import convert_lead
from crm.database import db, new_id
from crm.deals.models import Deal
from crm.leads.commands import (
    archive_lead,
    capture_lead,
    disqualify_lead,
    reopen_lead,
    restore_lead,
    update_lead,
)
from crm.leads.models import Lead
from crm.search.queries import search
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests import factories


def kept(lead_id: str) -> Lead:
    lead = db.session.get(Lead, lead_id)
    assert lead is not None
    return lead


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_lead_belongs_to_who_captured_it_and_is_found_at_once(app, sara, nika) -> None:
    lead_id = capture_lead(
        sara, {"name": "Reza Karimi", "phones": ["۰۹۱۲ ۱۲۳ ۴۵۶۷"], "tags": "expo, warm"}
    )
    lead = kept(lead_id)
    assert (lead.owner_id, lead.team_id, lead.version) == (sara.id, sara.team_id, 1)
    assert lead.phone == "+989121234567"
    assert [hit.record_id for hit in search(sara, "4567")] == [lead_id]
    assert search(nika, "4567") == []
    assert db.session.scalars(select(TimelineEntry.kind)).all() == ["lead.captured"]


def test_an_id_that_comes_again_is_the_same_lead(app, sara) -> None:
    said = {"id": new_id(), "name": "Reza"}
    assert capture_lead(sara, said) == capture_lead(sara, said) == said["id"]
    assert count(Lead) == 1


def test_nobody_gives_a_lead_to_another_team(app, sara, nika) -> None:
    with pytest.raises(errors.ValidationError):
        capture_lead(sara, {"name": "Reza", "owner_id": nika.id})
    assert count(Lead) == 0


def test_an_old_version_is_a_conflict(app, sara, omid) -> None:
    lead_id = factories.a_lead(sara).id
    update_lead(omid, lead_id, {"job_title": "Buyer"}, 1)
    with pytest.raises(errors.Conflict):
        update_lead(sara, lead_id, {"job_title": "Owner"}, 1)
    assert kept(lead_id).job_title == "Buyer"


def test_it_is_put_off_with_a_reason_and_taken_up_again(app, sara) -> None:
    lead_id = factories.a_lead(sara).id
    with pytest.raises(errors.ValidationError):
        disqualify_lead(sara, lead_id, {})
    disqualify_lead(sara, lead_id, {"reason": "no_budget"})
    assert (kept(lead_id).status, kept(lead_id).disqualified_reason) == (
        "disqualified", "no_budget",
    )  # fmt: skip
    for _ in range(2):
        reopen_lead(sara, lead_id)
    assert (kept(lead_id).status, kept(lead_id).disqualified_reason) == ("working", None)


def test_converting_makes_account_contact_and_deal_once(app, sara) -> None:
    lead_id = factories.a_lead(sara, "Reza", phones=factories.labelled("+989121234567")).id
    wanted = {"account_name": "Alborz", "contact_name": "Reza", "deal_name": "50 seats"}
    made = convert_lead(sara, lead_id, wanted | {"amount": "200m", "currency": "IRT"})
    assert convert_lead(sara, lead_id, wanted) == made
    assert (count(Account), count(Contact), count(Deal)) == (1, 1, 1)
    contact = db.session.get(Contact, made["contact_id"])
    assert (contact.account_id, contact.phone) == (made["account_id"], "+989121234567")
    assert db.session.get(Deal, made["deal_id"]).contact_id == contact.id
    with pytest.raises(errors.Conflict):
        disqualify_lead(sara, lead_id, {"reason": "other"})


def test_converting_is_all_or_nothing(app, sara, nika) -> None:
    lead_id = factories.a_lead(sara).id
    theirs = factories.an_account(nika).id
    for wrong in ({"account_id": theirs}, {"deal_name": "x", "amount": "much"}):
        with pytest.raises(errors.ValidationError):
            convert_lead(sara, lead_id, {"account_name": "A", "contact_name": "B"} | wrong)
    assert (kept(lead_id).status, count(Contact), count(Account)) == ("new", 0, 1)


def test_an_archived_lead_is_not_found_until_it_is_back(app, sara) -> None:
    lead_id = capture_lead(sara, {"name": "Reza"})
    archive_lead(sara, lead_id)
    assert search(sara, "reza") == []
    restore_lead(sara, lead_id)
    assert [hit.record_id for hit in search(sara, "reza")] == [lead_id]


def test_strangers_do_nothing_with_it(app, sara, nika) -> None:
    lead_id = factories.a_lead(sara).id
    attempts: list[Any] = [
        lambda: update_lead(nika, lead_id, {"name": "Mine"}),
        lambda: disqualify_lead(nika, lead_id, {"reason": "other"}),
        lambda: convert_lead(nika, lead_id, {"contact_name": "Mine"}),
        lambda: archive_lead(nika, lead_id),
    ]
    for attempt in attempts:
        with pytest.raises(errors.NotFound):
            attempt()


def test_a_lead_whose_owner_left_the_team_still_converts_and_goes_to_who_does_it(
    app, sara, nika
) -> None:
    lead = factories.a_lead(sara)
    lead.owner_id = nika.id
    db.session.commit()
    made = convert_lead(sara, lead.id, {"contact_name": "Mina"})
    assert db.session.get(Contact, made["contact_id"]).owner_id == sara.id


def test_a_late_word_from_a_phone_opens_no_closed_lead_again(app: object, sara: Viewer) -> None:
    lead_id = capture_lead(sara, {"name": "Reza Karimi"})
    disqualify_lead(sara, lead_id, {"reason": "no_need"})
    with pytest.raises(errors.Conflict):
        update_lead(sara, lead_id, {"status": "later"})
    assert kept(lead_id).status == "disqualified"
