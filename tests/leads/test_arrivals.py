"""What comes by itself is a lead once, scored at once, with where it came from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import clock
from crm.database import db
from crm.i18n import Locale
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.commands import capture_lead, disqualify_lead, update_lead
from crm.leads.models import Lead, Touch
from crm.leads.scoring import Sign
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer, system_viewer

HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
PERSON = {"name": "Neda Amiri", "phones": ["09121234567"], "emails": ["neda@example.com"]}


def arrive(**more: object) -> Lead:
    payload = {**PERSON, **more.pop("payload", {})}  # type: ignore[dict-item]
    lead_id = receive_lead(HAMRAH, Arrival(payload, **more))  # type: ignore[arg-type]
    return db.session.get_one(Lead, lead_id)


def entries(lead: Lead) -> list[str]:
    kinds = select(TimelineEntry.kind).where(TimelineEntry.lead_id == lead.id)
    return list(db.session.scalars(kinds.order_by(TimelineEntry.id)))


@pytest.mark.mission(2, 27, 28, 33, 34)
def test_who_asks_for_a_quote_by_a_campaign_is_hot_at_once(app: object) -> None:
    now = clock.now()
    signs = (
        Sign("quote", now),
        Sign("form", now, "Contact us"),
        Sign("key_page", now - timedelta(hours=1), "/pricing"),
        Sign("campaign", now - timedelta(hours=2), "spring"),
    )
    origin = {"utm_source": "instagram", "utm_campaign": "spring", "odd": "x"}
    lead = arrive(signs=signs, origin=origin, told={"form": "Contact us"})
    assert (lead.heat, lead.score, lead.owner_id) == ("hot", 75, None)
    assert lead.first_touch == {"utm_source": "instagram", "utm_campaign": "spring"}
    assert lead.mql_at == lead.sql_at == lead.scored_at
    assert entries(lead) == ["lead.captured", "lead.became_hot"]


def test_who_comes_again_is_the_same_lead_with_what_it_lacked(app: object, sara: Viewer) -> None:
    known = capture_lead(sara, {**PERSON, "city": "Shiraz"})
    lead = arrive(
        payload={"city": "Tehran", "company": "Razi", "phones": ["+989121234567", "02188001122"]},
        signs=(Sign("form", clock.now()),),
        origin={"utm_source": "google"},
    )
    assert lead.id == known
    assert (lead.city, lead.company, lead.owner_id) == ("Shiraz", "Razi", sara.id)
    assert [one["value"] for one in lead.phones] == ["+989121234567", "+982188001122"]
    again = arrive(origin={"utm_source": "mail"})
    assert again.first_touch == {"utm_source": "google"}
    assert again.last_touch == {"utm_source": "mail"}
    assert entries(lead) == ["lead.captured", "lead.returned", "lead.became_hot", "lead.returned"]


def test_who_was_given_up_and_comes_again_is_a_new_lead(app: object, sara: Viewer) -> None:
    given_up = capture_lead(sara, PERSON)
    disqualify_lead(sara, given_up, {"reason": "no_need"})
    assert arrive().id != given_up


def test_odd_and_endless_signals_are_cut_not_refused(app: object) -> None:
    lead = arrive(
        signs=(Sign("page", clock.now(), "<script>" * 200),), origin={"referrer": "x" * 9999}
    )
    touch = db.session.scalars(select(Touch).where(Touch.lead_id == lead.id)).one()
    assert len(touch.detail) == 300
    assert lead.last_touch is not None
    assert len(lead.last_touch["referrer"]) == 300


def test_who_is_only_written_alike_is_somebody_else(app: object) -> None:
    """Search finds a part of an address; a lead is joined by the whole of it."""
    known = arrive(payload={"emails": ["ali.reza@example.com"], "phones": []})
    for email in ("reza@example.com", "ali.reza@example.co"):
        other = arrive(payload={"name": "Reza", "emails": [email], "phones": []})
        assert other.id != known.id, email
    again = arrive(payload={"emails": ["Ali.Reza@Example.com"], "phones": []})
    assert again.id == known.id


def test_who_is_known_is_found_behind_all_who_are_written_alike(app: object, sara: Viewer) -> None:
    known = arrive(payload={"emails": ["ali@gmail.com"], "phones": []})
    for name in ("reza.ali", "hadiali", "mohammadali", "ali.amir.ali", "mirali"):
        arrive(payload={"name": name, "emails": [f"{name}@gmail.com"], "phones": []})
    for _each in range(6):
        same = capture_lead(sara, {"name": "Given up", "emails": ["ali@gmail.com"]})
        disqualify_lead(sara, same, {"reason": "no_need"})
    phones = [f"0912123456{n}" for n in range(8)]
    again = arrive(payload={"emails": ["Ali@gmail.com"], "phones": phones})
    assert again.id == known.id, "behind eight phones too"
    other = arrive(payload={"emails": ["b@gmail.com"], "phones": ["0912 123 4567"]})
    assert other.id == known.id


@pytest.mark.parametrize("email", ['"a%_b\\"@x.co', '"@".""', "a'b*(^)@x.co"])
def test_odd_addresses_are_found_and_break_nothing(app: object, email: str) -> None:
    known = arrive(payload={"emails": [email], "phones": []})
    other = arrive(payload={"emails": ["another@example.com"], "phones": []})
    again = arrive(payload={"emails": [email], "phones": []})
    assert (again.id, other.id == known.id) == (known.id, False)


def test_one_sees_no_lead_of_another_team_by_what_comes(
    app: object, sara: Viewer, nika: Viewer
) -> None:
    known = receive_lead(sara, Arrival({**PERSON, "owner_id": sara.id}))
    assert receive_lead(nika, Arrival(PERSON)) != known
    assert receive_lead(sara, Arrival(PERSON)) == known


def test_eight_arrivals_of_one_new_person_at_once_are_one_lead(app: Flask) -> None:
    """They share a phone or an e-mail, named in any order: none waits for ever."""
    emails, ready = ["neda@example.com", "n.amiri@example.com"], Barrier(8)
    ways = (
        {"phones": ["0912 123 4567"], "emails": emails},
        {"phones": ["09121234567"], "emails": emails[::-1]},
        {"emails": ["N.Amiri@example.com", "Neda@Example.com"]},
        {"phones": ["+989121234567"], "emails": emails[:1]},
    )

    def come(n: int) -> str:
        with app.app_context():
            ready.wait(10)
            lead_id = receive_lead(HAMRAH, Arrival({"name": "Neda", **ways[n % 4]}))
            db.session.remove()
            return lead_id

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(come, range(8)))
    assert (len(found), db.session.scalar(select(func.count(Lead.id)))) == (1, 1)


def test_who_comes_again_and_again_has_each_address_once_and_ten_at_most(app: object) -> None:
    lead = arrive(payload={"emails": ["Neda@example.com"]})
    lead = arrive(payload={"emails": ["neda@Example.com", "b@example.com", "B@example.com"]})
    assert [one["value"] for one in lead.emails] == ["Neda@example.com", "b@example.com"]
    for n in range(4):
        emails = [f"n{n}.{m}@example.com" for m in range(4)]
        phones = [f"0912123{n}{m}00" for m in range(5)]
        again = arrive(payload={"emails": ["neda@example.com", *emails], "phones": phones})
        assert again.id == lead.id
    assert (len(again.emails), len(again.phones)) == (10, 10)
    kept = [one["value"] for one in again.emails]
    assert kept[:2] + kept[-1:] == ["Neda@example.com", "b@example.com", "n1.3@example.com"]


@pytest.mark.parametrize(
    ("signal", "status"), [("email_opened", "later"), ("email_clicked", "working")]
)
def test_a_letter_that_was_merely_opened_does_not_take_up_what_was_put_off(
    app: Flask, sara: Viewer, signal: str, status: str
) -> None:
    hamrah = system_viewer(Locale())
    known = Arrival({"name": "Reza", "emails": ["reza@example.com"]}, only_known=True)
    lead_id = capture_lead(sara, {"name": "Reza", "emails": ["reza@example.com"]})
    update_lead(sara, lead_id, {"status": "later"})
    receive_lead(hamrah, replace(known, signs=[Sign(signal, clock.now())]))
    assert db.session.get_one(Lead, lead_id).status == status
