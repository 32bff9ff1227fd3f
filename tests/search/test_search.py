"""Finding people as they are typed: any spelling, any digits, and never what one may not see."""

from __future__ import annotations

import pytest
from flask import Flask

from crm.accounts.commands import (
    archive_account,
    archive_contact,
    create_account,
    create_contact,
    update_account,
    update_contact,
)
from crm.conversions.commands import convert_lead
from crm.deals.commands import archive_deal, create_deal, update_deal
from crm.leads.commands import archive_lead, capture_lead, update_lead
from crm.search import index
from crm.search.queries import latest, search
from crm.users.viewer import Viewer
from tests.factories import a_contact, a_lead, an_account


def names(viewer: Viewer, text: str, **more: object) -> list[str]:
    return [hit.title for hit in search(viewer, text, **more)]  # type: ignore[arg-type]


@pytest.mark.mission(1)
@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("علي كريمي", "علی کریمی"),
        ("علی کریمی", "علي كريمي"),
        ("دیجی‌کالا", "دیجی کالا"),
        ("دیجی‌کالا", "دیجیکالا"),
        ("دیجی کالا", "دیجی‌کالا"),
        ("دیجی کالا", "دیجیکالا"),
        ("می‌رود", "می رود"),
        ("می رود", "میرود"),
        ("نیک‌پی", "نیک پی"),
        ("خانهٔ سبز", "خانه سبز"),
        ("Café Zoë", "cafe zoe"),
        ("Acme GmbH", "gmbh ac"),
        ("واحد ۱۲", "واحد 12"),
        ("Unit 12", "unit ۱۲"),
        ("Moss & Pine", "moss & pi"),
    ],
)
def test_another_spelling_of_a_name_finds_it(
    app: Flask, sara: Viewer, stored: str, typed: str
) -> None:
    an_account(sara, stored)
    an_account(sara, "Something else")
    assert names(sara, typed) == [stored]


def test_every_word_must_occur_in_any_order(app: Flask, sara: Viewer) -> None:
    acme = an_account(sara, "Acme Trading")
    a_contact(sara, "Sara Nouri", acme)
    a_contact(sara, "Sara Karimi", an_account(sara, "Orrin"))
    assert names(sara, "acme sara") == ["Sara Nouri"]
    assert names(sara, "sara zzz") == []


@pytest.mark.parametrize(
    "typed", ["4567", "۴۵۶۷", "0912 345 4567", "+98 912 345 4567", "00989123454"]
)
def test_part_of_a_phone_number_finds_the_caller(app: Flask, sara: Viewer, typed: str) -> None:
    create_contact(sara, {"name": "Caller", "phones": ["09123454567"]})
    create_contact(sara, {"name": "Other", "phones": ["09123459999"]})
    assert names(sara, typed)[0] == "Caller"


def test_the_last_four_digits_come_before_digits_in_the_middle(app: Flask, sara: Viewer) -> None:
    create_contact(sara, {"name": "Ends with them", "phones": ["09121114567"]})
    create_contact(sara, {"name": "Has them inside", "phones": ["09124567111"]})
    assert names(sara, "4567") == ["Ends with them", "Has them inside"]


def test_exact_names_come_first_then_beginnings_then_the_newest(app: Flask, sara: Viewer) -> None:
    for name in ("Sara", "Sara Zand", "Sara Abdi", "Old Sara", "New Sara"):
        a_contact(sara, name)
    assert names(sara, "sara") == ["Sara", "Sara Abdi", "Sara Zand", "New Sara", "Old Sara"]


def test_two_letters_find_beginnings_of_words_and_one_those_of_names(
    app: Flask, sara: Viewer
) -> None:
    for name in ("Omid Karimi", "Karla Omidi", "Romina Zand"):
        a_contact(sara, name)
    assert set(names(sara, "om")) == {"Omid Karimi", "Karla Omidi"}
    assert names(sara, "k") == ["Karla Omidi"]
    assert names(sara, "karla o") == ["Karla Omidi"]


def test_a_tag_and_an_address_find_their_people(app: Flask, sara: Viewer) -> None:
    create_contact(sara, {"name": "Tagged", "tags": "VIP, نمایشگاه", "emails": ["t@acme.example"]})
    create_contact(sara, {"name": "Plain"})
    assert names(sara, "#vip") == names(sara, "#نمایشگاه") == names(sara, "#v") == ["Tagged"]
    assert names(sara, "t@acme") == ["Tagged"]


@pytest.mark.parametrize(
    "typed",
    [
        "%",
        "_",
        "100%",
        "a_b",
        "\\",
        '"',
        '""" OR 1',
        "NEAR(",
        "'; --",
        "*",
        "#",
        "   ",
        "",
        "ن" * 900,
    ],
)
def test_signs_with_a_meaning_for_the_database_are_only_letters(
    app: Flask, sara: Viewer, typed: str
) -> None:
    a_contact(sara, "Ordinary")
    assert names(sara, typed) == []


def test_signs_in_a_name_are_found_as_they_are(app: Flask, sara: Viewer) -> None:
    for name in ("100% Wool", "100x Wool", "a_b_c"):
        an_account(sara, name)
    assert names(sara, "100% wool") == ["100% Wool"]
    assert names(sara, "_b_") == ["a_b_c"]


def test_kinds_and_the_limit_narrow_the_answer(app: Flask, sara: Viewer) -> None:
    an_account(sara, "Acme")
    a_lead(sara, "Acme Lead")
    for n in range(5):
        a_contact(sara, f"Acme {n}")
    assert names(sara, "acme", types=["lead", "account"]) == ["Acme", "Acme Lead"]
    assert len(names(sara, "acme", limit=3)) == 3


@pytest.mark.mission(18)
def test_one_finds_what_one_may_see_and_no_more(
    app: Flask, sara: Viewer, omid: Viewer, nika: Viewer, leila: Viewer, admin: Viewer
) -> None:
    a_contact(sara, "Secret Person")
    a_contact(None, "Nobody Person")
    assert set(names(sara, "person")) == set(names(omid, "person")) == set(names(leila, "person"))
    assert names(nika, "person") == ["Nobody Person"]
    assert set(names(admin, "person")) == {"Secret Person", "Nobody Person"}


def test_a_strangers_own_are_found_behind_many_of_others(
    app: Flask, sara: Viewer, nika: Viewer
) -> None:
    a_contact(nika, "Acme Ours")
    for n in range(30):
        a_contact(sara, f"Acme {n}")
    assert names(nika, "acm") == names(nika, "ac") == names(nika, "a") == ["Acme Ours"]


def test_two_who_share_a_mark_still_do_not_see_each_others(
    app: Flask, sara: Viewer, nika: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "owner_mark", lambda _id: index.NOBODYS)
    a_contact(sara, "Acme Theirs")
    a_contact(nika, "Acme Ours")
    assert names(nika, "acme") == ["Acme Ours"]


def test_what_changes_is_found_by_its_new_name_only(app: Flask, sara: Viewer) -> None:
    contact_id = create_contact(sara, {"name": "Before Marriage"})
    update_contact(sara, contact_id, {"name": "After Wedding"})
    assert names(sara, "marriage") == []
    assert names(sara, "wedding") == ["After Wedding"]


def test_the_newest_come_first_and_go_on_from_the_last(app: Flask, sara: Viewer) -> None:
    create_account(sara, {"name": "First"})
    create_contact(sara, {"name": "Second"})
    capture_lead(sara, {"name": "Third"})
    rows = latest(sara, ("contact", "account", "lead"), limit=2)
    assert [row.title for row in rows] == ["Third", "Second"]
    (rest,) = latest(sara, ("contact", "account", "lead"), rows[-1].row_id)
    assert rest.title == "First"


def test_what_is_put_away_or_converted_stays_out_of_search_when_it_is_changed(
    app: Flask, sara: Viewer
) -> None:
    account_id = create_account(sara, {"name": "Quagga firm"})
    contact_id = create_contact(sara, {"name": "Quagga Rad", "account_id": account_id})
    deal_id = create_deal(sara, {"name": "Quagga seats", "account_id": account_id})
    lead_id = capture_lead(sara, {"name": "Quagga lead"})
    other_id = capture_lead(sara, {"name": "Quagga other"})
    archive_contact(sara, contact_id)
    archive_deal(sara, deal_id)
    archive_lead(sara, lead_id)
    convert_lead(sara, other_id, {"contact_name": "Somebody"})
    update_account(sara, account_id, {"name": "Quagga firms"})
    update_contact(sara, contact_id, {"city": "Shiraz"})
    update_deal(sara, deal_id, {"source": "Event"})
    update_lead(sara, lead_id, {"heat": "hot"})
    update_lead(sara, other_id, {"heat": "hot"})
    assert [hit.title for hit in search(sara, "Quagga")] == ["Quagga firms"]
    archive_account(sara, account_id)
    update_account(sara, account_id, {"city": "Shiraz"})
    assert not search(sara, "Quagga")
