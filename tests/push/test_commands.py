"""Whose devices are told: one person's, as long as he is signed in there, ten at most."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from crm import clock, errors
from crm.database import command, db
from crm.push.commands import (
    OPENED,
    SHOWN,
    choose_names,
    forget_ended,
    forget_gone,
    forget_subscription,
    note_outcome,
    note_receipt,
    subscribe,
)
from crm.push.models import PushSubscription
from crm.push.outcomes import Outcome, OutcomeKind
from crm.push.queries import (
    count_failures,
    find_devices,
    reachable_devices,
    subscriptions_of,
    vapid_keys,
)
from crm.timeline.models import TimelineEntry
from crm.users.commands import deactivate_user
from crm.users.models import User, UserSession
from crm.users.sessions import end_other_sessions, end_session, find_viewer, open_session
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.faults.test_at_once import at_once
from tests.outgoing import hostile
from tests.push.service import Phone

MOZILLA = "https://updates.push.services.mozilla.com/wpush/v2/"
IPHONE = "Mozilla/5.0 (iPhone) Safari"


def signed_in(person: Viewer) -> Viewer:
    """Return the person with a session of his own on one more phone."""
    found = find_viewer(open_session(person, IPHONE))
    assert found is not None
    return found


def phone(name: str = "one") -> Phone:
    return Phone(MOZILLA + name)


def rows() -> list[PushSubscription]:
    return list(db.session.scalars(select(PushSubscription).order_by(PushSubscription.id)))


def history(user: Viewer) -> list[tuple[str, Any]]:
    entries = db.session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.user_id == user.id, TimelineEntry.kind.like("user.device_%"))
        .order_by(TimelineEntry.id)
    )
    return [(entry.kind.removeprefix("user.device_"), entry.data.get("why")) for entry in entries]


@command
def noting(_actor: Viewer, what: Any) -> None:
    """Stand in for what alerts do inside their own commands."""
    what()


def test_a_device_is_kept_with_its_session_and_names_nobody(app: Any, sara: Viewer) -> None:
    me = signed_in(sara)
    made = subscribe(me, phone().says())
    (row,) = rows()
    assert (made.id, made.shows_names, made.is_new) == (row.id, False, True)
    assert (row.user_id, row.session_id, row.name) == (sara.id, me.session_id, "Safari on iPhone")
    assert (row.created_at, row.failed_at, row.last_shown_at) == (clock.now(), None, None)
    assert history(sara) == [("subscribed", None)]
    assert reachable_devices([sara.id]) == {sara.id: [row.id]}


def test_sent_again_at_each_start_it_is_one_with_its_newest_keys(app: Any, sara: Viewer) -> None:
    first = subscribe(signed_in(sara), phone().says())
    choose_names(sara, first.id, {"shows_names": True})
    me, newer = signed_in(sara), phone()
    again = subscribe(me, newer.says())
    assert (again.id, again.shows_names, again.is_new) == (first.id, True, False)
    (row,) = rows()
    assert (row.session_id, row.p256dh, row.auth) == (me.session_id, newer.p256dh, newer.auth)
    assert len(history(sara)) == 1


def test_a_device_that_changes_hands_shows_no_names_and_gets_nothing_of_the_other(
    app: Any, sara: Viewer, omid: Viewer
) -> None:
    first = subscribe(signed_in(sara), phone().says())
    choose_names(sara, first.id, {"shows_names": True})
    second = subscribe(signed_in(omid), phone().says())
    assert second.id != first.id
    assert find_devices([first.id]) == {}
    assert [(row.user_id, row.shows_names) for row in rows()] == [(omid.id, False)]
    assert history(sara)[-1] == ("unsubscribed", "changed_hands")


def test_of_eleven_devices_the_oldest_goes(
    app: Any, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    other = subscribe(signed_in(omid), phone("omid's").says())
    me, made = signed_in(sara), []
    for number in range(12):
        clock.move(minutes=1)
        made.append(subscribe(me, phone(str(number)).says()).id)
    assert {row.id for row in rows()} == {other.id, *made[2:]}
    assert history(sara).count(("unsubscribed", "too_many")) == 2


def test_whoever_signs_out_is_told_nothing_from_that_moment(
    app: Any, sara: Viewer, admin: Viewer, clock: MovableClock
) -> None:
    def fresh() -> Viewer:
        me = signed_in(sara)
        subscribe(me, phone().says())
        assert reachable_devices([sara.id])
        return me

    def ends(how: Any) -> None:
        how(fresh())
        (row,) = rows()
        assert reachable_devices([sara.id]) == {}
        assert find_devices([row.id]) == {}
        assert subscriptions_of(sara) == []
        assert forget_ended(admin) == 1
        assert (rows(), forget_ended(admin)) == ([], 0)
        assert history(sara)[-1] == ("unsubscribed", "signed_out")

    ends(lambda me: end_session(me, me.session_id))
    ends(lambda me: end_session(admin, me.session_id, sara.id))
    ends(lambda _me: end_other_sessions(signed_in(sara)))
    ends(lambda _me: clock.move(days=31))
    ends(lambda _me: deactivate_user(admin, sara.id))


def test_one_that_is_signed_in_stays(app: Any, sara: Viewer, admin: Viewer) -> None:
    subscribe(signed_in(sara), phone().says())
    assert forget_ended(admin) == 0
    assert len(rows()) == 1


def test_a_session_of_somebody_else_does_not_count(app: Any, sara: Viewer, omid: Viewer) -> None:
    subscribe(signed_in(sara), phone().says())
    db.session.execute(update(UserSession).values(user_id=omid.id))
    db.session.commit()
    assert reachable_devices([sara.id, omid.id]) == {}


def test_who_is_not_active_is_told_nothing(app: Any, sara: Viewer) -> None:
    subscribe(signed_in(sara), phone().says())
    db.session.execute(update(User).values(is_active=False))
    db.session.commit()
    assert reachable_devices([sara.id]) == {}


def test_one_forgets_ones_own_and_an_admin_anybodys(
    app: Any, sara: Viewer, omid: Viewer, leila: Viewer, admin: Viewer
) -> None:
    mine = subscribe(signed_in(sara), phone().says()).id
    other = subscribe(signed_in(sara), phone("two").says()).id
    for person in (omid, leila):
        with pytest.raises(errors.NotFound):
            forget_subscription(person, mine)
        with pytest.raises(errors.NotFound):
            forget_subscription(person, mine, sara.id)
        with pytest.raises(errors.NotFound):
            subscriptions_of(person, sara.id)
    assert len(subscriptions_of(admin, sara.id)) == 2
    forget_subscription(sara, mine)
    forget_subscription(admin, other, sara.id)
    assert rows() == []
    with pytest.raises(errors.NotFound):
        forget_subscription(sara, mine)


def test_only_its_person_lets_a_lock_screen_show_names(
    app: Any, sara: Viewer, admin: Viewer
) -> None:
    mine = subscribe(signed_in(sara), phone().says()).id
    with pytest.raises(errors.NotFound):
        choose_names(admin, mine, {"shows_names": True})
    choose_names(sara, mine, {"shows_names": "on"})
    assert find_devices([mine])[mine].shows_names
    choose_names(sara, mine, {})
    assert not rows()[0].shows_names


def test_one_that_its_service_knows_no_more_is_forgotten_once(app: Any, sara: Viewer) -> None:
    mine = subscribe(signed_in(sara), phone().says()).id
    forget_gone(sara, mine)
    forget_gone(sara, mine)
    assert rows() == []
    assert history(sara)[-1] == ("unsubscribed", "gone")


def test_what_came_of_a_message_stands_with_the_device(
    app: Any, sara: Viewer, clock: MovableClock
) -> None:
    mine = subscribe(signed_in(sara), phone().says()).id
    refused = Outcome(OutcomeKind.REFUSED, "403 BadJwtToken")
    noting(sara, lambda: note_outcome(sara.id, mine, refused))
    assert (rows()[0].failed_at, rows()[0].failure) == (clock.now(), "403 BadJwtToken")
    assert count_failures() == [("updates.push.services.mozilla.com", "403 BadJwtToken", 1)]
    clock.move(days=8)
    assert count_failures() == []
    noting(sara, lambda: note_outcome(sara.id, mine, Outcome(OutcomeKind.DELIVERED)))
    (row,) = rows()
    assert (row.last_sent_at, row.failed_at, row.failure) == (clock.now(), None, None)
    noting(sara, lambda: note_outcome(sara.id, mine, Outcome(OutcomeKind.GONE, "410")))
    assert rows() == []


def test_a_receipt_is_kept_for_ones_own_device_and_never_goes_back(
    app: Any, sara: Viewer, omid: Viewer
) -> None:
    mine = subscribe(signed_in(sara), phone().says()).id
    now = clock.now()
    noting(sara, lambda: note_receipt(sara.id, mine, SHOWN, now))
    noting(sara, lambda: note_receipt(sara.id, mine, SHOWN, now - timedelta(hours=1)))
    noting(omid, lambda: note_receipt(omid.id, mine, OPENED, now))
    assert (rows()[0].last_shown_at, rows()[0].last_opened_at) == (now, None)


def test_whom_to_ask_is_the_first_admin_where_nothing_is_set(app: Any) -> None:
    assert vapid_keys().subject == "mailto:ada@example.com"


GOOD = phone().says()
BAD_KEYS: list[dict[str, Any]] = [
    {},
    {"p256dh": GOOD["keys"]["p256dh"]},
    {**GOOD["keys"], "auth": "c2hvcnQ"},
    {**GOOD["keys"], "auth": "!!!!"},
    {**GOOD["keys"], "p256dh": GOOD["keys"]["p256dh"][:-2]},
    {**GOOD["keys"], "p256dh": "B" + "A" * 86},
    {**GOOD["keys"], "p256dh": 7},
]


@pytest.mark.parametrize("keys", BAD_KEYS)
def test_keys_that_no_browser_made_are_refused(sqlite_app: Any, sara: Viewer, keys: Any) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        subscribe(sara, {**GOOD, "keys": keys})
    assert all(name.startswith("keys.") for name in refused.value.fields)


def test_keys_may_be_padded(sqlite_app: Any, sara: Viewer) -> None:
    padded = {"p256dh": GOOD["keys"]["p256dh"] + "=", "auth": GOOD["keys"]["auth"] + "=="}
    assert subscribe(sara, {**GOOD, "keys": padded}).is_new


def test_only_the_browsers_own_push_services_are_taken(sqlite_app: Any, sara: Viewer) -> None:
    for url in (*hostile.everywhere(443), *hostile.ELSEWHERE, MOZILLA + "a" * 2000, MOZILLA + "ش"):
        with pytest.raises(errors.ValidationError) as refused:
            subscribe(sara, {**GOOD, "endpoint": url})
        assert list(refused.value.fields) == ["endpoint"], url
    assert rows() == []


@pytest.mark.parametrize(
    "host",
    [
        *("fcm.googleapis.com", "jmt17.google.com", "updates.push.services.mozilla.com"),
        *("web.push.apple.com", "wns2-by3p.notify.windows.com", "notify.windows.com:443"),
    ],
)
def test_each_of_them_is(sqlite_app: Any, sara: Viewer, host: str) -> None:
    assert subscribe(sara, {**GOOD, "endpoint": f"https://{host}/fcm/send/abc:def"}).is_new


def test_eight_phones_that_subscribe_at_once_are_kept_once_each_and_ten_at_most(
    app: Any, sara: Viewer, omid: Viewer
) -> None:
    hers, his, same = signed_in(sara), signed_in(omid), phone("same")
    told = [phone(str(number)) for number in range(9)]
    calls = [lambda one=one: subscribe(hers, one.says()).id for one in told]
    calls += [lambda who=who: subscribe(who, same.says()).id for who in (hers, his, hers, his)]
    at_once(app, calls)
    endpoints = [row.endpoint for row in rows()]
    assert sorted(endpoints) == sorted({one.endpoint for one in (*told, same)})
