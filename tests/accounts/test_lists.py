"""Lists of accounts, contacts and leads: in order, a page at a time, and only what one may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from crm import clock
from crm.accounts.commands import create_contact
from crm.accounts.queries import Filters, around, find_alike, list_accounts, list_contacts
from crm.leads.lists import LeadFilters, list_leads
from crm.leads.models import LeadStatus
from crm.tags.queries import find_tag
from crm.users.viewer import Viewer
from tests.factories import a_contact, a_lead, an_account


def names(rows: object) -> list[str]:
    return [row.name for row in rows]  # type: ignore[attr-defined]


def test_contacts_stand_by_name_and_go_on_from_the_last(app: Flask, sara: Viewer) -> None:
    for name in ("Zand", "Abdi", "Moradi", "Karimi", "Karimi"):
        a_contact(sara, name)
    first = list_contacts(sara, limit=3)
    rest = list_contacts(sara, after=first[-1].id, limit=3)
    assert names(first) + names(rest) == ["Abdi", "Karimi", "Karimi", "Moradi", "Zand"]


@pytest.mark.mission(18)
def test_each_sees_his_own_his_teams_and_what_is_nobodys(
    app: Flask, sara: Viewer, omid: Viewer, leila: Viewer, nika: Viewer, admin: Viewer
) -> None:
    for owner, name in ((sara, "Sara’s"), (omid, "Omid’s"), (nika, "Nika’s"), (None, "Nobody’s")):
        an_account(owner, name)
    ours = ["Nobody’s", "Omid’s", "Sara’s"]
    assert names(list_accounts(sara)) == names(list_accounts(leila)) == ours
    assert names(list_accounts(nika)) == ["Nika’s", "Nobody’s"]
    assert names(list_accounts(admin)) == sorted([*ours, "Nika’s"])
    assert names(list_accounts(sara, Filters("mine"))) == ["Sara’s"]
    assert names(list_accounts(sara, Filters("team"))) == ["Omid’s", "Sara’s"]


def test_the_place_of_a_record_one_may_not_see_is_no_place(
    app: Flask, sara: Viewer, nika: Viewer
) -> None:
    theirs = a_contact(nika, "Middle")
    a_contact(sara, "Abdi")
    assert names(list_contacts(sara, after=theirs.id)) == ["Abdi"]


def test_tags_and_the_archive_narrow_a_list(app: Flask, sara: Viewer) -> None:
    create_contact(sara, {"name": "Tagged", "tags": "VIP"})
    a_contact(sara, "Plain")
    a_contact(sara, "Gone", archived_at=clock.now())
    tag = find_tag("vip")
    assert tag is not None
    assert names(list_contacts(sara, Filters(tag_id=tag.id))) == ["Tagged"]
    assert names(list_contacts(sara, Filters(archived=True))) == ["Gone"]
    assert names(list_contacts(sara)) == ["Plain", "Tagged"]


@pytest.mark.mission(30, 31)
def test_hot_leads_come_first_then_the_newest_of_each_heat(app: Flask, sara: Viewer) -> None:
    now = clock.now()
    for name, heat, days in (
        ("Cold", "cold", 0),
        ("Warm old", "warm", 9),
        ("Hot old", "hot", 9),
        ("Warm new", "warm", 1),
        ("Hot new", "hot", 1),
    ):
        a_lead(sara, name, heat=heat, created_at=now - timedelta(days=days))
    a_lead(sara, "Later", heat="hot", status=LeadStatus.LATER)
    wanted = ["Hot new", "Hot old", "Warm new", "Warm old", "Cold"]
    assert names(list_leads(sara)) == wanted
    seen: list[str] = []
    last = None
    while rows := list_leads(sara, after=last, limit=2):
        seen += names(rows)
        last = rows[-1].id
    assert seen == wanted
    assert names(list_leads(sara, LeadFilters(group="later"))) == ["Later"]


@pytest.mark.mission(137)
def test_somebody_alike_is_found_by_name_phone_or_address(app: Flask, sara: Viewer) -> None:
    create_contact(
        sara, {"name": "علي كريمي", "phones": ["09123454567"], "emails": ["a@b.example"]}
    )
    for name, phones, emails in (
        ("علی کریمی", [], []),
        ("Other", ["+989123454567"], []),
        ("Other", [], ["A@B.example"]),
    ):
        assert [hit.title for hit in find_alike(sara, name, phones, emails)] == ["علي كريمي"]
    assert find_alike(sara, "علی", ["09123459999"], []) == []


def test_a_strangers_account_is_not_named_beside_a_contact(
    app: Flask, sara: Viewer, nika: Viewer
) -> None:
    hidden = an_account(nika, "Hidden Ltd")
    contact = a_contact(sara, "Open", hidden)
    assert around(sara, contact).account is None
    assert around(nika, contact).account == "Hidden Ltd"
    assert around(sara, contact).owner == "Sara Ahmadi"
