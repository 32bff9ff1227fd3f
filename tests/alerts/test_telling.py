"""A person is told once of a cause; what he has not seen of a subject is replaced and counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.alerts.commands import act_on_alert, note_receipts, see_alerts, snooze_alert
from crm.alerts.deciding import decide_alerts, make_digests
from crm.alerts.kinds import AlertKind
from crm.alerts.models import Alert
from crm.alerts.pruning import prune_alerts
from crm.alerts.queries import get_alert, my_alerts, unseen_count
from crm.alerts.sending import claim_deliveries, settle_delivery
from crm.alerts.settings import find_settings, update_alert_settings
from crm.database import db, new_id
from crm.errors import NotFound, ValidationError
from crm.push.outcomes import Outcome, OutcomeKind
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


def test_each_device_gets_a_delivery_in_the_same_transaction(app: Flask, sara: Viewer) -> None:
    phones = {device(sara).id, device(sara, "Desk").id}
    one = told(sara)
    assert decide_alerts(HAMRAH) == 1
    assert decide_alerts(HAMRAH) == 0
    assert {row.subscription_id for row in deliveries()} == phones
    assert (alert(one).fate, alert(one).decide_at) == ("ring", None)


def test_what_goes_to_the_inbox_alone_makes_no_delivery(app: Flask, sara: Viewer) -> None:
    device(sara)
    prefers(sara, channels={"promise_due": "inbox"})
    one = told(sara)
    decide_alerts(HAMRAH)
    assert (alert(one).fate, deliveries()) == ("inbox", [])


@pytest.mark.mission(113)
def test_fifty_alerts_ring_six_times_and_make_one_list_in_the_morning(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    for number in range(50):
        told(sara, str(number))
        decide_alerts(HAMRAH)
    assert len(deliveries()) == 6
    assert make_digests(HAMRAH) == 1, "it is after half past eight, and there was none today"
    assert make_digests(HAMRAH) == 0
    decide_alerts(HAMRAH)
    clock.move(days=1)
    assert make_digests(HAMRAH) == 0, "nothing waits any more"
    rows = deliveries()
    assert len(rows) == 7
    assert alert(rows[-1].alert_id).data == {"kinds": {"promise_due": 44}}


def test_two_workers_do_not_overdraw_the_budget(app: Flask, sara: Viewer) -> None:
    device(sara)
    for number in range(20):
        told(sara, str(number))

    def work(_n: int) -> None:
        with app.app_context():
            while decide_alerts(HAMRAH, 2):
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(deliveries()) == 6


def test_at_night_it_waits_for_the_morning_and_rings_then(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    clock.move(hours=13)
    one = told(sara, expires_at=clock.now() + timedelta(days=1))
    decide_alerts(HAMRAH)
    assert (alert(one).fate, deliveries()) == ("later", [])
    clock.move(hours=8, minutes=14)
    assert decide_alerts(HAMRAH) == 0
    clock.move(minutes=1)
    assert decide_alerts(HAMRAH) == 1
    assert len(deliveries()) == 1


def test_a_claim_is_one_workers_until_its_lease_ends(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    told(sara)
    decide_alerts(HAMRAH)
    [claimed] = claim_deliveries(HAMRAH, "push")
    assert claim_deliveries(HAMRAH, "push") == []
    clock.move(minutes=2)
    [again] = claim_deliveries(HAMRAH, "push")
    assert (again.id, again.attempts) == (claimed.id, 2)
    settle_delivery(HAMRAH, again.id, Outcome(OutcomeKind.DELIVERED))
    clock.move(minutes=5)
    assert claim_deliveries(HAMRAH, "push") == []


def test_four_workers_claim_each_delivery_once(app: Flask, sara: Viewer) -> None:
    for _ in range(10):
        device(sara)
    told(sara)
    decide_alerts(HAMRAH)

    def claim(_n: int) -> list[str]:
        with app.app_context():
            return [one.id for one in claim_deliveries(HAMRAH, "push", 3)]

    with ThreadPoolExecutor(4) as pool:
        ids = [one for batch in pool.map(claim, range(8)) for one in batch]
    assert len(ids) == len(set(ids)) == 10


def test_what_failed_is_tried_again_later_and_given_up_when_it_is_over(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    told(sara, kind=AlertKind.HOT_LEAD)
    decide_alerts(HAMRAH)
    waits = []
    for _ in range(3):
        [claimed] = claim_deliveries(HAMRAH, "push")
        settle_delivery(HAMRAH, claimed.id, Outcome(OutcomeKind.RETRY, "503"))
        [row] = deliveries()
        waits.append((row.next_at - clock.now()).seconds)
        clock.set(row.next_at)
    assert waits == [15, 30, 60]
    [claimed] = claim_deliveries(HAMRAH, "push")
    settle_delivery(HAMRAH, claimed.id, Outcome(OutcomeKind.RETRY, "429", 6 * 3600))
    [row] = deliveries()
    assert (row.status, row.reason) == ("given_up", "429")


@pytest.mark.parametrize("moot", ["expired", "replaced", "seen"])
def test_nobody_is_told_what_is_moot_by_now(
    app: Flask, sara: Viewer, clock: MovableClock, moot: str
) -> None:
    device(sara)
    told(sara, tag="x", kind=AlertKind.HOT_LEAD)
    decide_alerts(HAMRAH)
    if moot == "expired":
        clock.move(hours=4)
    elif moot == "replaced":
        told(sara, "later", tag="x")
    else:
        see_alerts(sara, clock.now())
    assert claim_deliveries(HAMRAH, "push") == []
    assert deliveries()[0].reason == moot


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


def test_what_was_seen_before_its_time_neither_rings_nor_takes_a_place(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    one = told(sara)
    see_alerts(sara, clock.now())
    decide_alerts(HAMRAH)
    assert (alert(one).fate, alert(one).pushed_at, deliveries()) == ("inbox", None, [])
