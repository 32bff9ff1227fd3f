"""A person is told once of a cause; what he has not seen of a subject is replaced and counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.alerts.commands import act_on_alert, note_receipts, see_alerts, snooze_alert
from crm.alerts.deciding import decide_alerts
from crm.alerts.kinds import AlertKind
from crm.alerts.models import Alert
from crm.alerts.pruning import prune_alerts
from crm.alerts.queries import get_alert, my_alerts, unseen_count
from crm.alerts.settings import find_settings, update_alert_settings
from crm.database import db, new_id
from crm.errors import NotFound, ValidationError
from crm.users.viewer import Viewer
from tests.alerts.inbox import HAMRAH, alert, deliveries, device, prefers, told
from tests.clock import MovableClock

FORM = {"quiet_from": "22:00", "quiet_until": "۷:۳۰", "digest_at": "9:00", "budget": "4"}


def test_the_same_cause_tells_a_person_once(app: Flask, sara: Viewer, omid: Viewer) -> None:
    assert told(sara) is not None
    assert told(sara) is None
    assert told(omid) is not None, "somebody else is told too"


def test_eight_at_once_tell_a_person_once(app: Flask, sara: Viewer) -> None:
    def tell_in_a_context(_n: int) -> str | None:
        with app.app_context():
            return told(sara)

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(tell_in_a_context, range(8)))
    assert len([one for one in ids if one]) == 1
    assert db.session.scalar(select(func.count()).select_from(Alert)) == 1


def test_a_repeat_takes_the_place_of_what_was_not_seen_and_counts_it(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    first = told(sara, "one", tag="lead:1")
    second = told(sara, "two", tag="lead:1")
    third = told(sara, "three", tag="lead:1")
    assert [row.id for row in my_alerts(sara)] == [third]
    assert (alert(third).count, alert(first).replaced_by_id, unseen_count(sara.id)) == (
        3,
        second,
        1,
    )
    see_alerts(sara, clock.now())
    fourth = told(sara, "four", tag="lead:1")
    assert alert(fourth).count == 1, "what was seen is not counted again"
    assert len(my_alerts(sara)) == 2


def test_what_is_off_is_not_even_in_the_inbox(app: Flask, sara: Viewer) -> None:
    prefers(sara, channels={"promise_due": "off"})
    assert told(sara) is None
    assert my_alerts(sara) == []


def test_a_receipt_counts_for_ones_own_alert_and_the_first_of_its_kind(
    app: Flask, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    phone = device(sara)
    one = told(sara, escalate_at=clock.now())
    began = clock.now()
    shown = {"alert": one, "kind": "shown", "at": began.isoformat(), "subscription": phone.id}
    assert note_receipts(omid, [shown]) == 0
    assert note_receipts(sara, [shown, {"alert": new_id(), "kind": "shown"}]) == 1
    assert (alert(one).shown_at, alert(one).seen_at) == (began, None)
    assert alert(one).escalate_at is not None, "that it was shown proves nobody looked"
    clock.move(minutes=1)
    note_receipts(sara, [{"alert": one, "kind": "opened"}, {"alert": one, "kind": "shown"}])
    row = alert(one)
    assert (row.shown_at, row.opened_at, row.seen_at) == (began, clock.now(), clock.now())
    assert row.escalate_at is None
    with pytest.raises(ValidationError):
        note_receipts(sara, [{"alert": one, "kind": "eaten"}])


def test_an_alert_put_off_rings_again_at_its_hour(
    app: Flask, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    device(sara)
    one = told(sara, kind=AlertKind.HOT_LEAD)
    decide_alerts(HAMRAH)
    with pytest.raises(NotFound):
        snooze_alert(omid, str(one))
    snooze_alert(sara, str(one))
    assert decide_alerts(HAMRAH) == 0
    clock.move(hours=1)
    decide_alerts(HAMRAH)
    assert [row.round for row in deliveries()] == [1, 2]


def test_the_first_word_about_an_alert_stands(app: Flask, sara: Viewer, omid: Viewer) -> None:
    one = str(told(sara))
    act_on_alert(sara, one, "called")
    act_on_alert(sara, one, "done")
    assert (get_alert(sara, one).outcome, unseen_count(sara.id)) == ("called", 0)
    for call in (lambda: act_on_alert(omid, one, "done"), lambda: get_alert(omid, one)):
        with pytest.raises(NotFound):
            call()


@pytest.mark.mission(113)
def test_everyone_says_how_he_wants_to_be_told(app: Flask, sara: Viewer) -> None:
    channels = {"deal_won": "off", "hot_lead": "push"}
    update_alert_settings(
        sara,
        {
            **FORM,
            "work_days": ["0", "1"],
            "channels": channels,
            "crosses": ["hot_lead", "deal_won"],
        },
    )
    kept = find_settings(sara.id)
    assert (kept.quiet_from, kept.quiet_until, kept.digest_at, kept.budget) == (1320, 450, 540, 4)
    assert (kept.channels, kept.work_days) == ({"deal_won": "off"}, "0,1")
    assert kept.crosses_quiet == "hot_lead", "only what is urgent may cross"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quiet_from", "25:00"),
        ("budget", "-1"),
        ("budget", "51"),
        ("work_days", ["8"]),
        ("channels", {"deal_won": "pigeon"}),
        ("channels", {"nothing": "push"}),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    app: Flask, sara: Viewer, name: str, value: object
) -> None:
    with pytest.raises(ValidationError) as error:
        update_alert_settings(sara, {**FORM, name: value})
    assert name in error.value.fields


def test_alerts_of_half_a_year_ago_go_with_their_deliveries(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    told(sara, "old")
    decide_alerts(HAMRAH)
    clock.move(days=181)
    new = told(sara, "new")
    assert (prune_alerts(HAMRAH), prune_alerts(HAMRAH)) == (1, 0)
    assert [row.id for row in my_alerts(sara)] == [new]
    assert deliveries() == []


def test_another_kind_about_a_subject_takes_its_place_and_is_no_second_time(
    app: Flask, sara: Viewer
) -> None:
    first = told(sara, "soon", AlertKind.MEETING_SOON, tag="meeting")
    second = told(sara, "over", AlertKind.MEETING_ENDED, tag="meeting")
    assert (alert(first).replaced_by_id, alert(second).count) == (second, 1)
