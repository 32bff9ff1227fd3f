"""What happens by itself: off by default, only after a look at real records, and once each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import errors
from crm.activities.models import Activity
from crm.administration.holidays import add_holiday
from crm.company.models import Company
from crm.database import db
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.models import Lead
from crm.mail.automations import AUTOMATIONS, preview, states, switch_off, switch_on
from crm.mail.models import MailMessage
from crm.mail.seals import seal_preview
from crm.mail.sending import send_waiting
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from crm.worker import ALL, Worker
from tests.clock import MovableClock
from tests.factories import a_contact, a_deal, a_form, a_lead, an_account, an_activity, labelled
from tests.mail import servers

NewClient = Callable[..., FlaskClient]
REZA = labelled("reza@example.com")


def on(admin: Viewer, key: str) -> None:
    switch_on(admin, key, seal_preview(key, admin.id))


def work(app: Flask) -> None:
    """Do once all that the worker has to do."""
    for jobs in ALL:
        Worker(app.app_context, jobs).run_due()
    db.session.expire_all()


def letters() -> list[MailMessage]:
    db.session.expire_all()
    return list(db.session.scalars(select(MailMessage).order_by(MailMessage.id)))


def agreeing(sara: Viewer | None, clock: MovableClock, **more: object) -> Lead:
    return a_lead(sara, **{"emails": REZA, "consent_at": clock.now(), **more})


@pytest.mark.mission(24)
def test_who_sends_the_form_and_agrees_is_welcomed_by_email_at_once(
    app: Flask,
    mail: servers.Post,
    admin: Viewer,
    client: FlaskClient,
    new_client: NewClient,
    clock: MovableClock,
) -> None:
    """◆ 24, end to end: the form on its public page, the worker, a real SMTP server, the lead."""
    form = a_form(admin, consent="Write to me.", language="fa")
    on(admin, "welcome")
    given = {"name": "رضا کریمی", "email": "reza@example.com", "consent": "1"}
    page = client.get(f"/f/{form.slug}").text
    given["seal"] = page.partition('name="seal" value="')[2].partition('"')[0]
    clock.move(seconds=5)
    assert client.post(f"/f/{form.slug}", data=given).status_code == 303
    work(app)
    letter = mail.read()
    assert letter["To"].addresses[0].addr_spec == "reza@example.com"
    assert letter["Subject"] == "پیام شما رسید، رضا کریمی عزیز", "the form's language is his"
    lead = db.session.scalars(select(Lead)).one()
    kinds = select(TimelineEntry.kind).where(TimelineEntry.lead_id == lead.id)
    assert "mail.sent" in list(db.session.scalars(kinds))
    assert "E-mail sent" in new_client(admin).get(f"/leads/{lead.id}").text
    clock.move(days=1)
    work(app)
    assert len(mail.letters) == 1, "once, however often it is looked for"


def test_everything_is_off_until_somebody_switches_it_on(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    agreeing(sara, clock)
    an_account(sara, customer_since=date(2016, 11, 24), emails=REZA)
    work(app)
    assert [state.is_on for state in states(admin)] == [False] * len(AUTOMATIONS)
    assert (letters(), list(db.session.scalars(select(Activity)))) == ([], [])


@pytest.mark.parametrize("key", AUTOMATIONS)
def test_nothing_is_switched_on_by_who_did_not_just_see_what_it_does(
    app: Flask, admin: Viewer, sara: Viewer, clock: MovableClock, key: str
) -> None:
    old = seal_preview(key, admin.id)
    clock.move(hours=2)
    other = seal_preview("card" if key != "card" else "nudge", admin.id)
    for seal in ("", "x", old, other, seal_preview(key, sara.id)):
        with pytest.raises(errors.ValidationError):
            switch_on(admin, key, seal)
    with pytest.raises(errors.NotFound):
        switch_on(sara, key, seal_preview(key, sara.id))
    assert not any(state.is_on for state in states(admin))


def test_leads_from_before_without_consent_or_without_an_address_get_no_welcome(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    agreeing(sara, clock, name="Before")
    clock.move(minutes=1)
    on(admin, "welcome")
    clock.move(minutes=1)
    a_lead(sara, "No consent", emails=REZA)
    agreeing(sara, clock, name="No address", emails=[])
    agreeing(sara, clock, name="Invented", is_sample=True)
    agreeing(sara, clock, name="No buyer", status="disqualified")
    agreeing(sara, clock, name="Right")
    work(app)
    assert [letter.to_name for letter in letters()] == ["Right"]


def test_switched_off_it_holds_back_what_waits(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, hamrah: Viewer, clock: MovableClock
) -> None:
    on(admin, "welcome")
    agreeing(sara, clock)
    mail.answers["RCPT"] = "450 later"
    work(app)
    switch_off(admin, "welcome")
    mail.answers.clear()
    clock.move(hours=1)
    send_waiting(hamrah)
    assert [(one.status, one.reason) for one in letters()] == [("stopped", "switched_off")]
    assert mail.letters == []


@pytest.mark.mission(54)
def test_a_new_lead_makes_one_task_for_its_owner_unless_something_was_done(
    app: Flask, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    on(admin, "follow_up")
    new_id = a_lead(sara, "Neda Amiri").id
    a_lead(None, "Nobody's")
    known = a_lead(sara, "Known")
    entry = {"kind": "activity.logged", "at": clock.now(), "actor_id": sara.id}
    db.session.add(TimelineEntry(**entry, lead_id=known.id))
    db.session.commit()
    work(app)
    clock.move(minutes=5)
    work(app)
    (task,) = db.session.scalars(select(Activity))
    assert (task.lead_id, task.owner_id, task.kind) == (new_id, sara.id, "task")
    assert task.subject == "Follow up with Neda Amiri"
    assert task.due_at == datetime(2026, 11, 25, 6, 30, tzinfo=UTC), "ten in Tehran, next day"


def quiet_deal(sara: Viewer, clock: MovableClock, days: int, **more: object) -> str:
    contact = a_contact(sara, "Sara Nouri", emails=labelled("nouri@example.com"))
    last = clock.now().timestamp() - days * 86_400
    at = datetime.fromtimestamp(last, UTC)
    deal = a_deal(sara, contact_id=contact.id, last_activity_at=at, **more)
    return deal.id


@pytest.mark.mission(48)
def test_a_deal_that_falls_quiet_writes_once_in_its_owners_name(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    quiet_deal(sara, clock, 60)
    deal_id = quiet_deal(sara, clock, 9)
    promised = quiet_deal(sara, clock, 9)
    an_activity(sara, deal_id=promised, due_at=clock.now())
    on(admin, "nudge")
    work(app)
    assert letters() == [], "none fell quiet yet since it was switched on"
    clock.move(days=2)
    work(app)
    clock.move(days=2)
    work(app)
    (letter,) = letters()
    assert (letter.deal_id, letter.user_id, letter.to) == (deal_id, sara.id, "nouri@example.com")
    assert "Sara Ahmadi" in letter.body
    assert mail.read()["Reply-To"] == "sara@example.com"


def test_no_word_goes_out_in_the_night_or_on_a_day_off(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    quiet_deal(sara, clock, 9)
    on(admin, "nudge")
    clock.move(days=2, hours=12)
    work(app)
    clock.set(datetime(2026, 11, 27, 7, 15, tzinfo=UTC))  # a Friday
    work(app)
    add_holiday(admin, {"day": "2026-11-28", "name": "Our own"})
    clock.set(datetime(2026, 11, 28, 7, 15, tzinfo=UTC))
    work(app)
    assert letters() == []
    clock.set(datetime(2026, 11, 29, 7, 15, tzinfo=UTC))
    work(app)
    assert len(letters()) == 1


def test_an_anniversary_on_a_day_off_has_its_card_but_not_in_the_night(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    an_account(sara, "Aftab", customer_since=date(2016, 11, 27), emails=REZA)
    on(admin, "card")
    clock.set(datetime(2026, 11, 27, 1, 15, tzinfo=UTC))  # a Friday, 4:45
    work(app)
    assert letters() == []
    clock.set(datetime(2026, 11, 27, 7, 15, tzinfo=UTC))
    work(app)
    assert len(letters()) == 1


@pytest.mark.mission(111)
def test_a_customers_tenth_anniversary_brings_a_card_in_his_language(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    db.session.scalars(select(Company)).one().calendar = "jalali"
    account = an_account(sara, "آفتاب", customer_since=date(2016, 11, 23))  # 3 Azar 1395
    account_id = account.id
    a_contact(sara, "لیلا نوری", account, emails=REZA, language="fa")
    an_account(sara, "Tomorrow", customer_since=date(2016, 11, 24), emails=REZA)
    on(admin, "card")
    work(app)
    work(app)
    (letter,) = letters()
    assert (letter.account_id, letter.subject) == (
        account_id,
        "سپاس برای ۱۰ سال همراهی، لیلا نوری عزیز",
    )
    assert len(mail.letters) == 1
    clock.set(datetime(2027, 11, 24, 7, 15, tzinfo=UTC))
    work(app)
    assert len([one for one in letters() if one.account_id == account_id]) == 2


def test_a_preview_shows_real_records_in_full_and_writes_nothing(
    app: Flask, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    assert preview(admin, "welcome") == []
    agreeing(sara, clock, name="Reza Karimi", language="fa")
    agreeing(sara, clock, name="Invented", is_sample=True)
    (shown,) = preview(admin, "welcome")
    assert (shown.name, shown.to, shown.language) == ("Reza Karimi", "reza@example.com", "fa")
    assert "Sara Ahmadi" in shown.body
    db.session.commit()
    assert letters() == []


def test_a_customer_without_any_address_stands_in_the_outbox_once(
    app: Flask, mail: servers.Post, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    an_account(sara, customer_since=date(2016, 11, 24))
    on(admin, "card")
    work(app)
    work(app)
    assert [(one.status, one.reason) for one in letters()] == [("stopped", "no_recipient")]


def test_a_lead_that_comes_again_is_not_welcomed_again(
    app: Flask, mail: servers.Post, admin: Viewer, hamrah: Viewer, clock: MovableClock
) -> None:
    on(admin, "welcome")
    arrival = Arrival({"name": "Reza", "emails": ["reza@example.com"]})
    ids = {receive_lead(hamrah, arrival)}
    db.session.get_one(Lead, next(iter(ids))).consent_at = clock.now()
    db.session.commit()
    work(app)
    ids.add(receive_lead(hamrah, arrival))
    work(app)
    assert (len(ids), len(letters())) == (1, 1)
