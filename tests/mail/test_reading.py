"""Opens and clicks count once, where their reader agreed; and who wants no more gets no more."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts.models import Contact
from crm.database import command, db, is_sqlite, new_id
from crm.leads.models import Lead, Touch
from crm.mail.models import MailMessage, MailOptout
from crm.mail.outbox import queue_mail
from crm.mail.people import of_contact, of_lead
from crm.mail.seals import open_leaver, seal_leaver, seal_message
from crm.mail.sending import send_waiting
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import a_contact, a_lead, a_letter, labelled
from tests.mail import servers

NewClient = Callable[..., FlaskClient]
PERSON = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"}
REZA = labelled("reza@example.com")


@pytest.fixture
def lead(app: Flask, sara: Viewer, clock: MovableClock) -> Lead:
    return a_lead(sara, emails=REZA, consent_at=clock.now())


def delivered(
    post: servers.Post, hamrah: Viewer, clock: MovableClock, lead: Lead, **more: object
) -> MailMessage:
    """A letter about two offers, as it lies in its reader's box."""
    body = "Look: https://shop.example/a and https://shop.example/b"
    letter = a_letter(lead_id=lead.id, body=body, **more)
    assert send_waiting(hamrah) == 1
    clock.move(minutes=3)
    db.session.expire_all()
    return db.session.get_one(MailMessage, letter.id)


def html(post: servers.Post) -> str:
    body = post.read().get_body(("html",))
    assert body is not None
    return str(body.get_content())


def paths(post: servers.Post) -> tuple[str, list[str]]:
    """The picture and the links of the last letter, as they stand on this server."""
    at = [
        path.removeprefix("https://crm.example.com")
        for path in re.findall(r'"(http[^"]+)"', html(post))
    ]
    return next(p for p in at if p.endswith(".gif")), [p for p in at if re.search(r"/m/.+/\d+$", p)]


def entries(**record: str) -> list[str]:
    db.session.expire_all()
    ((name, value),) = record.items()
    rows = select(TimelineEntry.kind).where(getattr(TimelineEntry, name) == value)
    return list(db.session.scalars(rows.order_by(TimelineEntry.id)))


def signals(lead: Lead) -> list[str]:
    signals = select(Touch.signal).where(Touch.lead_id == lead.id)
    return list(db.session.scalars(signals.order_by(Touch.id)))


@pytest.mark.mission(38)
def test_a_lead_that_opens_an_email_scores_higher_and_its_page_says_why(
    mail: servers.Post,
    hamrah: Viewer,
    sara: Viewer,
    lead: Lead,
    client: FlaskClient,
    new_client: NewClient,
    clock: MovableClock,
) -> None:
    """◆ 38, end to end: queued, sent by a real server, its picture fetched, the score read."""
    delivered(mail, hamrah, clock, lead)
    before = db.session.get_one(Lead, lead.id).score
    picture, links = paths(mail)
    answer = client.get(picture, headers=PERSON)
    assert (answer.status_code, answer.mimetype) == (200, "image/gif")
    db.session.expire_all()
    opened = db.session.get_one(Lead, lead.id).score
    assert opened > before
    page = new_client(sara).get(f"/leads/{lead.id}").text
    assert "Opened an e-mail" in page
    client.get(links[1], headers=PERSON)
    db.session.expire_all()
    assert db.session.get_one(Lead, lead.id).score > opened
    assert "Followed a link in an e-mail" in new_client(sara).get(f"/leads/{lead.id}").text


def test_an_open_and_a_click_count_once(
    mail: servers.Post, hamrah: Viewer, lead: Lead, client: FlaskClient, clock: MovableClock
) -> None:
    delivered(mail, hamrah, clock, lead)
    picture, links = paths(mail)
    for _time in range(3):
        client.get(picture, headers=PERSON)
        for link, target in zip(links, ("a", "b"), strict=True):
            answer = client.get(link, headers=PERSON)
            assert answer.headers["Location"] == f"https://shop.example/{target}"
    assert entries(lead_id=lead.id) == ["mail.sent", "mail.opened", "mail.clicked"]
    assert sorted(signals(lead)) == ["email_clicked", "email_opened"]


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": ""},
        {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"User-Agent": "python-requests/2.32"},
        PERSON | {"Purpose": "prefetch"},
        PERSON | {"Sec-Purpose": "prefetch;prerender"},
        PERSON | {"X-Moz": "prefetch"},
    ],
)
def test_what_a_program_fetches_counts_for_nothing(
    mail: servers.Post,
    hamrah: Viewer,
    lead: Lead,
    client: FlaskClient,
    clock: MovableClock,
    headers: dict[str, str],
) -> None:
    delivered(mail, hamrah, clock, lead)
    picture, links = paths(mail)
    assert client.get(picture, headers=headers).status_code == 200
    assert client.get(links[0], headers=headers).status_code == 302
    assert client.head(picture, headers=PERSON).status_code == 200
    assert client.head(links[0], headers=PERSON).status_code == 302
    assert entries(lead_id=lead.id) == ["mail.sent"]


def test_who_follows_a_link_in_the_second_it_arrives_is_a_scanner(
    mail: servers.Post, hamrah: Viewer, lead: Lead, client: FlaskClient, clock: MovableClock
) -> None:
    a_letter(lead_id=lead.id, body="https://shop.example/a")
    send_waiting(hamrah)
    clock.move(seconds=4)
    picture, links = paths(mail)
    client.get(links[0], headers=PERSON)
    assert entries(lead_id=lead.id) == ["mail.sent"]
    clock.move(seconds=2)
    client.get(picture, headers=PERSON)
    assert entries(lead_id=lead.id) == ["mail.sent", "mail.opened"]


def test_without_consent_there_is_no_picture_and_links_are_plain(
    mail: servers.Post,
    hamrah: Viewer,
    sara: Viewer,
    client: FlaskClient,
    clock: MovableClock,
) -> None:
    lead = a_lead(sara, emails=REZA)
    letter = delivered(mail, hamrah, clock, lead, is_tracked=False)
    assert "<img" not in html(mail)
    assert 'href="https://shop.example/a"' in html(mail)
    client.get(f"/m/{seal_message(letter.id)}.gif", headers=PERSON)
    assert client.get(f"/m/{seal_message(letter.id)}/0", headers=PERSON).status_code == 404
    assert entries(lead_id=lead.id) == ["mail.sent"]


def test_consent_follows_a_lead_to_the_contact_that_it_became(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    contact: Contact = a_contact(sara, emails=REZA)
    assert not of_contact(contact).is_tracked
    a_lead(sara, contact_id=contact.id, consent_at=clock.now())
    assert of_contact(contact).is_tracked


@pytest.mark.parametrize(
    "end", ["2", "99", "-1", "0x0", "٠", "9" * 5000, "https:evil.example", "%5Cevil.example"]
)
def test_a_link_leads_only_where_the_letter_does(
    mail: servers.Post,
    hamrah: Viewer,
    lead: Lead,
    client: FlaskClient,
    clock: MovableClock,
    end: str,
) -> None:
    letter = delivered(mail, hamrah, clock, lead)
    answer = client.get(f"/m/{seal_message(letter.id)}/{end}", headers=PERSON)
    assert (answer.status_code, answer.headers.get("Location")) == (404, None)


def test_a_seal_that_is_not_ours_leads_nowhere(
    mail: servers.Post, hamrah: Viewer, lead: Lead, client: FlaskClient, clock: MovableClock
) -> None:
    letter = delivered(mail, hamrah, clock, lead)
    sealed = seal_message(letter.id)
    # Its first letter: of the last one only some bits count.
    for forged in (letter.id, ("B" if sealed[0] == "A" else "A") + sealed[1:], "x" * 5000):
        assert client.get(f"/m/{forged}/0", headers=PERSON).status_code == 404
        assert client.get(f"/m/{forged}.gif", headers=PERSON).status_code == 200
        assert client.get(f"/unsubscribe/{forged}").status_code == 404
        assert client.post(f"/unsubscribe/{forged}").status_code == 404
    assert open_leaver(sealed) is None
    assert entries(lead_id=lead.id) == ["mail.sent"]


def way_out(post: servers.Post) -> str:
    said = re.search(r"https://crm.example.com(/\S+)>", post.read()["List-Unsubscribe"])
    assert said is not None
    return said[1]


def opted_out() -> list[tuple[str, str]]:
    db.session.expire_all()
    return [
        (row.address, row.why)
        for row in db.session.scalars(select(MailOptout).order_by(MailOptout.address))
    ]


def test_to_look_changes_nothing_and_the_button_ends_it(
    mail: servers.Post, hamrah: Viewer, lead: Lead, client: FlaskClient, clock: MovableClock
) -> None:
    delivered(mail, hamrah, clock, lead)
    at = way_out(mail)
    page = client.get(at)
    assert "reza@example.com" in page.text
    assert opted_out() == []
    answer = client.post(at, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["Location"]) == (303, at)
    assert "You get no more e-mail from us" in client.get(at).text
    assert opted_out() == [("reza@example.com", "unsubscribed")]
    client.post(at)
    assert entries(lead_id=lead.id) == ["mail.sent", "mail.unsubscribed"]
    assert signals(lead) == ["unsubscribed"]


def test_a_mail_program_unsubscribes_with_one_click(
    mail: servers.Post, hamrah: Viewer, lead: Lead, client: FlaskClient, clock: MovableClock
) -> None:
    """RFC 8058: a POST from nowhere, without cookies, and not sent on."""
    delivered(mail, hamrah, clock, lead)
    said = {"List-Unsubscribe": "One-Click"}
    elsewhere = {"Sec-Fetch-Site": "", "User-Agent": "Mailbox/1.0"}
    answer = client.post(way_out(mail), data=said, headers=elsewhere)
    assert answer.status_code == 200
    assert opted_out() == [("reza@example.com", "unsubscribed")]


def test_the_way_out_holds_when_the_letter_is_long_gone(app: Flask, client: FlaskClient) -> None:
    gone = "01930000-0000-7000-8000-00000000dead"
    at = f"/unsubscribe/{seal_leaver(gone, 'Reza@Example.com')}"
    assert client.post(at, headers={"Sec-Fetch-Site": ""}).status_code == 303
    assert opted_out() == [("reza@example.com", "unsubscribed")]


def test_who_floods_the_way_out_is_told_to_wait(app: Flask, client: FlaskClient) -> None:
    at = f"/unsubscribe/{seal_leaver(new_id(), 'flood@example.com')}"
    # What was counted of a network outlives a test: each database has one of its own.
    from_one = {"environ_base": {"REMOTE_ADDR": f"203.0.{113 + is_sqlite()}.9"}}
    codes = [client.post(at, **from_one).status_code for _ in range(30)]
    assert (codes[0], codes[-1]) == (303, 429)


@command
def queue(_actor: Viewer, lead_id: str, cause: str) -> str:
    lead = db.session.get_one(Lead, lead_id)
    return queue_mail(of_lead(lead), kind="welcome", template="welcome", cause=cause)


def test_who_wants_none_is_asked_for_when_queued_and_again_when_sent(
    mail: servers.Post, hamrah: Viewer, lead: Lead, client: FlaskClient
) -> None:
    waiting = queue(hamrah, lead.id, "one")
    client.post(f"/unsubscribe/{seal_leaver(waiting, 'REZA@example.com')}")
    late = queue(hamrah, lead.id, "two")
    assert db.session.get_one(MailMessage, late).status == "stopped"
    assert send_waiting(hamrah) == 0
    db.session.expire_all()
    stopped = db.session.get_one(MailMessage, waiting)
    assert (stopped.status, stopped.reason) == ("stopped", "unsubscribed")
    assert mail.letters == []
