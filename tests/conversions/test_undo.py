"""What an undone conversion gives back: the lead to whose it was, its steps to what they are of."""

from __future__ import annotations

from typing import Any

import pytest

from crm import clock, errors
from crm.accounts.commands import update_contact
from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.conversions.commands import convert_lead, undo_conversion
from crm.deals.commands import move_deal
from crm.deals.models import Deal
from crm.leads.commands import capture_lead, update_lead
from crm.leads.models import Lead
from tests import factories
from tests.conversions.test_conversion import WANTED, kept, promised


@pytest.fixture
def lead_id(app: Any, sara: Any) -> str:
    return capture_lead(sara, {"name": "Mina Tavakoli", "company": "Alborz", "city": "Yazd"})


def links_of(activity_id: str) -> list[str | None]:
    step = kept(Activity, activity_id)
    return [step.lead_id, step.deal_id, step.contact_id, step.account_id]


def test_a_step_keeps_what_stays_and_loses_what_is_put_away(app, sara, lead_id) -> None:
    step = promised(sara, lead_id)
    made = convert_lead(sara, lead_id, WANTED)
    update_contact(sara, made["contact_id"], {"city": "Shiraz"})
    assert undo_conversion(sara, lead_id) == {"contact": "changed", "account": "changed"}
    assert kept(Deal, made["deal_id"]).archived_at is not None
    assert links_of(step) == [lead_id, None, made["contact_id"], made["account_id"]]


def test_a_step_of_a_deal_that_stays_is_still_its_next_step(app, sara, lead_id) -> None:
    known = factories.a_contact(sara, "Mina T.")
    step = promised(sara, lead_id)
    made = convert_lead(sara, lead_id, WANTED | {"contact_id": known.id})
    move_deal(sara, made["deal_id"], {"stage_id": factories.stage("proposal").id})
    assert set(undo_conversion(sara, lead_id)) == {"deal", "account"}
    assert links_of(step) == [lead_id, made["deal_id"], known.id, made["account_id"]]
    assert kept(Contact, known.id).account_id == made["account_id"]


def test_a_step_is_the_leads_alone_again_where_he_was_taken_for_another(app, sara, lead_id) -> None:
    known = factories.a_contact(sara, "Mina T.")
    step = promised(sara, lead_id)
    convert_lead(sara, lead_id, {"contact_id": known.id})
    assert undo_conversion(sara, lead_id) == {}
    assert links_of(step) == [lead_id, None, None, None]


def test_a_lead_that_was_nobodys_is_his_who_converts_it_until_he_undoes_it(app, sara, nika) -> None:
    lead_id = factories.a_lead(None, "Mina").id
    convert_lead(sara, lead_id, WANTED)
    lead = kept(Lead, lead_id)
    assert (lead.owner_id, lead.team_id) == (sara.id, sara.team_id)
    assert lead.claimed_at == clock.now()
    with pytest.raises(errors.NotFound):
        undo_conversion(nika, lead_id)
    undo_conversion(sara, lead_id)
    lead = kept(Lead, lead_id)
    assert (lead.owner_id, lead.team_id, lead.claimed_at) == (None, None, None)


def test_a_lead_given_to_another_after_its_conversion_stays_his(app, sara, omid, leila) -> None:
    lead_id = factories.a_lead(None, "Mina").id
    convert_lead(sara, lead_id, WANTED)
    update_lead(leila, lead_id, {"owner_id": omid.id})
    undo_conversion(omid, lead_id)
    assert kept(Lead, lead_id).owner_id == omid.id
