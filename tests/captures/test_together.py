"""A batch is one transaction where it can be, and its captures one by one where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from crm.activities.models import Activity
from crm.captures.models import Capture
from crm.database import db, new_id, writing
from tests import factories, people
from tests.api.phone import CAPTURES, capture, message, met, send, verdicts


@pytest.fixture
def commits(app: Any) -> Iterator[list[str]]:
    """Each commit of a write, as it comes."""
    seen: list[str] = []

    def on_statement(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO capture"):
            seen.append("ledger")

    def on_commit(_connection: Any) -> None:
        seen.append("commit")

    event.listen(db.engine, "before_cursor_execute", on_statement)
    event.listen(db.engine, "commit", on_commit)
    yield seen
    event.remove(db.engine, "before_cursor_execute", on_statement)
    event.remove(db.engine, "commit", on_commit)


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_whole_batch_is_committed_at_once_with_its_ledger(new_client, sara, commits) -> None:
    contact = factories.a_contact(sara)
    phone = new_client(sara)
    batch = [capture(met(contact.id)) for _ in range(20)]
    commits.clear()
    assert verdicts(send(phone, sara, *batch)) == ["applied"] * 20
    after = commits[commits.index("ledger") :]
    assert after.count("commit") == 1, "one flush to the disk for twenty"
    assert (count(Activity), count(Capture)) == (20, 20)


def test_of_a_batch_with_one_that_is_refused_the_others_are_done(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    batch = [capture(met(who)) for who in (contact.id, new_id(), contact.id)]
    phone = new_client(sara)
    first = send(phone, sara, *batch)
    kept = count(Activity), count(Capture)
    again = send(phone, sara, *batch)
    assert kept == (count(Activity), count(Capture)) == (2, 3)
    assert [v in ("applied", "duplicate") for v in verdicts(first)] == [True, False, True]
    assert verdicts(again) == ["duplicate", verdicts(first)[1], "duplicate"]
    assert again[1] == first[1]


def test_a_resent_batch_that_has_grown_does_only_what_is_new(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    batch = [capture(met(contact.id)) for _ in range(4)]
    phone = new_client(sara)
    first = send(phone, sara, *batch[:2])
    both = send(phone, sara, *batch)
    assert verdicts(both) == ["duplicate", "duplicate", "applied", "applied"]
    assert [one["result"] for one in both[:2]] == [one["result"] for one in first]
    assert count(Activity) == 4


def test_the_same_capture_twice_in_one_batch_is_one(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    one = capture(met(contact.id))
    said = send(new_client(sara), sara, one, one)
    assert verdicts(said) == ["applied", "duplicate"]
    assert (count(Activity), count(Capture)) == (1, 1)


def test_a_capture_and_the_one_that_replaces_it_in_one_batch_do_not_collide(
    new_client, sara, commits
) -> None:
    contact = factories.a_contact(sara)
    first = capture(met(contact.id))
    second = capture(met(contact.id, note="Mended"), supersedes=first["capture_id"])
    assert verdicts(send(new_client(sara), sara, first, second)) == ["applied", "rejected"]
    assert commits.count("ledger") == 2, "nothing is written in vain"
    assert (count(Activity), count(Capture)) == (1, 2)


def test_what_breaks_a_batch_is_told_to_the_log_and_each_is_answered_by_itself(
    new_client, sara, caplog
) -> None:
    contact = factories.a_contact(sara)
    phone, batch = new_client(sara), [capture(met(contact.id)) for _ in range(2)]

    def on_statement(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT capture.id") and " IN " in statement:
            raise RuntimeError("a bug")

    event.listen(db.engine, "before_cursor_execute", on_statement)
    try:
        said = send(phone, sara, *batch)
    finally:
        event.remove(db.engine, "before_cursor_execute", on_statement)
    assert verdicts(said) == ["applied"] * 2
    assert "a batch of 2 could not be answered together" in caplog.text


def test_one_id_with_other_content_does_not_take_its_batch_along(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    phone, used = new_client(sara), capture(met(contact.id))
    send(phone, sara, used)
    fresh, odd = capture(met(contact.id)), used | {"body": met(contact.id, note="Other")}
    said = phone.post(CAPTURES, json=message(sara, fresh, odd)).json["results"]
    assert [one["capture_id"] for one in said] == [fresh["capture_id"]]
    assert count(Activity) == 2


def test_what_a_capture_makes_the_next_of_its_batch_finds(new_client, sara) -> None:
    person, deal = new_id(), new_id()
    stages = [factories.stage(key).id for key in ("qualified", "proposal")]
    said = send(
        new_client(sara),
        sara,
        capture({"id": person, "name": "Nima"}, "contact.create"),
        capture({"id": deal, "name": "50 seats", "contact_id": person}, "deal.create"),
        *[capture(met(person, deal={"id": deal, "to_stage_id": stage})) for stage in stages],
        capture({"deal_id": deal, "stage_id": stages[0], "from_stage_id": stages[1]}, "deal.move"),
    )
    assert verdicts(said) == ["applied"] * 5


def test_a_batch_that_finds_no_turn_to_write_is_503_and_leaves_nothing(
    sqlite_app: Flask, sara, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = factories.a_contact(sara)
    phone, batch = sqlite_app.test_client(), [capture(met(contact.id)) for _ in range(3)]
    phone.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    people.sign_in(phone, sara)
    db.session.rollback()
    monkeypatch.setattr(writing, "WRITER_WAIT_SECONDS", 0.01)
    assert writing._writer.acquire(1)
    try:
        answer = phone.post(CAPTURES, json=message(sara, *batch))
    finally:
        writing._writer.release()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert (count(Activity), count(Capture)) == (0, 0)
    assert verdicts(send(phone, sara, *batch)) == ["applied"] * 3
