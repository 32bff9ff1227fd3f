"""Each sender's own shapes, invented in small: who is in them, what he did, or why it is nobody."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.database import db
from crm.leads.commands import update_lead
from crm.leads.models import Lead, Touch
from crm.users.viewer import Viewer
from tests.hooks.senders import Sender, a_sender, safe

BILLING = {"first_name": "Mina", "last_name": "Rad", "email": "mina@example.com", "city": "Shiraz"}
ORDER = {
    "id": 51,
    "number": "51",
    "order_key": "wc_51",
    "status": "processing",
    "date_created_gmt": "2026-11-24T06:00:00",
    "billing": BILLING | {"phone": "0912 000 4567", "company": "Rad Trading", "country": "IR"},
    "meta_data": [{"key": "_wc_order_attribution_utm_campaign", "value": "yalda"}],
}
SHOP_ORDER = {
    "id": 9,
    "name": "#1009",
    "order_number": 1009,
    "created_at": "2026-11-24T05:00:00+01:00",
    "landing_site": "/shop?utm_source=insta&utm_campaign=yalda",
    "referring_site": "https://example.com",
    "email": "mina@example.com",
    "customer": {"first_name": None, "last_name": None, "email": "mina@example.com"},
    "billing_address": {"first_name": "Mina", "phone": "(212) 555-0142", "country_code": "US"},
}
PROFILE = {"type": "profile", "attributes": {"email": "mina@example.com", "first_name": "Mina"}}


def lead_of(answer: Any) -> Lead:
    assert answer.status_code == 200, answer.json
    assert answer.json["verdict"] == "taken", answer.json
    return db.session.get_one(Lead, answer.json["results"][0]["lead_id"])


def signs_of(lead: Lead) -> list[tuple[str, str]]:
    rows = select(Touch.signal, Touch.detail).where(Touch.lead_id == lead.id)
    return sorted((row.signal, row.detail) for row in db.session.execute(rows))


def reason(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 200
    return answer.json["verdict"], answer.json["results"][0]["reason"]


@pytest.mark.mission(2, 3)
def test_a_woocommerce_order_is_a_lead_that_bought_once(client: FlaskClient) -> None:
    shop = a_sender("woocommerce", source="Shop")
    lead = lead_of(shop.send(client, ORDER | {"status": "pending"}))
    assert (lead.name, lead.company, lead.city, lead.source) == (
        *("Mina Rad", "Rad Trading", "Shiraz"),
        "Shop",
    )
    assert [one["value"] for one in lead.phones] == ["+989120004567"]
    assert lead.first_touch == {"utm_campaign": "yalda"}
    assert signs_of(lead) == []
    for status in ("processing", "completed"):
        assert lead_of(shop.send(client, ORDER | {"status": status})).id == lead.id
    assert signs_of(lead) == [("purchase", "#51")]


def test_two_orders_in_one_second_are_two_although_woocommerce_gives_them_one_id(
    client: FlaskClient,
) -> None:
    shop = a_sender("woocommerce")
    nima = BILLING | {"first_name": "Nima", "email": "nima@example.com"}
    orders = (ORDER, ORDER | {"id": 52, "number": "52", "billing": nima})
    leads = [lead_of(shop.send(client, order, event="1f3870be")) for order in orders]
    assert [lead.name for lead in leads] == ["Mina Rad", "Nima Rad"]
    assert shop.send(client, ORDER, event="another").json["verdict"] == "duplicate"


def test_sixty_people_at_a_time_of_a_vendor_are_sixty_leads(client: FlaskClient) -> None:
    people = [{"email": f"person{n}@example.com"} for n in range(60)]
    profiles = [{"type": "profile", "attributes": one} for one in people]
    vendors = (("woocommerce", people), ("shopify", {"customers": people}))
    for preset, said in (*vendors, ("klaviyo", {"data": {"profiles": profiles}})):
        answer = a_sender(preset).send(client, said)
        assert [one["verdict"] for one in answer.json["results"]] == ["taken"] * 60
    assert len(db.session.scalars(select(Lead.id)).all()) == 60


@pytest.mark.parametrize(
    ("sent", "header", "why"),
    [
        ({"id": 51}, "deleted", "deleted"),
        ({"delete": [ORDER]}, "", "deleted"),
        ({"id": 1, "amount": "10.00"}, "", "no_person"),
        ([], "", "no_person"),
        (["x", 1, None], "", "no_person"),
        (1, "", "no_person"),
    ],
)
def test_what_is_about_nobody_is_passed_over(
    client: FlaskClient, sent: Any, header: str, why: str
) -> None:
    headers = {"X-WC-Webhook-Event": header}
    answer = a_sender("woocommerce").send(client, sent, headers=headers)
    assert reason(answer) == ("ignored", why)


def test_woocommerce_may_ask_whether_somebody_is_here(client: FlaskClient) -> None:
    shop = a_sender("woocommerce")
    assert client.post(shop.address, data={"webhook_id": "12"}).json["reason"] == "ping"
    assert client.post(shop.address, data={"webhook_id": "12", "x": ""}).status_code == 401


@pytest.mark.mission(28)
def test_a_shopify_order_is_a_lead_with_the_campaign_it_came_by(client: FlaskClient) -> None:
    shop = a_sender("shopify")
    for headers in ({}, {"X-Shopify-Topic": "orders/paid"}):
        lead = lead_of(shop.send(client, SHOP_ORDER | {"n": len(headers)}, headers=headers))
    assert lead.name == "Mina"
    assert [one["value"] for one in lead.phones] == ["+12125550142"], "of the address's country"
    assert lead.first_touch == {
        "utm_source": "insta",
        "utm_campaign": "yalda",
        "landing": "/shop?utm_source=insta&utm_campaign=yalda",
        "referrer": "https://example.com",
    }
    assert signs_of(lead) == [("purchase", "#1009")]


def test_what_is_not_bought_any_more_is_no_purchase(client: FlaskClient) -> None:
    shop = a_sender("shopify")
    cancelled = {"cancelled_at": "2026-11-24T05:00:00+01:00"}
    for change in (cancelled, {"financial_status": "refunded"}):
        assert signs_of(lead_of(shop.send(client, SHOP_ORDER | change))) == []


def test_shopify_drafts_checkouts_and_customers_have_people_too(client: FlaskClient) -> None:
    shop = a_sender("shopify")
    person = {"email": "mina@example.com", "customer": SHOP_ORDER["customer"]}
    for sent, topic, signs in (
        ({"draft_order": person | {"name": "#D1", "order_id": None}}, "", []),
        (person | {"token": "t1"}, "checkouts/update", [("form", "checkout")]),
        (person | {"token": "t1", "n": 2}, "checkouts/update", [("form", "checkout")]),
        ({"customers": [{"email": "mina@example.com"}]}, "", [("form", "checkout")]),
    ):
        lead = lead_of(shop.send(client, sent, headers={"X-Shopify-Topic": topic}))
        assert (lead.name, signs_of(lead)) == ("mina@example.com", signs)
    for sent, topic, why in (
        ({"id": 1}, "customers/delete", "deleted"),
        ({"customer_invite": {"to": "mina@example.com"}}, "", "letter"),
        ({"product": {"title": "GTX"}}, "products/create", "no_person"),
    ):
        answer = shop.send(client, sent, headers={"X-Shopify-Topic": topic})
        assert reason(answer) == ("ignored", why)


@pytest.mark.mission(6, 28)
def test_a_meta_lead_with_its_answers_is_a_lead_and_without_them_waits(client: FlaskClient) -> None:
    answers = {
        "full_name": ["Mina Rad"],
        "email": ["mina@example.com"],
        "phone_number": ["+98 912 000 4567"],
        "city": ["Shiraz"],
        "how_many_seats?": ["50"],
    }
    value = {
        "leadgen_id": 44,
        "form_name": "Yalda",
        "campaign_name": "Winter",
        "created_time": 1795500000,
        "field_data": [{"name": name, "values": values} for name, values in answers.items()],
    }
    meta = a_sender("meta")
    lead = lead_of(meta.send(client, _leadgen(value)))
    assert (lead.name, lead.city, lead.description) == ("Mina Rad", "Shiraz", "how_many_seats?: 50")
    assert signs_of(lead) == [("campaign", "Winter"), ("form", "Yalda")]
    waits = meta.send(client, _leadgen({"leadgen_id": 45}, {"leadgen_id": 46}))
    assert waits.json["verdict"] == "refused"
    assert [one["detail"] for one in waits.json["results"]] == ["45", "46"]
    assert waits.json["results"][0]["reason"] == "waits_for_fields"
    other = {"entry": [{"changes": [{"field": "feed", "value": {}}]}]}
    assert reason(meta.send(client, other)) == ("ignored", "no_person")


def _leadgen(*values: dict[str, Any]) -> dict[str, Any]:
    changes = [{"field": "leadgen", "value": value} for value in values]
    return {"object": "page", "entry": [{"id": 1, "changes": changes}]}


def test_meta_is_told_that_it_was_we_who_gave_the_address(client: FlaskClient) -> None:
    meta = a_sender("meta")
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    right = safe().token(meta.slug)
    answer = client.get(meta.address, query_string=asked | {"hub.verify_token": right})
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.mimetype == "text/plain"
    for wrong in ({}, {"hub.verify_token": "é"}, {"hub.verify_token": right + "0"}):
        assert client.get(meta.address, query_string=asked | wrong).status_code == 403
    script = {"hub.verify_token": right, "hub.challenge": "<script>"}
    assert client.get(meta.address, query_string=asked | script).status_code == 403


MAIL = {"data[email]": "mina@example.com", "data[merges][FNAME]": "Mina"}


@pytest.mark.mission(4)
def test_mailchimp_tells_who_joins_who_changes_and_who_leaves(client: FlaskClient) -> None:
    mailchimp = a_sender("mailchimp")
    assert client.get(mailchimp.address).status_code == 200
    lead = lead_of(mailchimp.send(client, {"type": "subscribe", **MAIL}))
    assert signs_of(lead) == [("form", "Mailchimp")]
    moved = {"data[new_email]": "mina@rad.example", "data[old_email]": "mina@example.com"}
    assert lead_of(mailchimp.send(client, {"type": "upemail", **moved})).id == lead.id
    assert [one["value"] for one in lead.emails] == ["mina@example.com", "mina@rad.example"]
    left = {"type": "unsubscribe", "data[reason]": "manual", **MAIL}
    assert lead_of(mailchimp.send(client, left)).id == lead.id
    assert signs_of(lead) == [("form", "Mailchimp"), ("unsubscribed", "manual")]
    for kind, why in (("cleaned", "bounced"), ("campaign", "no_person"), ("", "no_person")):
        answer = mailchimp.send(client, {"type": kind, **MAIL})
        assert reason(answer) == ("ignored", why)


def test_who_only_leaves_or_changes_a_list_is_no_new_lead(client: FlaskClient) -> None:
    mailchimp = a_sender("mailchimp")
    moved = {"data[new_email]": "mina@rad.example", "data[old_email]": "mina@example.com"}
    for said in ({"type": "unsubscribe"} | MAIL, {"type": "profile"} | MAIL, {"type": "upemail"}):
        assert reason(mailchimp.send(client, said | moved)) == ("ignored", "not_known")
    assert db.session.scalars(select(Lead)).all() == []


@pytest.mark.parametrize("said", ["unsubscribe", "profile", "subscribe"])
def test_who_only_leaves_a_list_does_not_take_up_again_what_was_put_off(
    client: FlaskClient, sara: Viewer, said: str
) -> None:
    mailchimp = a_sender("mailchimp")
    lead = lead_of(mailchimp.send(client, {"type": "subscribe", **MAIL}))
    update_lead(sara, lead.id, {"status": "later"})
    mailchimp.send(client, {"type": said, "fired_at": "2026-11-24", **MAIL})
    status = db.session.get_one(Lead, lead.id).status
    assert status == ("working" if said == "subscribe" else "later")


def test_mailchimps_secret_in_the_address_has_to_be_right(client: FlaskClient) -> None:
    right = a_sender("mailchimp")
    for secret in ("", "é", right.secret[:-1], right.secret + "x"):
        address = f"/hooks/{right.slug}/{secret}" if secret else f"/hooks/{right.slug}"
        assert client.post(address, data=MAIL).status_code == 401, secret
    own = a_sender()
    assert client.get(f"/hooks/{own.slug}/{own.secret}").status_code == 404
    answer = client.post(f"/hooks/{own.slug}/{own.secret}", json={"name": "A"})
    assert answer.status_code == 401, "who signs does not prove himself by his address"


def klaviyo_event(topic: str, **properties: Any) -> dict[str, Any]:
    about = {"datetime": "2026-11-24T06:00:00+00:00", "event_properties": properties}
    payload = {"data": {"type": "event", "attributes": about}, "included": [PROFILE]}
    return {"data": [{"external_id": "e1", "topic": topic, "payload": payload}], "meta": {}}


@pytest.mark.mission(4, 38)
@pytest.mark.parametrize(
    ("topic", "sign"),
    [
        ("event:klaviyo.subscribed_to_email_marketing", "form"),
        ("event:klaviyo.unsubscribed_from_email_marketing", "unsubscribed"),
        ("event:klaviyo.clicked_email", "email_clicked"),
        ("event:klaviyo.opened_email", "email_opened"),
        ("event:shopify.placed_order", "purchase"),
        ("event:klaviyo.bounced_email", ""),
    ],
)
def test_klaviyo_tells_what_became_of_a_mail(client: FlaskClient, topic: str, sign: str) -> None:
    klaviyo = a_sender("klaviyo")
    event = klaviyo_event(topic, Subject="Yalda")
    if sign in ("form", "purchase"):
        assert lead_of(klaviyo.send(client, event)).name == "Mina"
    else:
        assert reason(klaviyo.send(client, event)) == ("ignored", "not_known")
        assert db.session.scalars(select(Lead)).all() == []
        send_own = a_sender().send
        known = lead_of(send_own(client, {"name": "Mina", "emails": ["mina@example.com"]}))
        assert lead_of(klaviyo.send(client, event | {"meta": {"n": 2}})).id == known.id
    lead = db.session.scalars(select(Lead)).one()
    assert [signal for signal, _detail in signs_of(lead)] == ([sign] if sign else [])


def test_klaviyos_profiles_are_found_where_they_stand(client: FlaskClient) -> None:
    klaviyo: Sender = a_sender("klaviyo")
    consent = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    profile = {"type": "profile", "attributes": PROFILE["attributes"] | {"subscriptions": consent}}
    job = {"type": "job", "attributes": {"profiles": {"data": [profile, profile]}}}
    answer = klaviyo.send(client, {"data": job})
    assert [one["verdict"] for one in answer.json["results"]] == ["taken", "taken"]
    assert signs_of(lead_of(answer)) == [("form", ""), ("form", "")]
    assert reason(klaviyo.send(client, {"data": []})) == ("ignored", "no_person")
