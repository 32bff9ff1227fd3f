"""A wrong meeting is corrected or withdrawn in the open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import clock, errors
from crm.activities.commands import (
    complete_activity,
    correct_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    reschedule_activity,
    withdraw_activity,
)
from crm.activities.models import Activity
from crm.database import db, new_id
from crm.deals.commands import move_deal
from crm.deals.models import Deal
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests import factories


def log_a_win(person: Viewer, deal: Deal) -> str:
    won = {"id": deal.id, "to_stage_id": factories.stage("won").id}
    return str(log_activity(person, {"kind": "meeting", "deal": won})["activity_id"])


def stage_of(deal_id: str) -> str:
    deal = db.session.get(Deal, deal_id)
    return str(next(k for k in ("lead", "won", "lost") if factories.stage(k).id == deal.stage_id))


def test_the_wrong_one_stays_and_the_right_one_says_what_it_corrects(app, sara) -> None:
    deal = factories.a_deal(sara)
    wrong = log_a_win(sara, deal)
    right = correct_activity(sara, wrong, {"id": new_id(), "kind": "call", "note": "By phone"})
    kept, new = db.session.get(Activity, wrong), db.session.get(Activity, right)
    assert kept.superseded_by_id == right
    assert (new.kind, new.deal_id, new.done_at) == ("call", deal.id, kept.done_at)
    entry = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.kind == "activity.corrected")
    ).one()
    assert (entry.activity_id, entry.data["corrects"]) == (right, wrong)


def test_a_correction_sent_twice_is_one_and_a_second_one_is_a_conflict(app, sara) -> None:
    wrong = log_activity(sara, {"kind": "call"})["activity_id"]
    right = {"id": new_id(), "kind": "meeting"}
    assert correct_activity(sara, wrong, right) == correct_activity(sara, wrong, right)
    with pytest.raises(errors.Conflict):
        correct_activity(sara, wrong, right | {"id": new_id()})
    other = log_activity(sara, {"kind": "call"})["activity_id"]
    with pytest.raises(errors.ValidationError):
        correct_activity(sara, other, right)
    assert len(db.session.scalars(select(Activity.id)).all()) == 3


def test_a_correction_does_not_lie_in_the_future(app, sara) -> None:
    wrong = log_activity(sara, {"kind": "call"})["activity_id"]
    later = (clock.now() + timedelta(days=9)).isoformat()
    right = correct_activity(sara, wrong, {"kind": "call", "happened_at": later})
    assert db.session.get(Activity, right).done_at == clock.now()


@pytest.mark.parametrize("first_correct", [False, True])
def test_withdrawing_takes_the_stage_move_back(app, sara, first_correct: bool) -> None:
    deal = factories.a_deal(sara)
    entered_at = deal.stage_entered_at
    activity = log_a_win(sara, deal)
    if first_correct:
        activity = correct_activity(sara, activity, {"kind": "call"})
    withdraw_activity(sara, activity)
    assert stage_of(deal.id) == "lead"
    kept = db.session.get(Deal, deal.id)
    assert (kept.status, kept.closed_at, kept.stage_entered_at) == ("open", None, entered_at)
    assert db.session.get(Activity, activity).withdrawn_at == clock.now()


def test_a_deal_that_moved_on_since_stays_where_it_is(app, sara, clock) -> None:
    deal = factories.a_deal(sara)
    activity = log_a_win(sara, deal)
    clock.move(minutes=1)
    move_deal(sara, deal.id, {"stage_id": factories.stage("lost").id, "lost_reason": "price"})
    withdraw_activity(sara, activity)
    assert stage_of(deal.id) == "lost"
    assert db.session.get(Activity, activity).withdrawn_at


def test_withdrawing_twice_changes_nothing(app, sara, clock) -> None:
    activity = log_activity(sara, {"kind": "call"})["activity_id"]
    withdraw_activity(sara, activity)
    at = clock.now()
    clock.move(hours=1)
    withdraw_activity(sara, activity)
    assert db.session.get(Activity, activity).withdrawn_at == at
    with pytest.raises(errors.Conflict):
        correct_activity(sara, activity, {"kind": "call"})


def test_only_who_wrote_it_his_manager_and_an_admin_may(
    app, sara, omid, leila, nika, admin
) -> None:
    written = [log_activity(sara, {"kind": "call"})["activity_id"] for _ in range(3)]
    for command in (withdraw_activity, lambda a, i: correct_activity(a, i, {"kind": "call"})):
        with pytest.raises(errors.NotAllowed):
            command(omid, written[0])
        with pytest.raises(errors.NotFound):
            command(nika, written[0])
    for person, activity in zip((sara, leila, admin), written, strict=True):
        withdraw_activity(person, activity)


def test_a_promise_is_kept_once_taken_back_and_moved(app, sara, clock) -> None:
    deal = factories.a_deal(sara)
    due = {"id": new_id(), "kind": "call", "due_at": clock.now().isoformat(), "deal_id": deal.id}
    promise = plan_activity(sara, due)
    assert plan_activity(sara, due) == promise
    complete_activity(sara, promise, "Said yes")
    at = clock.now()
    clock.move(hours=1)
    complete_activity(sara, promise, "Again")
    kept = db.session.get(Activity, promise)
    assert (kept.done_at, kept.note) == (at, "Said yes")
    assert db.session.get(Deal, deal.id).last_activity_at == at
    with pytest.raises(errors.Conflict):
        reschedule_activity(sara, promise, {"due_at": clock.now().isoformat()})
    reopen_activity(sara, promise)
    reschedule_activity(sara, promise, {"due_at": clock.now().isoformat()})
    kept = db.session.get(Activity, promise)
    assert (kept.done_at, kept.due_at) == (None, clock.now())


def test_a_promise_that_was_taken_back_is_neither_kept_nor_moved(app, sara) -> None:
    promise = plan_activity(sara, {"kind": "call", "due_at": clock.now().isoformat()})
    withdraw_activity(sara, promise)
    with pytest.raises(errors.Conflict):
        complete_activity(sara, promise)
    with pytest.raises(errors.Conflict):
        reschedule_activity(sara, promise, {"due_at": clock.now().isoformat()})
