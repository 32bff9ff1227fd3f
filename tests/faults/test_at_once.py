"""Several phones at the same instant: one effect, equal answers, no ring of waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from crm import errors
from crm.accounts.commands import create_contact
from crm.activities.models import Activity
from crm.administration.users import update_user
from crm.captures.commands import EnvelopeSchema, answer_together, receive_capture
from crm.captures.models import Capture, Decision
from crm.company.models import Company
from crm.database import command, db, new_id
from crm.deals.commands import move_deal
from crm.deals.models import Deal, Stage
from crm.deals.pipelines import add_stage
from crm.deals.stage_removal import remove_stage
from crm.schema import load
from crm.setup.commands import set_up
from crm.timeline.models import TimelineEntry
from crm.users.models import Role, User
from crm.users.sign_in import PER_ACCOUNT, authenticate
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture, met

ROUNDS, PHONES = 200, 8


def at_once(app: Flask, calls: list[Callable[[], Any]]) -> list[Any]:
    """Run the calls in threads of their own, all let go together; return what each returned."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait(10)
            try:
                return call()
            finally:
                db.session.remove()

    db.session.rollback()
    with ThreadPoolExecutor(len(calls)) as pool:
        waiting = [pool.submit(Context().run, run, call) for call in calls]
        return [one.result(60) for one in waiting]


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.mission(117)
def test_the_same_capture_from_eight_phones_at_once_is_one_with_equal_answers(app, sara) -> None:
    contact = factories.a_contact(sara)
    deal = factories.a_deal(sara, contact_id=contact.id)
    for n in range(ROUNDS):
        key = ("qualified", "proposal")[n % 2]
        move = {"id": deal.id, "to_stage_id": factories.stage(key).id}
        one = capture(met(contact.id, deal=move, new_contact=None))
        said = at_once(app, [lambda one=one: receive_capture(sara, one)] * PHONES)
        assert [s["result"] for s in said] == [said[0]["result"]] * PHONES
        assert sorted(s["verdict"] for s in said) == ["applied"] + ["duplicate"] * (PHONES - 1)
    assert (count(Activity), count(Capture)) == (ROUNDS, ROUNDS)
    assert db.session.get(Deal, deal.id).version == ROUNDS + 1


def test_the_same_batch_from_eight_phones_at_once_is_one_with_equal_answers(app, sara) -> None:
    contact = factories.a_contact(sara)
    for n in range(5):
        # Every other batch has no ids but the captures': the ledger alone keeps it single.
        more = {} if n % 2 else {"id": None}
        batch = [load(EnvelopeSchema, capture(met(contact.id, **more))) for _ in range(5)]
        said = at_once(app, [lambda batch=batch: answer_together(sara, batch)] * PHONES)
        results = [[one["result"] for one in answers] for answers in said]
        assert results == [results[0]] * PHONES
        verdicts = sorted(answers[0]["verdict"] for answers in said)
        assert verdicts == ["applied"] + ["duplicate"] * (PHONES - 1)
    assert (count(Activity), count(Capture)) == (25, 25)


def test_a_refused_capture_from_eight_phones_is_refused_alike(app, sara) -> None:
    for _ in range(5):
        one = capture(met(new_id()))
        said = at_once(app, [lambda one=one: receive_capture(sara, one)] * PHONES)
        assert said == [said[0]] * PHONES
        assert said[0]["verdict"] == "forbidden"
    assert (count(Activity), count(Capture)) == (0, 5)


def test_one_new_record_under_eight_capture_ids_is_one_record(app, sara) -> None:
    """The second net: the record's own key."""
    for n in range(10):
        body = met(new_contact={"id": new_id(), "name": f"Person {n}"})
        said = at_once(app, [lambda b=body: receive_capture(sara, capture(b))] * PHONES)
        assert {s["verdict"] for s in said} == {"applied"}
        assert len({s["result"]["activity_id"] for s in said}) == 1
    assert count(Activity) == 10


def test_phones_that_log_on_the_same_records_in_every_order_do_not_wait_in_a_ring(
    app, sara, omid
) -> None:
    account = factories.an_account(sara)
    people = [factories.a_contact(sara, account=account).id for _ in range(2)]
    deals = [factories.a_deal(sara, contact_id=p, account_id=account.id).id for p in people]
    stages = [factories.stage(key).id for key in ("qualified", "proposal")]
    calls: list[Callable[[], Any]] = []
    for n in range(16):
        move = {"id": deals[n % 2]} | ({"to_stage_id": stages[n // 2 % 2]} if n % 3 else {})
        body = met(people[n // 4 % 2], account_id=account.id, deal=move)
        who = (sara, omid)[n % 2]
        calls.append(lambda who=who, body=body: receive_capture(who, capture(body)))
    for _ in range(3):
        assert {said["verdict"] for said in at_once(app, calls[:8])} == {"applied"}
        assert {said["verdict"] for said in at_once(app, calls[8:])} == {"applied"}
        calls = [
            lambda who=who, d=d: receive_capture(who, capture(met(deal={"id": d})))
            for who in (sara, omid)
            for d in deals * 4
        ]


def test_moves_of_one_deal_at_once_follow_one_another_without_a_gap(app, sara) -> None:
    deal_id = factories.a_deal(sara).id
    keys = ["qualified", "proposal", "won", "lost"] * 2
    stages = [factories.stage(key).id for key in keys]
    at_once(app, [lambda s=s: move_deal(sara, deal_id, {"stage_id": s}) for s in stages])
    entries = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.kind == "deal.stage_changed")
    ).all()
    starts = [e.data["from_stage_id"] for e in entries]
    ends = [e.data["to_stage_id"] for e in entries]
    kept = db.session.get(Deal, deal_id)
    # Each stage is left as often as it was entered, but for the first and the last.
    assert sorted([*starts, kept.stage_id]) == sorted([*ends, factories.stage("lead").id])
    assert kept.version == 1 + len(entries)


def test_of_two_that_saw_the_same_deal_one_wins_and_one_is_told(app, sara, omid) -> None:
    for _ in range(5):
        deal = factories.a_deal(sara)
        seen = {"version": deal.version}

        def attempt(who: Any, key: str, deal_id: str = deal.id, seen: Any = seen) -> str:
            try:
                move_deal(who, deal_id, {"stage_id": factories.stage(key).id, **seen})
            except errors.Conflict:
                return "told"
            return "moved"

        said = at_once(app, [lambda: attempt(sara, "won"), lambda: attempt(omid, "lost")])
        assert sorted(said) == ["moved", "told"]


def test_one_thread_inside_a_command_does_not_stop_another(app, sara) -> None:
    """What marks a command as running belongs to its own thread."""
    names = [f"Person {n}" for n in range(PHONES)]
    made = at_once(app, [lambda n=n: create_contact(sara, {"name": n}) for n in names])
    assert len(set(made)) == PHONES


def test_a_command_within_a_command_is_refused_and_gives_the_writers_turn_back(app, sara) -> None:
    @command
    def outer(actor: Any) -> None:
        create_contact(actor, {"name": "Inner"})

    with pytest.raises(RuntimeError):
        outer(sara)
    assert create_contact(sara, {"name": "Afterwards"})


def test_a_command_that_fails_gives_the_writers_turn_back(app, sara) -> None:
    @command
    def broken(_actor: Any) -> None:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            broken(sara)
    assert create_contact(sara, {"name": "Afterwards"})


def test_many_guesses_at_one_moment_are_no_more_than_one_after_the_other(app: Flask) -> None:
    def guess() -> str:
        try:
            authenticate("sara@example.com", "a wrong guess", "203.0.113.7", "IR")
        except (errors.ValidationError, errors.TooMany) as error:
            return type(error).__name__
        return "in"

    said = at_once(app, [guess] * (2 * PER_ACCOUNT))
    assert said.count("ValidationError") <= PER_ACCOUNT
    assert set(said) <= {"ValidationError", "TooMany"}


@pytest.fixture
def refused(app: Flask) -> Iterator[list[BaseException]]:
    """Return what the database refused: a deadlock is one, also where the second try went well."""
    seen: list[BaseException] = []

    def note(context: Any) -> None:
        seen.append(context.original_exception)

    event.listen(db.engine, "handle_error", note)
    yield seen
    event.remove(db.engine, "handle_error", note)


def tried(call: Callable[[], Any]) -> Callable[[], Any]:
    """Return the call so that a refusal is its answer."""

    def run() -> Any:
        try:
            return call()
        except errors.DomainError as error:
            return type(error).__name__

    return run


def test_no_deal_stays_behind_in_a_stage_that_is_removed_meanwhile(
    app: Flask, sara: Viewer, admin: Viewer
) -> None:
    first = factories.stage("lead")
    lead_id, pipeline_id = first.id, first.pipeline_id
    for number in range(10):
        stage_id = add_stage(admin, pipeline_id, {"name": f"Stage {number}"})
        ids = [factories.a_deal(sara).id for _ in range(4)]
        moves = [
            tried(lambda i=deal_id, s=stage_id: move_deal(sara, i, {"stage_id": s}))
            for deal_id in ids
        ]
        gone = tried(lambda s=stage_id: remove_stage(admin, s, {"to_stage_id": lead_id}))
        at_once(app, [*moves, gone])
        db.session.rollback()
        stood = select(Stage.archived_at).join(Deal, Deal.stage_id == Stage.id)
        assert set(db.session.scalars(stood.where(Deal.id.in_(ids)))) == {None}


def test_two_admins_who_stop_each_other_leave_one_and_wait_in_no_ring(
    app: Flask, admin: Viewer, sara: Viewer, refused: list[BaseException]
) -> None:
    second = replace(sara, role="admin")
    ada, facts = ({"name": who, "email": f"{who}@example.com"} for who in ("ada", "sara"))
    for _ in range(5):
        both = update(User).where(User.id.in_([admin.id, sara.id]))
        db.session.execute(both.values(role=Role.ADMIN))
        db.session.commit()
        first_goes = tried(lambda: update_user(second, admin.id, ada | {"role": "rep"}))
        second_goes = tried(lambda: update_user(admin, sara.id, facts | {"role": "rep"}))
        said = at_once(app, [first_goes, second_goes])
        assert sorted(map(str, said)) == ["Conflict", "None"]
        left = select(func.count()).select_from(User).where(User.role == Role.ADMIN)
        assert db.session.scalar(left) == 1
    assert refused == []


def test_two_set_ups_at_one_moment_make_one_company(empty_app: Flask) -> None:
    form = {
        "language": "en",
        "company": "Example",
        "name": "Ada",
        "password": "correct horse battery",
        "timezone": "Asia/Tehran",
        "calendar": "jalali",
        "currency": "IRT",
    }
    calls = [
        tried(lambda n=n: set_up(None, form | {"login": f"ada{n}@example.com"})) for n in range(4)
    ]
    said = at_once(empty_app, calls)
    assert said.count("NotFound") == len(calls) - 1
    assert (count(Company), count(User)) == (1, 1)


def test_a_conflict_from_eight_phones_at_once_is_one_decision_with_equal_answers(
    app: Flask, sara: Viewer, omid: Viewer
) -> None:
    for _ in range(5):
        deal = factories.a_deal(sara)
        won = capture(met(deal={"id": deal.id, "to": "won", "base_version": 1}))
        move_deal(omid, deal.id, {"stage_id": factories.stage("lost").id})
        said = at_once(app, [lambda one=won: receive_capture(sara, one)] * PHONES)
        assert [s["decision"] for s in said] == [said[0]["decision"]] * PHONES
        assert sorted(s["verdict"] for s in said) == ["conflict"] + ["duplicate"] * (PHONES - 1)
    assert (count(Activity), count(Decision)) == (5, 5)
