"""The People page: found as one types, listed a page at a time, with and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from crm.accounts.queries import PAGE
from crm.database import db
from crm.users.viewer import Viewer
from tests.factories import a_contact, a_deal, a_lead, an_account, labelled

NewClient = Callable[..., FlaskClient]
PARTIAL = {"HX-Request-Type": "partial"}


def names(body: str) -> list[str]:
    return re.findall(r'class="row__link"[^>]*><bdi>([^<]*)</bdi>', body)


@pytest.mark.mission(1, 148)
def test_the_newest_of_all_kinds_stand_first_with_their_phones(
    new_client: NewClient, sara: Viewer
) -> None:
    account = an_account(sara, "Acme")
    a_contact(sara, "Nina", account, phones=labelled("+989123454567"))
    a_lead(sara, "Reza", heat="hot", company="Orrin")
    body = new_client(sara).get("/people").get_data(as_text=True)
    assert names(body) == ["Reza", "Nina", "Acme"]
    assert 'href="tel:+989123454567"' in body
    assert "Hot lead" in body


@pytest.mark.mission(1)
def test_a_search_is_a_plain_form_and_htmx_gets_the_rows_alone(
    new_client: NewClient, sara: Viewer
) -> None:
    a_contact(sara, "Nina Karim")
    a_contact(sara, "Omid")
    client = new_client(sara)
    page = client.get("/people?q=nina").get_data(as_text=True)
    rows = client.get("/people?q=nina&tab=all", headers=PARTIAL)
    assert names(page) == names(rows.get_data(as_text=True)) == ["Nina Karim"]
    assert "<html" in page
    assert "<html" not in rows.get_data(as_text=True)
    assert "HX-Request-Type" in rows.headers["Vary"]
    assert "no-store" in rows.headers["Cache-Control"]


def test_a_search_keeps_to_its_tab(new_client: NewClient, sara: Viewer) -> None:
    an_account(sara, "Acme")
    a_contact(sara, "Acme Person")
    body = new_client(sara).get("/people?q=acme&tab=accounts").get_data(as_text=True)
    assert names(body) == ["Acme"]


def test_nobody_found_offers_to_add_who_was_typed(new_client: NewClient, sara: Viewer) -> None:
    body = new_client(sara).get("/people?q=Zoe+%26+Co").get_data(as_text=True)
    assert 'href="/contacts/new?name=Zoe%20%26%20Co"' in body
    form = new_client(sara).get("/contacts/new?name=Zoe%20%26%20Co").get_data(as_text=True)
    assert 'value="Zoe &amp; Co"' in form


@pytest.mark.parametrize("tab", ["all", "contacts", "accounts", "leads"])
def test_a_list_loads_on_until_its_end(new_client: NewClient, sara: Viewer, tab: str) -> None:
    make = {"accounts": an_account, "leads": a_lead}.get(tab, a_contact)
    for n in range(PAGE + 3):
        make(sara, f"Name {n:03}")
    client = new_client(sara)
    seen, url = [], f"/people?tab={tab}"
    for _turn in range(3):
        body = client.get(url, headers=PARTIAL).get_data(as_text=True)
        seen += names(body)
        more = re.search(r'hx-get="([^"]*after=[^"]*)"', body)
        if not more:
            break
        url = more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == PAGE + 3


def test_filters_are_links_and_say_which_is_on(
    new_client: NewClient, sara: Viewer, omid: Viewer
) -> None:
    a_contact(sara, "Mine")
    a_contact(omid, "His")
    client = new_client(sara)
    body = client.get("/people?tab=contacts").get_data(as_text=True)
    assert names(body) == ["His", "Mine"]
    assert "whose=mine" in body
    body = client.get("/people?tab=contacts&whose=mine").get_data(as_text=True)
    assert names(body) == ["Mine"]
    assert re.search(r'aria-current="true"><span data-text="Mine"', body)
    empty = client.get("/people?tab=contacts&archived=1").get_data(as_text=True)
    assert "Nobody fits what you chose" in empty


@pytest.mark.parametrize(
    "query",
    [
        "tab=zzz",
        "after=zzz",
        "tab=contacts&after=1",
        "after=99999999999999999999",
        "whose=boss",
        "tab=leads&group=x",
        "tab=contacts&tag=none",
        "q=" + "%25" * 300,
        "q=%22",
        "tab=all&after=-1",
    ],
)
def test_an_address_with_nonsense_still_shows_people(
    new_client: NewClient, sara: Viewer, query: str
) -> None:
    assert new_client(sara).get(f"/people?{query}").status_code == 200


def test_fifty_rows_cost_as_few_questions_as_one(
    app: Flask, new_client: NewClient, sara: Viewer
) -> None:
    account = an_account(sara)
    client = new_client(sara)

    def asked() -> int:
        count = [0]

        def on_execute(*_args: object) -> None:
            count[0] += 1

        event.listen(db.engine, "before_cursor_execute", on_execute)
        try:
            for url in ("/people", "/people?tab=contacts", "/people?q=name"):
                assert client.get(url).status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", on_execute)
        return count[0]

    a_contact(sara, "Name", account)
    few = asked()
    for n in range(PAGE - 2):
        a_contact(sara, f"Name {n}", account, phones=labelled("+989123454567"))
    assert asked() <= few <= 25


def test_what_people_typed_is_text(new_client: NewClient, sara: Viewer) -> None:
    a_contact(sara, "<img src=x onerror=alert(1)>", phones=labelled('+98"><b>'))
    body = new_client(sara).get("/people").get_data(as_text=True)
    assert "<img" not in body
    assert '"><b>' not in body


def test_a_search_over_everything_finds_deals_too(new_client, sara, nika) -> None:
    deal = a_deal(sara, "Warehouse suite")
    phone = new_client(sara)
    assert f"/deals/{deal.id}" in phone.get("/people?q=warehouse").text
    assert f"/deals/{deal.id}" not in phone.get("/people?q=warehouse&tab=contacts").text
    assert f"/deals/{deal.id}" not in new_client(nika).get("/people?q=warehouse").text
