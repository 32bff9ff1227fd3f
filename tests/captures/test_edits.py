"""An edit made offline: what nobody else changed is set, the rest waits to be decided on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crm.accounts.commands import update_account, update_contact
from crm.accounts.models import Account, Contact
from crm.captures.commands import receive_capture
from crm.captures.decisions import open_decisions, resolve_decision
from crm.database import db, new_id
from crm.deals.commands import update_deal
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.tags.queries import tags_of
from tests import factories
from tests.api.phone import capture


def edit(record: str, row: Any, base_version: int | None = 1, **changes: Any) -> dict[str, Any]:
    """Return the envelope of an edit; each change is (from, to)."""
    pairs = {name: {"from": a, "to": b} for name, (a, b) in changes.items()}
    body = {"record": record, "id": row.id, "base_version": base_version, "changes": pairs}
    return capture(body, "record.edit")


def kept(row: Any) -> Any:
    db.session.expire_all()
    return db.session.get_one(type(row), row.id)


def test_fields_that_nobody_touched_are_set(app, sara, omid) -> None:
    contact = factories.a_contact(sara, job_title="Buyer")
    update_contact(omid, contact.id, {"city": "Shiraz"})
    said = receive_capture(sara, edit("contact", contact, job_title=("Buyer", "Director")))
    assert (said["verdict"], said["result"]["applied"]) == ("applied", ["job_title"])
    assert (kept(contact).job_title, kept(contact).city) == ("Director", "Shiraz")


def test_a_contested_field_keeps_the_servers_value_and_names_the_losers(app, sara, omid) -> None:
    contact = factories.a_contact(sara, job_title="Buyer")
    update_contact(omid, contact.id, {"job_title": "Manager"})
    one = edit("contact", contact, job_title=("Buyer", "Director"))
    said = receive_capture(sara, one)
    assert said["verdict"] == "conflict"
    assert said["decision"]["words"] == "Omid Karimi: Manager 07:15 · you: Director 07:15"
    assert kept(contact).job_title == "Manager"
    again = receive_capture(sara, one)
    assert (again["verdict"], again["decision"]) == ("duplicate", said["decision"])


def test_some_fields_set_and_some_not_is_merged(app, sara, omid) -> None:
    contact = factories.a_contact(sara, job_title="Buyer", city="Tehran")
    update_contact(omid, contact.id, {"job_title": "Manager"})
    said = receive_capture(
        sara,
        edit("contact", contact, job_title=("Buyer", "Director"), city=("Tehran", "Karaj")),
    )
    assert said["verdict"] == "merged"
    (change,) = said["changes"]
    assert (change["label"], change["kept"]) == ("Job", "theirs")
    assert (kept(contact).job_title, kept(contact).city) == ("Manager", "Karaj")


@pytest.mark.mission(117)
@pytest.mark.rival("the field rep's edit vanishes on conflict")
def test_a_losing_value_comes_back_with_one_tap_and_the_other_one_too(app, sara, omid) -> None:
    contact = factories.a_contact(sara, job_title="Buyer")
    update_contact(omid, contact.id, {"job_title": "Manager"})
    said = receive_capture(sara, edit("contact", contact, job_title=("Buyer", "Director")))
    for keep, wanted in (("mine", "Director"), ("mine", "Director"), ("theirs", "Manager")):
        resolve_decision(sara, said["decision"]["id"], keep)
        assert kept(contact).job_title == wanted
    assert not open_decisions(sara)


def test_what_both_wrote_alike_is_no_contest(app, sara, omid) -> None:
    contact = factories.a_contact(sara, job_title="Buyer")
    update_contact(omid, contact.id, {"job_title": "Director"})
    said = receive_capture(sara, edit("contact", contact, job_title=("Buyer", "Director")))
    assert (said["verdict"], said["result"]["applied"]) == ("applied", [])


def test_on_the_version_that_the_phone_saw_nothing_is_contested(app, sara) -> None:
    """However the phone wrote down what it saw."""
    contact = factories.a_contact(sara, job_title="Buyer")
    said = receive_capture(sara, edit("contact", contact, job_title=("buyer?", "Director")))
    assert said["verdict"] == "applied"
    assert kept(contact).job_title == "Director"


def test_values_are_read_as_a_form_shows_them(app, sara, omid) -> None:
    """Numerals, dates, phones and tags, compared with what the record keeps."""
    contact = factories.a_contact(
        sara, phones=factories.labelled("+989121234567"), birthday=date(1991, 4, 22)
    )
    update_contact(omid, contact.id, {"city": "Shiraz", "tags": "vip, north"})
    said = receive_capture(
        sara,
        edit(
            "contact",
            contact,
            phones=([{"value": "0912 123 4567", "label": ""}], ["0912 765 4321"]),
            birthday=("22/4/1991", "1991-04-23"),
            tags=("north, vip", "vip"),
        ),
    )
    assert said["verdict"] in ("applied", "merged")
    assert "phones" in said["result"]["applied"]
    assert "birthday" in said["result"]["applied"]
    assert kept(contact).birthday == date(1991, 4, 23)


def test_an_amount_is_read_in_the_currency_of_its_form(app, sara, omid) -> None:
    deal = factories.a_deal(sara, amount=2_000_000_000)
    update_deal(omid, deal.id, {"needs": "50 seats"})
    said = receive_capture(sara, edit("deal", deal, amount=("200,000,000", "150m")))
    assert said["verdict"] == "applied"
    assert (kept(deal).amount, kept(deal).currency) == (1_500_000_000, "IRR")


def test_two_amounts_are_decided_on_with_their_currencies(app, sara, omid) -> None:
    deal = factories.a_deal(sara, amount=2_000_000_000)
    update_deal(omid, deal.id, {"amount": 3_000_000_000, "currency": "IRR"})
    said = receive_capture(
        sara, edit("deal", deal, amount=("200,000,000", "100"), currency=("IRT", "USD"))
    )
    assert said["verdict"] == "conflict"
    assert kept(deal).amount == 3_000_000_000
    resolve_decision(sara, said["decision"]["id"], "mine")
    assert (kept(deal).amount, kept(deal).currency) == (10_000, "USD")
    resolve_decision(sara, said["decision"]["id"], "theirs")
    assert (kept(deal).amount, kept(deal).currency) == (3_000_000_000, "IRR")


def test_an_account_by_its_name_is_compared_by_its_name(app, sara, omid) -> None:
    account = factories.an_account(sara, "Alborz")
    contact = factories.a_contact(sara, account=account)
    update_contact(omid, contact.id, {"account_name": "Damavand"})
    said = receive_capture(sara, edit("contact", contact, account_name=("Alborz", "Sahand")))
    assert (said["verdict"], said["decision"]["theirs"]) == ("conflict", "Damavand")
    resolve_decision(sara, said["decision"]["id"], "mine")
    assert db.session.get(Account, kept(contact).account_id).name == "Sahand"


def test_each_kind_of_record_is_edited(app, sara, omid) -> None:
    account, lead = factories.an_account(sara), factories.a_lead(sara)
    update_account(omid, account.id, {"industry": "Trade"})
    edits = [
        edit("account", account, city=(None, "Rasht")),
        edit("lead", lead, company=(None, "Yas Foods"), tags=("", "expo")),
        edit("deal", factories.a_deal(sara), name=("50 seats", "60 seats")),
    ]
    assert [receive_capture(sara, one)["verdict"] for one in edits] == ["applied"] * 3
    assert kept(account).city == "Rasht"
    assert (kept(lead).company, tags_of(lead.id)) == ("Yas Foods", ["expo"])


def test_one_wrong_field_refuses_the_whole_edit_and_keeps_it(app, sara) -> None:
    contact = factories.a_contact(sara)
    said = receive_capture(
        sara, edit("contact", contact, city=(None, "Rasht"), emails=([], ["no address"]))
    )
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["emails"])
    assert kept(contact).city is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"record": "user"}, "record"),
        ({"changes": {}}, "changes"),
        ({"changes": {"city": "Rasht"}}, "changes"),
        ({"changes": {"stage_id": {"from": None, "to": new_id()}}}, "stage_id"),
        ({"changes": {"archived_at": {"from": None, "to": "x"}}}, "archived_at"),
        ({"changes": {"id": {"from": None, "to": new_id()}}}, "id"),
    ],
)
def test_what_may_not_be_edited_is_refused(app, sara, body: dict[str, Any], field: str) -> None:
    deal = factories.a_deal(sara)
    made = {"record": "deal", "id": deal.id, "changes": {"needs": {"from": None, "to": "x"}}}
    said = receive_capture(sara, capture(made | body, "record.edit"))
    assert (said["verdict"], list(said["errors"])) == ("rejected", [field])


@pytest.mark.parametrize("model", [Contact, Deal, Lead])
def test_a_record_out_of_sight_forbids_its_edit(app, sara, nika, model: Any) -> None:
    make = {Contact: factories.a_contact, Deal: factories.a_deal, Lead: factories.a_lead}[model]
    theirs = make(nika)
    said = receive_capture(sara, edit(model.__tablename__, theirs, name=(theirs.name, "Mine")))
    assert (said["verdict"], said["can_drop"]) == ("forbidden", None)
    assert kept(theirs).name != "Mine"
