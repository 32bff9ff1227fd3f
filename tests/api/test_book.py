"""The book: people and deals for a phone without a line, small, quick to make, one's own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, update

from crm import clock
from crm.accounts.models import Contact
from crm.captures.book import LARGEST, MOST_PAGES
from crm.database import db, new_id
from crm.i18n import fold
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories

BOOK = "/api/v1/book"


def refs(book: dict[str, Any]) -> list[str]:
    return [person[0] for person in book["people"]]


def test_a_person_is_a_line_with_all_that_finds_him(new_client, sara) -> None:
    acme = factories.an_account(sara, "Alborz Trading")
    phones = factories.labelled("+989121234567", "+982188000000")
    nima = factories.a_contact(sara, "Nima Karimi", acme, phones=phones)
    lead = factories.a_lead(sara, "سارا احمدی", company="Yas Foods")
    book = new_client(sara).get(BOOK).json
    assert book["people"] == [
        [
            f"contact:{nima.id}",
            "Nima Karimi",
            "Alborz Trading",
            "989121234567,982188000000",
            "NK",
        ],
        [f"lead:{lead.id}", "سارا احمدی", "Yas Foods", "", "س"],
    ]
    assert (book["user_id"], book["made_at"]) == (sara.id, clock.now().isoformat())
    assert book["epoch"] == new_client(sara).get("/api/v1/me").json["epoch"]


def test_ones_own_come_first_and_the_last_touched_before_the_others(
    new_client, sara, omid, nika, clock
) -> None:
    old = factories.a_contact(sara, "Old")
    theirs = factories.a_contact(omid, "Theirs", last_activity_at=clock.move(hours=1))
    new = factories.a_contact(sara, "New", last_activity_at=clock.move(hours=1))
    factories.a_contact(nika, "Hidden", last_activity_at=clock.now())
    factories.a_contact(sara, "Archived", archived_at=clock.now())
    factories.a_lead(sara, "Lost", status="disqualified")
    book = new_client(sara).get(BOOK).json
    assert refs(book) == [f"contact:{row.id}" for row in (new, old, theirs)]


def test_open_deals_come_with_what_a_move_needs(new_client, sara, nika) -> None:
    hidden = factories.an_account(nika, "Hidden")
    nima = factories.a_contact(sara, "Nima")
    deal = factories.a_deal(
        sara, "50 seats", "proposal", account_id=hidden.id, contact_id=nima.id, version=3
    )
    factories.a_deal(sara, "Won", "won")
    book = new_client(sara).get(BOOK).json
    assert book["deals"] == [
        {
            "id": deal.id,
            "name": "50 seats",
            "account": None,
            "contact_ref": f"contact:{nima.id}",
            "stage_id": factories.stage("proposal").id,
            "version": 3,
            "amount_words": "200m toman",
        }
    ]
    assert book["pipelines"] == new_client(sara).get("/api/v1/me").json["pipelines"]


def test_the_words_of_the_sheet_are_in_the_readers_language(new_client, sara) -> None:
    db.session.execute(update(User).values(language="fa"))
    db.session.commit()
    book = new_client(sara).get(BOOK).json
    assert book["kinds"]["meeting"] == "جلسه"
    assert set(book["outcomes"]) == set(book["follows"]) == set(book["words"])
    assert book["follows"]["quote"] == {"step": "3_days", "kind": "task", "moves_on": True}
    assert set(book["next_steps"]) == {"tomorrow", "3_days", "next_week"}
    assert "price" in book["lost_reasons"]


def test_the_pages_worth_reading_are_there_and_few(new_client, sara) -> None:
    acme = factories.an_account(sara, "Alborz")
    nima = factories.a_contact(sara, "Nima", acme)
    deal = factories.a_deal(sara, account_id=acme.id, contact_id=nima.id)
    lead = factories.a_lead(sara)
    pages = new_client(sara).get(BOOK).json["pages"]
    expected = {f"/deals/{deal.id}", f"/contacts/{nima.id}", f"/accounts/{acme.id}"}
    expected |= {f"/leads/{lead.id}", f"/leads/{lead.id}/conversion", "/qr/card"}
    assert expected <= set(pages)
    assert {"/today", "/pipeline", "/people", "/phone", "/capture", "/leads/new"} <= set(pages)
    phone = new_client(sara)
    for page in pages:
        assert phone.get(page).status_code == 200, page


def test_a_book_is_sent_again_only_when_something_changed(new_client, sara, clock) -> None:
    nima, phone = factories.a_contact(sara, "Nima"), new_client(sara)
    packed = {"Accept-Encoding": "gzip"}
    tag = phone.get(BOOK, headers=packed).headers["ETag"]
    clock.move(hours=1)
    again = phone.get(BOOK, headers=packed | {"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    nima.name = "Nima Karimi"
    db.session.commit()
    answer = phone.get(BOOK, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag


@pytest.fixture
def crowd(app: Flask, sara: Viewer, name: str) -> None:
    """5,200 people of one rep, all of one name."""
    now = clock.now()
    row = {"owner_id": sara.id, "team_id": sara.team_id, "created_at": now, "updated_at": now}
    row |= {"name": name, "name_folded": fold(name), "job_title": "مدیر فروش منطقه‌ی جنوب"}
    row |= {"phones": factories.labelled("+989121234567"), "emails": []}
    db.session.execute(insert(Contact), [row | {"id": new_id()} for _ in range(5200)])
    db.session.commit()


LONG = "محمدرضا کریمی‌نژاد اصفهانی"


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("name", "at_least"), [(LONG, 5000), (8 * LONG, 1000)])
def test_five_thousand_people_fit_into_a_megabyte_or_as_many_as_do(
    new_client, sara, at_least: int
) -> None:
    answer = new_client(sara).get(BOOK, headers={"Accept-Encoding": "gzip"})
    plain = gzip.decompress(answer.data)
    assert len(plain) <= LARGEST
    assert answer.headers["Content-Encoding"] == "gzip"
    book = new_client(sara).get(BOOK).json
    assert at_least <= len(book["people"]) <= 5000
    assert len(book["people"]) == 5000 or len(plain) > LARGEST * 0.99
    assert len(book["pages"]) == MOST_PAGES


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What was asked of the database."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_book_needs_as_few_statements_for_many_as_for_one(
    new_client, sara, statements: list[str]
) -> None:
    phone, counts = new_client(sara), []
    for many in (1, 40):
        for _ in range(many):
            account = factories.an_account(sara)
            person = factories.a_contact(sara, "Nima", account)
            factories.a_deal(sara, account_id=account.id, contact_id=person.id)
        statements.clear()
        phone.get(BOOK)
        counts.append(len([s for s in statements if s.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 8
