"""Accounts, contacts and leads: created, met again, changed, or not understood in part."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.commands import archive_account, update_account
from crm.accounts.models import Account, Contact
from crm.database import db
from crm.leads.models import Lead
from crm.search.models import SearchEntry
from crm.tags.queries import tags_of
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests.factories import a_contact, an_account, labelled
from tests.imports.files import bring, outcomes, said, try_out

GOOGLE = """First Name,Last Name,Organization Name,Organization Title,Birthday,Labels,\
E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value
Sara,Nouri,Acme,Head of sales,1985-04-12,VIP ::: * myContacts,* Work,sara@acme.example,Mobile,\
0912 345 6789 ::: 09121112233,Work,021-88776655
"""


def one(model: type) -> object:
    return db.session.scalars(select(model)).one()


@pytest.mark.mission(51)
def test_a_person_comes_in_with_everything_the_file_knows(app: Flask, admin: Viewer) -> None:
    made = bring(admin, GOOGLE)
    assert outcomes(made) == ["created"]
    contact = db.session.scalars(select(Contact)).one()
    assert (contact.name, contact.job_title) == ("Sara Nouri", "Head of sales")
    assert contact.birthday == date(1985, 4, 12)
    assert contact.emails == [{"value": "sara@acme.example", "label": "work"}]
    assert [(p["value"], p["label"]) for p in contact.phones] == [
        ("+989123456789", "mobile"),
        ("+989121112233", "mobile"),
        ("+982188776655", "work"),
    ]
    assert tags_of(contact.id) == ["VIP"]
    account = db.session.scalars(select(Account)).one()
    assert (contact.account_id, account.name) == (account.id, "Acme")
    found = db.session.scalars(
        select(SearchEntry.folded).where(SearchEntry.record_id == contact.id)
    ).one()
    assert "sara nouri" in found
    assert "09123456789" in found
    assert "acme" in found
    entries = db.session.scalars(select(TimelineEntry).order_by(TimelineEntry.kind)).all()
    assert [(e.kind, e.data.get("imported")) for e in entries] == [
        ("account.created", True),
        ("contact.created", True),
    ]


def test_the_end_of_a_contract_comes_in_by_its_column(app: Flask, admin: Viewer) -> None:
    bring(admin, "company name,industry,contract end date\nAcme,Steel,2027-03-01\n", "accounts.csv")
    assert db.session.scalars(select(Account.contract_ends_on)).one() == date(2027, 3, 1)


def test_the_same_file_again_changes_nothing_also_where_people_changed_something(
    app: Flask, admin: Viewer
) -> None:
    text = "account,sector,city\nAcme,Steel,Tehran\n"
    bring(admin, text)
    account = db.session.scalars(select(Account)).one()
    account_id = account.id
    update_account(admin, account_id, {"city": "Shiraz", "name": "Acme Group"})
    again = bring(admin, text)
    assert outcomes(again) == ["skipped"]
    account = db.session.scalars(select(Account)).one()
    assert (account.name, account.city) == ("Acme Group", "Shiraz")


def test_a_changed_row_of_a_later_file_changes_the_record_and_its_timeline(
    app: Flask, admin: Viewer
) -> None:
    bring(admin, "account,sector,employees\nAcme,Steel,10\nBeta,Wood,5\n")
    later = bring(admin, "account,sector,employees\nAcme,Steel,12\nBeta,,5\n")
    assert outcomes(later) == ["updated", "skipped"]
    acme = db.session.scalars(select(Account).where(Account.name == "Acme")).one()
    assert acme.employees == 12
    entry = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.kind == "account.changed")
    ).one()
    assert entry.data["changed"] == {"employees": [10, 12]}
    beta = db.session.scalars(select(Account).where(Account.name == "Beta")).one()
    assert beta.industry == "Wood", "an empty cell takes nothing away"


def test_what_somebody_typed_in_is_only_filled_up(app: Flask, admin: Viewer) -> None:
    an_account(None, "Acme", city="Shiraz")
    made = bring(admin, "account,sector,city\nACME,Steel,Tehran\n")
    assert outcomes(made) == ["updated"]
    account = db.session.scalars(select(Account)).one()
    assert (account.name, account.city, account.industry) == ("Acme", "Shiraz", "Steel")
    assert outcomes(bring(admin, "account,sector,city\nACME,Steel,Tehran\n")) == ["skipped"]


def test_a_contact_of_the_same_name_is_the_same_when_he_shares_a_phone(
    app: Flask, admin: Viewer
) -> None:
    a_contact(None, "Sara Nouri", phones=labelled("+989123456789"))
    made = bring(admin, "full name,mobile,job title\nSara Nouri,09123456789,CEO\n"
                        "Sara Nouri,09350001122,Clerk\n")  # fmt: skip
    assert outcomes(made) == ["updated", "created"]
    assert len(db.session.scalars(select(Contact)).all()) == 2


def test_parents_are_linked_whatever_the_order_of_the_rows(app: Flask, admin: Viewer) -> None:
    made = bring(admin, "account,subsidiary of\nDaughter,Mother\nGrand,Daughter\nMother,\n"
                        "Own,Own\nStray,Outside\n")  # fmt: skip
    assert outcomes(made) == ["created"] * 5
    assert made.counts["added_account"] == 1
    names = {a.id: a.name for a in db.session.scalars(select(Account))}
    parents = {a.name: names.get(a.parent_id) for a in db.session.scalars(select(Account))}
    assert parents == {
        "Daughter": "Mother", "Grand": "Daughter", "Mother": None, "Own": None,
        "Stray": "Outside", "Outside": None,
    }  # fmt: skip


@pytest.mark.mission(137)
def test_what_cannot_be_read_is_said_kept_and_keeps_nobody_out(app: Flask, admin: Viewer) -> None:
    made = bring(
        admin, "full name,mobile,email,birthday\nSara Nouri,0912,not-an-address,1985-31-31\n"
    )
    (verdict,) = made.verdicts
    assert verdict.outcome == "created"
    assert [m.field for m in verdict.messages] == ["Mobile", "E-mail", "Birthday"]
    contact = db.session.scalars(select(Contact)).one()
    assert (contact.phones, contact.emails, contact.birthday) == ([], [], None)
    assert "0912" in str(contact.description)
    assert "not-an-address" in str(contact.description)
    assert "1985-31-31" in str(contact.description)


def test_a_broken_row_is_reported_and_the_rest_goes_on(app: Flask, admin: Viewer) -> None:
    long = "n" * 300
    made = bring(admin, f"account,city\nAcme,Tehran\n,Shiraz\nBeta,Rasht,x\n{long},Yazd\nGamma,\n")
    assert outcomes(made) == ["created", "failed", "failed", "failed", "created"]
    assert [v.line for v in made.verdicts if v.outcome == "failed"] == [3, 4, 5]
    assert "no name" in said(made.verdicts[1])
    assert "more cells" in said(made.verdicts[2])


def test_the_same_row_twice_in_a_file_is_one_record(app: Flask, admin: Viewer) -> None:
    made = bring(admin, "account,city\nAcme,Tehran\nacme ,Tehran\n")
    assert outcomes(made) == ["created", "skipped"]
    assert "line 2" in said(made.verdicts[1])


def test_two_spellings_of_one_keyboard_are_one_account(app: Flask, admin: Viewer) -> None:
    bring(admin, "نام شرکت,شهر\nشركت يكتا,تهران\n")
    made = bring(admin, "full name,company\nSara,شرکت یکتا\n")
    assert made.counts.get("added_account", 0) == 0
    assert len(db.session.scalars(select(Account)).all()) == 1


def test_an_archived_account_is_left_as_it_is(app: Flask, admin: Viewer) -> None:
    bring(admin, "account,city\nAcme,Tehran\n")
    archive_account(admin, str(db.session.scalar(select(Account.id))))
    made = bring(admin, "account,city\nAcme,Shiraz\n")
    assert outcomes(made) == ["skipped"]
    assert "archived" in said(made.verdicts[0])


def test_leads_carry_heat_status_amount_and_source(app: Flask, admin: Viewer) -> None:
    bring(admin, "lead name,company,rating,status,budget,currency,lead source,owner\n"
                 "Reza Karimi,Foods,Hot,In progress,2.5 million,تومان,Fair,Sara Ahmadi\n"
                 "Odd,,lukewarm,,x,,,Nobody Here\n")  # fmt: skip
    lead = db.session.scalars(select(Lead).where(Lead.name == "Reza Karimi")).one()
    assert (lead.heat, lead.status, lead.source) == ("hot", "working", "Fair")
    assert (lead.amount, lead.currency) == (25_000_000, "IRR")
    odd = db.session.scalars(select(Lead).where(Lead.name == "Odd")).one()
    assert (odd.heat, odd.amount, odd.owner_id) == ("cold", None, None)


def test_the_number_of_the_old_system_finds_a_renamed_person(app: Flask, admin: Viewer) -> None:
    bring(admin, "record id,first name,last name\n7,Sara,Nouri\n")
    later = bring(admin, "record id,first name,last name\n7,Sara,Ahmadi\n")
    assert outcomes(later) == ["updated"]
    contact = db.session.scalars(select(Contact)).one()
    assert contact.name == "Sara Ahmadi"


def test_a_formula_is_text(app: Flask, admin: Viewer) -> None:
    bring(admin, 'account,notes\n"=HYPERLINK(""http://x"")",@SUM(A1)\n')
    account = db.session.scalars(select(Account)).one()
    assert (account.name, account.description) == ('=HYPERLINK("http://x")', "@SUM(A1)")


def test_a_manager_imports_for_himself_and_his_team_alone(
    app: Flask, leila: Viewer, sara: Viewer, nika: Viewer
) -> None:
    an_account(nika, "Acme")
    made = bring(leila, f"account,city,owner\nAcme,Tehran,{sara.name}\nBeta,,{nika.name}\n")
    assert outcomes(made) == ["created", "created"], "another team's Acme is not his to see"
    owners = {
        a.name: a.owner_id
        for a in db.session.scalars(select(Account).where(Account.import_key.is_not(None)))
    }
    assert owners == {"Acme": sara.id, "Beta": leila.id}
    assert "nobody called" in said(made.verdicts[1])


def test_with_no_create_a_named_account_is_only_remarked(app: Flask, admin: Viewer) -> None:
    made = bring(admin, "full name,company\nSara,Acme\n", creates=False)
    assert made.counts == {"rows": 1, "created": 1, "warned": 1}
    contact = db.session.scalars(select(Contact)).one()
    assert contact.account_id is None
    assert contact.description == "Account: Acme"


def test_a_dry_run_knows_what_the_file_before_would_add(app: Flask, admin: Viewer) -> None:
    _accounts, contacts = try_out(
        admin, "full name,company\nSara,Acme\nOmid,Beta\n", "account,sector\nAcme,Steel\n"
    )
    assert contacts.counts["added_account"] == 1
    assert db.session.scalars(select(Account)).all() == []


def test_another_teams_account_is_neither_found_nor_touched(
    app: Flask, leila: Viewer, nika: Viewer
) -> None:
    foreign = an_account(nika, "Acme").id
    made = bring(leila, "full name,company\nSara Nouri,Acme\n")
    assert made.counts["added_account"] == 1
    contact = db.session.scalars(select(Contact)).one()
    assert contact.account_id != foreign
