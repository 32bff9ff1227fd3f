"""What goes along when a lead becomes a customer; and how it becomes a lead again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from crm import clock, errors
from crm.accounts.commands import update_contact
from crm.accounts.models import Account, Contact
from crm.activities.commands import complete_activity, log_activity, plan_activity
from crm.activities.models import Activity
from crm.conversions.commands import convert_lead, undo_conversion
from crm.conversions.matches import find_matches
from crm.database import db
from crm.deals.commands import move_deal
from crm.deals.models import Deal
from crm.feed.queries import entries_of
from crm.leads.commands import capture_lead
from crm.leads.models import Lead
from crm.leads.queries import leads_of
from crm.search.queries import search
from crm.tags.queries import tags_of
from crm.timeline.models import TimelineEntry
from tests import factories
from tests.api.phone import capture, send, verdicts
from tests.faults.test_at_once import at_once

WANTED = {"account_name": "Alborz", "contact_name": "Mina Tavakoli", "deal_name": "50 seats"}
SAID = {
    "name": "Mina Tavakoli",
    "company": "Alborz",
    "phones": ["09121234567"],
    "emails": ["mina@alborz.example"],
    "city": "Yazd",
    "industry": "Steel",
    "employees": "120",
    "website": "alborz.example",
    "description": "Prefers mornings",
    "tags": "expo",
}


@pytest.fixture
def lead_id(app: Any, sara: Any) -> str:
    return capture_lead(sara, SAID)


def kept(model: Any, record_id: str | None) -> Any:
    db.session.rollback()
    return db.session.get_one(model, record_id)


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def promised(sara: Any, lead_id: str) -> str:
    due = {"due_at": clock.now().isoformat(), "lead_id": lead_id}
    return plan_activity(sara, {"kind": "call", "subject": "Call back", **due})


@pytest.mark.mission(26)
def test_what_is_known_of_the_lead_goes_along(app, sara, lead_id) -> None:
    promise = promised(sara, lead_id)
    made = convert_lead(sara, lead_id, WANTED)
    account, contact = kept(Account, made["account_id"]), kept(Contact, made["contact_id"])
    assert (account.city, account.industry, account.employees) == ("Yazd", "Steel", 120)
    assert account.website == "alborz.example"
    assert (contact.description, contact.email) == ("Prefers mornings", "mina@alborz.example")
    assert tags_of(contact.id) == ["expo"]
    activity = kept(Activity, promise)
    assert activity.is_planned
    links = {name: getattr(activity, name) for name in ("account_id", "contact_id", "deal_id")}
    assert links == made


@pytest.mark.mission(26, 17)
@pytest.mark.parametrize("column", ["contact_id", "account_id", "deal_id"])
def test_the_history_from_before_stands_on_what_it_became(app, sara, lead_id, column) -> None:
    log_activity(sara, {"kind": "call", "lead_id": lead_id, "note": "Asked for steel"})
    made = convert_lead(sara, lead_id, WANTED)
    rows = entries_of(sara, **{column: made[column]})
    kinds = [row.kind for row in rows]
    assert {"lead.captured", "activity.logged", "lead.converted"} <= set(kinds)
    assert kinds.count("lead.converted") == 1
    seen, before = [], None
    while page := entries_of(sara, before=before, limit=2, **{column: made[column]}):
        seen += [row.id for row in page]
        before = (page[-1].at, page[-1].id)
    assert seen == [row.id for row in rows]


def test_the_history_of_a_lead_is_for_who_may_see_the_lead(app, sara, nika, admin, lead_id) -> None:
    shared = factories.an_account(None, "Everybody's")
    made = convert_lead(sara, lead_id, {"account_id": shared.id, "contact_name": "Mina"})
    assert [r.kind for r in entries_of(nika, account_id=made["account_id"])] == ["account.changed"]
    assert "lead.captured" in [row.kind for row in entries_of(admin, account_id=shared.id)]


def test_a_person_who_is_known_is_not_made_again_and_keeps_what_he_has(app, sara, lead_id) -> None:
    phones = factories.labelled("+989121234567", "+989120000000")
    known = factories.a_contact(sara, "Mina T.", phones=phones, city="Tehran")
    (match,) = find_matches(sara, db.session.get_one(Lead, lead_id)).persons
    assert (match.record_id, match.why) == (known.id, "phone")
    made = convert_lead(sara, lead_id, {"contact_id": known.id, "account_name": "Alborz"})
    assert count(Contact) == 1
    contact = kept(Contact, known.id)
    assert (contact.name, contact.city, contact.phones) == ("Mina T.", "Tehran", phones)
    assert (contact.email, contact.account_id) == ("mina@alborz.example", made["account_id"])
    undo_conversion(sara, lead_id)
    contact = kept(Contact, known.id)
    assert (contact.emails, contact.account_id, contact.description) == ([], None, None)
    assert (tags_of(known.id), contact.archived_at) == ([], None)


def test_what_was_filled_and_changed_since_stays_as_it_is_now(app, sara, lead_id) -> None:
    known = factories.a_contact(sara, "Mina T.")
    convert_lead(sara, lead_id, {"contact_id": known.id})
    update_contact(sara, known.id, {"city": "Shiraz"})
    undo_conversion(sara, lead_id)
    contact = kept(Contact, known.id)
    assert (contact.city, contact.description) == ("Shiraz", None)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "ALBORZ"}, "name"),
        ({"name": "Other", "website": "https://www.alborz.example/"}, "website"),
        ({"name": "Other", "phones": factories.labelled("+989121234567")}, "phone"),
        ({"name": "Other", "emails": factories.labelled("info@alborz.example")}, "domain"),
    ],
)
def test_the_firm_is_found_by_name_site_phone_and_domain(app, sara, nika, lead_id, fields, why):
    account = factories.an_account(sara, **fields)
    lead = db.session.get_one(Lead, lead_id)
    (match,) = find_matches(sara, lead).accounts
    assert (match.record_id, match.why) == (account.id, why)
    assert find_matches(nika, lead).accounts == []


def test_a_free_mailer_is_nobodys_firm(app, sara) -> None:
    mails = factories.labelled("somebody@gmail.com")
    factories.a_contact(sara, "Somebody", emails=mails)
    factories.an_account(sara, "A firm", emails=factories.labelled("firm@gmail.com"))
    lead = factories.a_lead(sara, emails=factories.labelled("other@gmail.com"))
    found = find_matches(sara, lead)
    assert (found.accounts, found.persons, found.colleagues) == ([], [], [])


def test_a_colleague_at_the_domain_leads_to_his_firm(app, sara, lead_id) -> None:
    account = factories.an_account(sara, "Steel of Yazd")
    mails = factories.labelled("ali@alborz.example")
    colleague = factories.a_contact(sara, "Ali", account, emails=mails)
    found = find_matches(sara, db.session.get_one(Lead, lead_id))
    assert [one.record_id for one in found.colleagues] == [colleague.id]
    assert [one.record_id for one in found.accounts] == [account.id]


def test_nobody_converts_into_what_he_may_not_see_or_what_is_put_away(
    app, sara, nika, lead_id
) -> None:
    theirs, hers = factories.an_account(nika), factories.a_contact(nika)
    away = factories.an_account(sara, archived_at=clock.now())
    for wrong in ({"account_id": theirs.id}, {"account_id": away.id}, {"contact_id": hers.id}):
        with pytest.raises(errors.ValidationError) as refused:
            convert_lead(sara, lead_id, {"contact_name": "Mina"} | wrong)
        assert list(refused.value.fields) == list(wrong)
    assert kept(Lead, lead_id).is_open
    assert not kept(Contact, hers.id).emails


@pytest.mark.mission(36)
def test_undone_the_lead_is_open_as_before_and_what_was_made_is_put_away(
    app, sara, lead_id
) -> None:
    promise = promised(sara, lead_id)
    before = kept(Lead, lead_id).status
    made = convert_lead(sara, lead_id, WANTED)
    assert "lead" not in [hit.record_type for hit in search(sara, "mina")]
    assert undo_conversion(sara, lead_id) == {}
    assert undo_conversion(sara, lead_id) == {}
    lead = kept(Lead, lead_id)
    assert (lead.status, lead.converted_at, lead.contact_id) == (before, None, None)
    assert [hit.record_id for hit in search(sara, "mina")] == [lead_id]
    for model, name in ((Account, "account_id"), (Contact, "contact_id"), (Deal, "deal_id")):
        assert kept(model, made[name]).archived_at is not None
    activity = kept(Activity, promise)
    assert (activity.lead_id, activity.contact_id, activity.deal_id) == (lead_id, None, None)
    undone = TimelineEntry.kind == "lead.conversion_undone"
    assert db.session.scalar(select(func.count()).where(undone)) == 1
    again = convert_lead(sara, lead_id, WANTED)
    assert again["contact_id"] != made["contact_id"]


def test_what_something_happened_to_stays_with_what_it_stands_on(app, sara, lead_id) -> None:
    made = convert_lead(sara, lead_id, WANTED)
    move_deal(sara, made["deal_id"], {"stage_id": factories.stage("proposal").id})
    stays = undo_conversion(sara, lead_id)
    assert stays == dict.fromkeys(("deal", "contact", "account"), "changed")
    assert kept(Deal, made["deal_id"]).archived_at is None
    assert kept(Lead, lead_id).is_open


@pytest.mark.parametrize("happened", ["note", "edit", "promise kept"])
def test_a_contact_with_a_life_of_its_own_stays(app, sara, lead_id, happened) -> None:
    promise = promised(sara, lead_id)
    made = convert_lead(sara, lead_id, WANTED | {"deal_name": "", "account_name": ""})
    if happened == "note":
        log_activity(sara, {"kind": "note", "contact_id": made["contact_id"], "note": "x"})
    elif happened == "edit":
        update_contact(sara, made["contact_id"], {"city": "Shiraz"})
    else:
        complete_activity(sara, promise)
    assert undo_conversion(sara, lead_id) == {"contact": "changed"}
    assert kept(Contact, made["contact_id"]).archived_at is None


def test_who_may_not_see_one_of_them_any_more_leaves_it_and_does_not_learn_of_it(
    app, sara, nika, lead_id
) -> None:
    made = convert_lead(sara, lead_id, WANTED)
    deal = kept(Deal, made["deal_id"])
    deal.owner_id, deal.team_id = nika.id, nika.team_id
    db.session.commit()
    stays = undo_conversion(sara, lead_id)
    assert stays == {"deal": "unseen", "contact": "used", "account": "used"}
    assert kept(Deal, made["deal_id"]).archived_at is None
    with pytest.raises(errors.NotFound):
        undo_conversion(nika, lead_id)


def test_after_thirty_days_it_is_too_late(app, sara, lead_id, clock) -> None:
    convert_lead(sara, lead_id, WANTED)
    clock.move(days=30, seconds=1)
    with pytest.raises(errors.Conflict):
        undo_conversion(sara, lead_id)
    assert not kept(Lead, lead_id).is_open


def test_two_at_once_make_one_of_each(app, sara, omid, lead_id) -> None:
    promised(sara, lead_id)
    calls = [lambda who=who: convert_lead(who, lead_id, WANTED) for who in (sara, omid) * 2]
    said = at_once(app, calls)
    assert said == [said[0]] * 4
    assert (count(Account), count(Contact), count(Deal)) == (1, 1, 1)
    undone = at_once(app, [lambda: undo_conversion(sara, lead_id)] * 4)
    assert undone == [{}] * 4
    assert kept(Lead, lead_id).is_open


def test_the_contact_says_as_which_lead_it_came(app, sara, nika, lead_id) -> None:
    made = convert_lead(sara, lead_id, WANTED)
    (came,) = leads_of(sara, contact_id=made["contact_id"])
    assert (came.id, came.conversion["score"]) == (lead_id, 45 + 12)
    assert leads_of(nika, contact_id=made["contact_id"]) == []


@pytest.mark.mission(36)
def test_a_conversion_made_without_signal_applies_later_and_once(
    new_client, sara, nika, lead_id
) -> None:
    said = capture({"lead_id": lead_id, **WANTED}, "lead.convert")
    results = [send(new_client(sara), sara, said)[0] for _ in range(2)]
    assert verdicts(results) == ["applied", "duplicate"]
    assert results[0]["result"] == results[1]["result"]
    assert kept(Lead, lead_id).deal_id == results[0]["result"]["deal_id"]
    other = capture({"lead_id": lead_id, **WANTED}, "lead.convert")
    assert verdicts(send(new_client(nika), nika, other)) == ["forbidden"]
    undo_conversion(sara, lead_id)
    assert verdicts(send(new_client(sara), sara, said)) == ["duplicate"]
    assert kept(Lead, lead_id).is_open
    wrong = capture({"lead_id": lead_id, "deal_name": "x", "amount": "much"}, "lead.convert")
    (refused,) = send(new_client(sara), sara, wrong)
    assert set(refused["errors"]) == {"contact_name"}
