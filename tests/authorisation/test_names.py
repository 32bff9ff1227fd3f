"""A record of one's own may hang on one that is hidden: nothing of that one shows."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from crm import clock
from crm.accounts.commands import create_account, create_contact, update_account, update_contact
from crm.accounts.models import Contact
from crm.database import db
from crm.deals.commands import create_deal, update_deal
from crm.deals.models import Deal
from crm.search.queries import search
from crm.users.viewer import Viewer
from tests import factories

NewClient = Callable[..., FlaskClient]
PHONE = "+989121234567"


def test_names_and_phones_of_hidden_records_show_nowhere(
    new_client: NewClient, sara: Viewer, nika: Viewer, leila: Viewer
) -> None:
    account = factories.an_account(nika, "CANARY firm")
    person = factories.a_contact(nika, "CANARY person", account, phones=factories.labelled(PHONE))
    lead = factories.a_lead(nika, "CANARY lead")
    links = {"account_id": account.id, "contact_id": person.id}
    deal = factories.a_deal(sara, "50 seats", **links)
    mine = factories.a_contact(sara, "Mina", account)
    step = factories.an_activity(
        sara, "call", due_at=clock.now(), deal_id=deal.id, lead_id=lead.id, **links
    )
    factories.an_activity(sara, "call", lead_id=lead.id, **links)
    pages = (
        *("/pipeline", f"/deals/{deal.id}", f"/deals/{deal.id}/edit", f"/deals/{deal.id}/card"),
        *(f"/deals/{deal.id}/card?open=1", "/today", "/people?tab=contacts"),
        *(f"/contacts/{mine.id}", f"/contacts/{mine.id}/edit", f"/capture?deal_id={deal.id}"),
        *(f"/activities/{step.id}", "/api/v1/deals", "/api/v1/contacts"),
    )
    for phone, paths in ((new_client(sara), pages), (new_client(leila), [f"/team/{sara.id}"])):
        for path in paths:
            answer = phone.get(path)
            assert answer.status_code == 200, path
            assert "CANARY" not in answer.text, path
            assert PHONE[3:] not in answer.text, path
            assert f"/leads/{lead.id}" not in answer.text, path


def test_search_says_no_hidden_name_beside_ones_own(
    app: Flask, sara: Viewer, admin: Viewer
) -> None:
    account_id = create_account(sara, {"name": "CANARY firm"})
    create_contact(sara, {"name": "Mina Rad", "account_id": account_id})
    create_deal(sara, {"name": "Mina seats", "account_id": account_id})
    assert [hit.subtitle for hit in search(sara, "Mina")] == ["CANARY firm"] * 2
    update_account(admin, account_id, {"owner_id": admin.id})
    assert [hit.subtitle for hit in search(sara, "Mina", ["contact"])] == [""]
    assert not search(sara, "CANARY", ["contact"])


def test_a_step_on_anothers_deal_is_not_the_persons_next_step(
    new_client: NewClient, sara: Viewer, nika: Viewer
) -> None:
    person = factories.a_contact(None, "Everybody's")
    lead = factories.a_lead(None, "Everybody's lead")
    theirs = factories.a_deal(nika, contact_id=person.id)
    factories.an_activity(
        nika,
        "call",
        subject="CANARY",
        due_at=clock.now(),
        deal_id=theirs.id,
        contact_id=person.id,
        lead_id=lead.id,
    )
    for path in (f"/contacts/{person.id}", f"/leads/{lead.id}"):
        assert "CANARY" in new_client(nika).get(path).text
        assert "CANARY" not in new_client(sara).get(path).text


def test_saving_a_form_keeps_a_link_that_its_writer_does_not_see(
    app: Flask, sara: Viewer, nika: Viewer
) -> None:
    account = factories.an_account(nika, "Hidden")
    person = factories.a_contact(nika, "Hidden too", account)
    deal = factories.a_deal(sara, account_id=account.id, contact_id=person.id)
    mine = factories.a_contact(sara, "Mina", account)
    kept = (account.id, person.id)
    update_deal(sara, deal.id, {"name": "New", "account_name": "", "contact_name": ""})
    update_contact(sara, mine.id, {"name": "Mina R", "account_name": ""})
    changed = db.session.get_one(Deal, deal.id)
    assert (changed.account_id, changed.contact_id) == kept
    assert db.session.get_one(Contact, mine.id).account_id == kept[0]
