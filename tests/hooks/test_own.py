"""The lead API: documented fields, one lead or fifty; nobody is refused for an odd phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import clock
from crm.database import db
from crm.i18n import Locale
from crm.leads.models import Lead, Touch
from crm.search.queries import search
from crm.users.viewer import Viewer
from tests.hooks.senders import a_sender

WHOLE = {
    "first_name": "Neda",
    "last_name": "Amiri",
    "phones": ["0912 123 4567"],
    "emails": ["neda@example.com"],
    "company": "Razi",
    "job_title": "Head of purchasing",
    "city": "Tehran",
    "needs": "Fifty seats",
    "source": "Partner",
    "employees": 80,
    "industry": "Food",
    "amount": "200m",
    "currency": "IRT",
    "utm_source": "insta",
    "utm_campaign": "spring",
    "signals": [
        {"signal": "key_page", "at": "2026-11-24T06:00:00Z", "detail": "/pricing"},
        {"signal": "quote"},
    ],
}


def send(client: FlaskClient, said: Any, **more: Any) -> Any:
    return a_sender().send(client, said, **more)


def only_lead() -> Lead:
    return db.session.scalars(select(Lead)).one()


@pytest.mark.mission(2, 3, 28, 29, 33)
def test_every_documented_field_is_kept_and_scored(client: FlaskClient) -> None:
    assert send(client, WHOLE).status_code == 200
    lead = only_lead()
    assert (lead.name, lead.company, lead.employees) == ("Neda Amiri", "Razi", 80)
    assert (lead.amount, lead.currency, lead.source) == (2_000_000_000, "IRR", "Partner")
    assert lead.first_touch == {"utm_source": "insta", "utm_campaign": "spring"}
    touches = db.session.scalars(select(Touch).order_by(Touch.at)).all()
    assert [(one.signal, one.detail) for one in touches[:1]] == [("key_page", "/pricing")]
    assert {one.signal for one in touches} == {"key_page", "quote", "campaign"}
    # 30 quote, 9 key page, 6 campaign; 18 role, 12 size, 5 city.
    assert (lead.score, lead.heat) == (80, "hot")


def test_fifty_at_a_time_are_fifty_leads_and_more_are_none(client: FlaskClient) -> None:
    many = [{"name": f"Person {n}"} for n in range(51)]
    answer = send(client, {"leads": many[:50]})
    assert [one["verdict"] for one in answer.json["results"]] == ["taken"] * 50
    answer = send(client, many)
    assert (answer.status_code, answer.json["results"][0]["reason"]) == (422, "too_many")
    assert len(db.session.scalars(select(Lead.id)).all()) == 50


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({"name": "A", "owner_id": "x"}, "owner_id"),
        ({"name": "A", "id": "x", "tags": "vip", "status": "new"}, "id, status, tags"),
        ({"phones": []}, "name"),
        ({"name": "A", "employees": "many"}, "employees"),
        ({"name": "A", "amount": "much", "currency": "EUR"}, "amount"),
        ({"name": "A", "signals": [{"signal": "hand"}]}, "signals.0.signal"),
        ({"name": "A", "signals": [{"signal": "city", "at": "now"}]}, "signals.0.at"),
        ({"name": "A", "signals": "quote"}, "signals"),
    ],
)
def test_what_is_not_documented_or_not_valid_is_named(
    client: FlaskClient, said: Any, detail: str
) -> None:
    answer = send(client, said)
    assert (answer.status_code, answer.json["verdict"]) == (422, "refused")
    assert detail in answer.json["results"][0]["detail"]
    assert db.session.scalars(select(Lead)).all() == []


@pytest.mark.parametrize("body", [b"", b"{", b'"x"', b"3", b"null", b'{"leads": 3}', b"\xff"])
def test_what_cannot_be_read_is_refused_with_a_reason(client: FlaskClient, body: bytes) -> None:
    answer = send(client, body, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json["results"][0]["reason"]) == (422, "unreadable")


def test_brackets_without_end_are_refused_not_answered_with_a_fault(client: FlaskClient) -> None:
    for kind, status in (("text/plain", 422), ("application/json", 400)):
        answer = send(client, b"[" * 100_000, headers={"Content-Type": kind})
        assert answer.status_code == status


def test_an_odd_phone_or_address_is_kept_as_words(client: FlaskClient) -> None:
    said = {
        "name": "Neda",
        "phones": ["call me maybe", "0912123", {"value": "0912 123 4567"}, 5, None, ["x"]],
        "emails": ["neda at example", "neda@example.com", "x" * 400 + "@example.com"],
        "description": "Came by twice",
    }
    assert send(client, said).json["verdict"] == "taken"
    lead = only_lead()
    assert [one["value"] for one in lead.phones] == ["+989121234567"]
    assert [one["value"] for one in lead.emails] == ["neda@example.com"]
    assert lead.description is not None
    lines = lead.description.split("\n")
    assert lines[:4] == ["Came by twice", "call me maybe", "0912123", "5"]
    assert lines[4] == "neda at example"


ODD = '<img src=x onerror="x()">\u202e{{7*7}}\u200b=1+1'


def test_odd_bytes_are_text_and_are_shown_as_text(
    client: FlaskClient, new_client: Any, admin: Viewer
) -> None:
    names = ("name", "company", "city", "needs", "utm_campaign", "description", "source")
    said = dict.fromkeys(names, ODD + "\x01") | {"signals": [{"signal": "page", "detail": ODD}]}
    assert send(client, said).json["verdict"] == "taken"
    lead = only_lead()
    assert lead.name == ODD
    page = new_client(admin).get(f"/leads/{lead.id}").get_data(as_text=True)
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=" in page


def test_who_has_no_name_is_called_by_what_there_is(client: FlaskClient) -> None:
    send(client, {"name": "\u0007", "company": 5.5, "emails": [""]})
    assert only_lead().name == "5.5"


def test_a_signal_of_tomorrow_is_one_of_now(client: FlaskClient) -> None:
    late = (clock.now() + timedelta(days=9)).isoformat()
    send(client, {"name": "A", "signals": [{"signal": "form", "at": late}]})
    assert db.session.scalars(select(Touch)).one().at == clock.now()


def test_a_name_that_is_too_long_is_cut(client: FlaskClient) -> None:
    assert send(client, {"name": "n" * 999, "city": "c" * 999}).json["verdict"] == "taken"
    assert [len(only_lead().name), len(only_lead().city or "")] == [200, 100]


def test_what_was_refused_is_sent_mended_under_a_new_id(client: FlaskClient) -> None:
    sender = a_sender()
    assert sender.send(client, {"name": ""}, event="1").status_code == 422
    assert sender.send(client, {"name": "Neda"}, event="1").json["verdict"] == "duplicate"
    assert sender.send(client, {"name": "Neda"}, event="2").json["verdict"] == "taken"


def test_what_broke_off_is_finished_by_its_repetition(client: FlaskClient) -> None:
    sender = a_sender()
    leads = [{"name": "A"}, {"name": "B"}]
    sender.send(client, leads[:1], event="1")
    answer = sender.send(client, leads, event="1")
    assert [one["verdict"] for one in answer.json["results"]] == ["duplicate", "taken"]


def test_who_comes_by_a_hook_can_be_found(client: FlaskClient, admin: Viewer) -> None:
    send(client, WHOLE)
    assert [hit.title for hit in search(admin, "amiri", ("lead",), 5)] == ["Neda Amiri"]
    assert admin.locale == Locale("en", "gregorian", "Asia/Tehran")
