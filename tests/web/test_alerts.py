"""The inbox, the settings of how one is told, and the devices that are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.activities.models import Activity
from crm.alerts.kinds import CHOSEN, KINDS, AlertKind
from crm.alerts.models import Alert
from crm.alerts.settings import find_settings
from crm.alerts.wording import kind_label
from crm.database import db
from crm.push.models import PushSubscription
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from crm.web.alerts import LOOKS
from tests import factories
from tests.clock import MovableClock
from tests.web.test_queries_per_page import statements

NewClient = Callable[..., FlaskClient]
INBOX, SETTINGS, DEVICES = "/alerts", "/settings/alerts", "/settings/devices"
FORM = {
    "quiet_from": "22:00",
    "quiet_until": "7:30",
    "digest_at": "9:00",
    "budget": "4",
    "work_days": ["5", "6", "0"],
    "crosses": ["hot_lead"],
    "channel_deal_quiet": "off",
    "channel_hot_lead": "push",
}


def fresh(alert_id: str) -> Alert:
    db.session.rollback()
    return db.session.get_one(Alert, alert_id)


def test_every_kind_has_a_look_and_a_name(app: Any) -> None:
    assert set(LOOKS) == set(KINDS) == set(AlertKind)
    assert all(kind_label(kind) for kind in AlertKind)


def test_an_empty_inbox_says_what_will_stand_there(new_client: NewClient, sara: Viewer) -> None:
    page = new_client(sara).get(INBOX).text
    assert "Nothing to tell you" in page
    assert "Mark all as seen" not in page


def test_the_inbox_shows_what_was_told_and_what_became_of_it(
    new_client: NewClient, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    lead = factories.a_lead(sara, "Daniel Okafor", phones=factories.labelled("+989121234567"))
    url = f"/leads/{lead.id}"
    factories.an_alert(sara, lead_id=lead.id, url=url, at=clock.now() - timedelta(days=2))
    factories.an_alert(sara, lead_id=lead.id, url=url, outcome="called")
    factories.an_alert(sara, "promise_due", data={"subject": "Send the offer"}, fate="digest")
    factories.an_alert(omid, data={"name": "Nobody of hers"})
    page = new_client(sara).get(INBOX).text
    assert page.count("Hot lead: Daniel Okafor") == 3, "two rows; the call's name on one"
    assert page.count('href="tel:+989121234567"') == 1, "one was called already"
    assert "Called" in page
    assert "In the morning’s list" in page
    assert page.index("Today") < page.index("Earlier")
    assert "Nobody of hers" not in page


def test_a_phone_that_one_may_not_see_any_more_is_not_shown(
    new_client: NewClient, sara: Viewer, nika: Viewer
) -> None:
    lead = factories.a_lead(nika, "Gone", phones=factories.labelled("+989121234567"))
    factories.an_alert(sara, lead_id=lead.id)
    assert "tel:" not in new_client(sara).get(INBOX).text


def test_looking_writes_nothing_and_the_button_marks_what_was_shown(
    new_client: NewClient, sara: Viewer, clock: MovableClock
) -> None:
    alert, phone = factories.an_alert(sara).id, new_client(sara)
    page = phone.get(INBOX).text
    assert fresh(alert).seen_at is None
    until = page.split('name="until" value="')[1].split('"')[0]
    clock.move(minutes=1)
    later = factories.an_alert(sara).id
    assert phone.post("/alerts/seen", data={"until": until}).status_code == 303
    assert fresh(alert).seen_at
    assert fresh(later).seen_at is None
    assert phone.post("/alerts/seen", data={"until": "yesterday"}).status_code == 404


def test_a_long_inbox_goes_on_where_it_stopped(
    new_client: NewClient, sara: Viewer, clock: MovableClock
) -> None:
    for n in range(65):
        factories.an_alert(sara, data={"name": f"Lead {n:02}."}, at=clock.now())
    phone, path, seen = new_client(sara), INBOX, 0
    while path:
        page = phone.get(path).text
        seen += page.count('class="row phone-row"')
        _before, _mark, rest = page.partition('id="more"><a class="btn" href="')
        path = rest.split('"')[0]
    assert seen == 65


def test_the_inbox_costs_as_many_statements_for_thirty_as_for_one(
    new_client: NewClient, sara: Viewer
) -> None:
    phone = new_client(sara)

    def tell() -> None:
        lead = factories.a_lead(sara, "Daniel", phones=factories.labelled("+989121234567"))
        factories.an_alert(sara, lead_id=lead.id)

    tell()
    few = statements(phone, INBOX)
    for _n in range(30):
        tell()
    assert len(statements(phone, INBOX)) == len(few)


def test_the_bell_costs_no_statement(new_client: NewClient, sara: Viewer) -> None:
    sent = statements(new_client(sara), "/today")
    assert not [one for one in sent if "alert" in one]


def test_done_in_the_inbox_ticks_the_promise(new_client: NewClient, sara: Viewer) -> None:
    call = factories.an_activity(sara, subject="Call", due_at=None).id
    alert = factories.an_alert(sara, "promise_due", activity_id=call).id
    assert new_client(sara).post(f"{INBOX}/{alert}", data={"act": "done"}).status_code == 303
    assert fresh(alert).outcome == "done"
    assert db.session.get_one(Activity, call).done_at


def test_done_on_an_anniversary_logs_the_message(new_client: NewClient, sara: Viewer) -> None:
    contact = factories.a_contact(sara, "Mina")
    alert = factories.an_alert(sara, "birthday", contact_id=contact.id).id
    new_client(sara).post(f"{INBOX}/{alert}", data={"act": "done"})
    db.session.rollback()
    (logged,) = db.session.query(Activity).filter_by(contact_id=contact.id)
    assert logged.kind == "message"


def test_a_row_is_put_off_for_an_hour(
    new_client: NewClient, sara: Viewer, clock: MovableClock
) -> None:
    alert = factories.an_alert(sara).id
    new_client(sara).post(f"{INBOX}/{alert}", data={"act": "snooze"})
    assert fresh(alert).decide_at == clock.now() + timedelta(hours=1)
    assert "Put off until" in new_client(sara).get(INBOX).text


def test_a_button_that_is_none_is_not_there(new_client: NewClient, sara: Viewer) -> None:
    alert = factories.an_alert(sara).id
    assert new_client(sara).post(f"{INBOX}/{alert}", data={"act": "eat"}).status_code == 404


@pytest.mark.mission(53)
def test_one_says_how_one_is_told(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    assert phone.get(SETTINGS).text.count('name="channel_') == len(CHOSEN)
    answer = phone.post(SETTINGS, data=FORM)
    assert (answer.status_code, answer.location) == (303, SETTINGS)
    kept = find_settings(sara.id)
    assert (kept.quiet_from, kept.quiet_until, kept.digest_at) == (22 * 60, 450, 540)
    assert (kept.budget, kept.work_days, kept.crosses_quiet) == (4, "0,5,6", "hot_lead")
    assert kept.channels == {"deal_quiet": "off"}
    page = phone.get(SETTINGS).text
    assert 'value="22:00"' in page
    assert '<option value="off" selected>' in page


def test_persian_digits_are_read_and_shown(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    assert phone.post(SETTINGS, data=FORM | {"quiet_from": "۲۳:۰۰"}).status_code == 303
    assert find_settings(sara.id).quiet_from == 23 * 60


@pytest.mark.parametrize(
    ("field", "value"), [("quiet_from", "late"), ("budget", "many"), ("digest_at", "25:00")]
)
def test_a_wrong_field_says_so_and_keeps_what_was_typed(
    new_client: NewClient, sara: Viewer, field: str, value: str
) -> None:
    answer = new_client(sara).post(SETTINGS, data=FORM | {field: value})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert f'value="{value}"' in answer.text
    assert '<option value="off" selected>' in answer.text


def test_a_way_that_is_none_is_refused(new_client: NewClient, sara: Viewer) -> None:
    answer = new_client(sara).post(SETTINGS, data=FORM | {"channel_hot_lead": "pigeon"})
    assert answer.status_code == 422
    assert 'id="f-channels-error"' in answer.text


def _device(person: Viewer, phone: FlaskClient) -> PushSubscription:
    """The phone at hand, told of alerts."""
    phone.get("/more")
    mine = select(UserSession.id).where(UserSession.user_id == person.id)
    return factories.a_subscription(person, db.session.scalars(mine).first())


def test_a_device_says_when_it_last_showed_something_and_hides_names_unless_asked(
    new_client: NewClient, sara: Viewer, clock: MovableClock
) -> None:
    phone = new_client(sara)
    device = _device(sara, phone)
    device.last_shown_at = clock.now() - timedelta(minutes=10)
    db.session.commit()
    home, device_id = f"{SETTINGS}/devices/{device.id}", device.id
    page = phone.get(DEVICES).text
    assert "Last alert shown 10 min ago" in page
    assert "Names on its lock screen: hidden" in page
    assert phone.post(f"{home}/names", data={"shows_names": "1"}).status_code == 303
    assert "Names on its lock screen: shown" in phone.get(DEVICES).text
    phone.post(f"{home}/names", data={"shows_names": "0"})
    assert "Names on its lock screen: hidden" in phone.get(DEVICES).text
    assert phone.post(f"{home}/removal").status_code == 303
    db.session.rollback()
    assert db.session.get(PushSubscription, device_id) is None
    assert "No device is told anything yet." in phone.get(DEVICES).text


def test_a_test_goes_the_way_of_every_alert(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    for _n in range(2):
        assert phone.post(f"{SETTINGS}/test").status_code == 303
    wanted = select(Alert).where(Alert.user_id == sara.id, Alert.kind == "test")
    told = db.session.scalars(wanted.order_by(Alert.id)).all()
    assert len(told) == 2
    assert all(alert.decide_at for alert in told[-1:])
