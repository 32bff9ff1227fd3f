"""A person's page and form: the 360, what is kept when wrong, who is alike, two at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm import clock
from crm.accounts.commands import create_contact, update_contact
from crm.accounts.models import Account, Contact
from crm.activities.commands import log_activity, plan_activity
from crm.database import db, new_id
from crm.deals.commands import create_deal, move_deal
from crm.users.viewer import Viewer
from tests.factories import a_contact, an_account, stage

NewClient = Callable[..., FlaskClient]

NINA = {
    "name": "Nina Karim",
    "account_name": "Orrin Motors",
    "job_title": "Buyer",
    "phones": [{"value": "09123454567", "label": "mobile"}],
    "emails": ["nina@orrin.example"],
    "birthday": "1990-11-24",
    "customer_since": "2020-05-01",
    "city": "Shiraz",
    "address": "12 Garden St",
    "interests": "Racing",
    "needs": "A faster quote",
    "language": "fa",
    "source": "Referral",
    "tags": "VIP",
}
SAID = (
    "Nina Karim",
    "Orrin Motors",
    "Buyer",
    "tel:+989123454567",
    "sms:+989123454567",
    "mailto:nina@orrin.example",
    "openstreetmap.org/search?query=12%20Garden%20St",
    "36 years old",
    "6 years",
    "Racing",
    "A faster quote",
    "Persian",
    "Referral",
    "VIP",
    "Sara Ahmadi",
    "North",
    "New seats",
    "Old seats",
    "1 deal won",
    "1 deal open",
    "Liked the demo",
    "Call about the quote",
    "In the funnel: Proposal",
)


def count(model: type[Account] | type[Contact]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.mission(8, 9, 12, 13, 14, 15, 17)
def test_the_page_holds_all_that_is_known_of_a_customer(
    new_client: NewClient, sara: Viewer
) -> None:
    contact_id = create_contact(
        sara,
        NINA,
    )
    won = create_deal(
        sara, {"name": "Old seats", "contact_id": contact_id, "amount": "20m", "currency": "IRT"}
    )
    move_deal(sara, won, {"stage_id": stage("won").id})
    create_deal(
        sara,
        {
            "name": "New seats",
            "contact_id": contact_id,
            "amount": "200m",
            "currency": "IRT",
            "stage_id": stage("proposal").id,
        },
    )
    log_activity(sara, {"kind": "meeting", "contact_id": contact_id, "note": "Liked the demo"})
    plan_activity(
        sara,
        {
            "kind": "call",
            "contact_id": contact_id,
            "subject": "Call about the quote",
            "due_at": (clock.now() + timedelta(days=1)).isoformat(),
        },
    )
    body = new_client(sara).get(f"/contacts/{contact_id}").get_data(as_text=True)
    for said in SAID:
        assert said in body, said


@pytest.mark.mission(137)
def test_what_is_missing_is_one_tap_away(new_client: NewClient, sara: Viewer) -> None:
    contact = a_contact(sara, "Bare")
    body = new_client(sara).get(f"/contacts/{contact.id}").get_data(as_text=True)
    assert "0 of 9 facts known" in body
    assert f'href="/contacts/{contact.id}/edit#f-phone"' in body
    form = new_client(sara).get(f"/contacts/{contact.id}/edit").get_data(as_text=True)
    assert 'id="f-phone"' in form
    assert "No next step" in body
    assert 'name="step" value="tomorrow"' in body


def filled(**more: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "name": "Nina Karim",
        "phone": ["0912 345 4567", ""],
        "phone_label": ["mobile", ""],
        "email": ["", ""],
        "email_label": ["", ""],
        **more,
    }


@pytest.mark.mission(1)
def test_a_filled_form_makes_a_contact_once(new_client: NewClient, sara: Viewer) -> None:
    client, form = (
        new_client(sara),
        filled(account_name="Orrin", birthday="1990-11-24", tags="a, b"),
    )
    first, again = client.post("/contacts", data=form), client.post("/contacts", data=form)
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert count(Contact) == count(Account) == 1
    contact = db.session.get_one(Contact, str(form["id"]))
    assert contact.phones == [{"value": "+989123454567", "label": "mobile"}]
    assert contact.birthday == date(1990, 11, 24)


def test_a_wrong_field_is_said_beside_it_and_all_is_kept(
    new_client: NewClient, sara: Viewer
) -> None:
    form = filled(phone=["0912 482"], phone_label=["work"], birthday="yesterday-ish", needs="Ünïts")  # type: ignore[arg-type]
    answer = new_client(sara).post("/contacts", data=form)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "A mobile number has 11 digits; 4 are missing." in body
    assert 'id="f-phone-error"' in body
    assert 'id="f-birthday-error"' in body
    for kept in ("0912 482", "yesterday-ish", "Ünïts", "Nina Karim", str(form["id"])):
        assert kept in body
    assert re.search(r'<option value="work" selected>', body)
    assert count(Contact) == 0


@pytest.mark.mission(137)
def test_somebody_alike_is_shown_first_and_saving_anyway_is_possible(
    new_client: NewClient, sara: Viewer, nika: Viewer
) -> None:
    known = create_contact(sara, {"name": "N. Karim", "phones": ["09123454567"]})
    client, form = new_client(sara), filled()
    answer = client.post("/contacts", data=form)
    assert answer.status_code == 422
    assert f'href="/contacts/{known}"' in answer.get_data(as_text=True)
    assert client.post("/contacts", data=form | {"anyway": "1"}).status_code == 303
    assert count(Contact) == 2
    assert new_client(nika).post("/contacts", data=filled()).status_code == 303


def test_who_saves_second_sees_what_both_wrote(
    new_client: NewClient, sara: Viewer, omid: Viewer
) -> None:
    contact_id = create_contact(sara, {"name": "Nina", "city": "Shiraz"})
    update_contact(omid, contact_id, {"city": "Yazd"})
    client = new_client(sara)
    form = {"name": "Nina", "city": "Tabriz", "version": "1"}
    answer = client.post(f"/contacts/{contact_id}", data=form)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "<bdi>Yazd</bdi>" in body
    assert "<bdi>Tabriz</bdi>" in body
    version = re.search(r'name="version" value="(\d+)"', body)
    assert version
    assert (
        client.post(f"/contacts/{contact_id}", data=form | {"version": version[1]}).status_code
        == 303
    )
    assert db.session.get_one(Contact, contact_id).city == "Tabriz"


def test_fields_that_the_form_does_not_send_stay(new_client: NewClient, sara: Viewer) -> None:
    contact_id = create_contact(sara, {"name": "Nina", "phones": ["09123454567"], "tags": "vip"})
    new_client(sara).post(f"/contacts/{contact_id}", data={"name": "Nina K", "owner_id": sara.id})
    contact = db.session.get_one(Contact, contact_id)
    assert (contact.name, len(contact.phones)) == ("Nina K", 1)


def test_an_edit_form_saved_as_it_is_changes_nothing(new_client: NewClient, sara: Viewer) -> None:
    contact_id = create_contact(
        sara,
        {
            "name": "Nina",
            "account_name": "Orrin",
            "phones": ["+4915112345678", "02188880000"],
            "emails": ["n@o.example"],
            "birthday": "1990-11-24",
            "tags": "a, b",
            "language": "fa",
        },
    )
    client = new_client(sara)
    body = client.get(f"/contacts/{contact_id}/edit").get_data(as_text=True)
    form = body.partition('<form class="form"')[2]
    data: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form):
        data.setdefault(name, []).append(value)
    data["language"], data["owner_id"] = ["fa"], [sara.id]
    assert client.post(f"/contacts/{contact_id}", data=data).status_code == 303
    assert db.session.get_one(Contact, contact_id).version == 1
    assert count(Account) == 1


def test_archiving_offers_the_way_back(new_client: NewClient, sara: Viewer) -> None:
    contact = a_contact(sara, "Nina")
    client = new_client(sara)
    answer = client.post(f"/contacts/{contact.id}/archive", data={"archived": "1"})
    assert answer.location == "/people?tab=contacts"
    body = client.get(answer.location).get_data(as_text=True)
    assert f'action="/contacts/{contact.id}/archive"' in body
    assert "Nina" not in body
    assert "This is archived" in client.get(f"/contacts/{contact.id}").get_data(as_text=True)
    client.post(f"/contacts/{contact.id}/archive", data={"archived": ""})
    assert "Nina" in client.get("/people?tab=contacts").get_data(as_text=True)


@pytest.mark.parametrize(
    ("site", "href"),
    [
        ("orrin.example", "https://orrin.example"),
        ("http://orrin.example/a", "http://orrin.example/a"),
        ("javascript:alert(1)//a.b", None),
        ("data:text/html,x.y", None),
        ("not a site", None),
    ],
)
def test_only_web_addresses_become_links(
    new_client: NewClient, sara: Viewer, site: str, href: str | None
) -> None:
    contact_id = create_contact(sara, {"name": "Nina", "website": site})
    body = new_client(sara).get(f"/contacts/{contact_id}").get_data(as_text=True)
    assert (f'href="{href}"' in body) is (href is not None)
    assert 'href="javascript:' not in body
    assert 'href="data:text' not in body


def test_an_owner_must_be_one_that_may_be_chosen(
    new_client: NewClient, sara: Viewer, nika: Viewer
) -> None:
    answer = new_client(sara).post("/contacts", data=filled(owner_id=nika.id))
    assert answer.status_code == 422
    assert "Choose someone from your team." in answer.get_data(as_text=True)


def test_a_new_contact_of_an_account_begins_with_its_name(
    new_client: NewClient, sara: Viewer, nika: Viewer
) -> None:
    account = an_account(sara, "Orrin Motors")
    url = f"/contacts/new?account_id={account.id}"
    assert 'value="Orrin Motors"' in new_client(sara).get(url).get_data(as_text=True)
    assert new_client(nika).get(url).status_code == 404
