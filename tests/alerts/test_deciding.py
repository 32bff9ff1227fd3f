"""What rings, when, how often: decided once, claimed by one, tried again, given up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from crm.alerts.commands import see_alerts
from crm.alerts.deciding import decide_alerts, make_digests
from crm.alerts.kinds import AlertKind
from crm.alerts.sending import claim_deliveries, settle_delivery
from crm.push.outcomes import Outcome, OutcomeKind
from crm.users.viewer import Viewer
from tests.alerts.inbox import HAMRAH, alert, deliveries, device, prefers, told
from tests.clock import MovableClock


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


def test_what_was_seen_before_its_time_neither_rings_nor_takes_a_place(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    one = told(sara)
    see_alerts(sara, clock.now())
    decide_alerts(HAMRAH)
    assert (alert(one).fate, alert(one).pushed_at, deliveries()) == ("inbox", None, [])
