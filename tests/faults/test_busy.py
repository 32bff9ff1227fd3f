"""A database that cannot take a write: 503, nothing changed, and the same again goes well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from crm import errors
from crm.accounts.commands import create_contact
from crm.activities.models import Activity
from crm.database import FairLock, db, is_sqlite, writing
from tests import factories
from tests.api.phone import CAPTURES, capture, message, met, send, verdicts


@pytest.fixture
def impatient(app: Any) -> Iterator[None]:
    """Let the database give up at once instead of after its usual seconds."""
    wait = "PRAGMA busy_timeout=10" if is_sqlite() else "SET lock_timeout=10"

    def hurry(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.cursor().execute(wait)

    event.listen(db.engine, "checkout", hurry)
    yield
    event.remove(db.engine, "checkout", hurry)
    db.engine.dispose()


def test_a_locked_database_is_busy_and_the_same_capture_goes_well_later(
    app, new_client, sara, impatient
) -> None:
    contact = factories.a_contact(sara)
    phone, meeting = new_client(sara), capture(met(contact.id))
    db.session.rollback()
    release = lock(contact.id)
    answer = phone.post(CAPTURES, json=message(sara, meeting))
    release()
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "busy")
    assert answer.headers["Retry-After"]
    assert db.session.get(Activity, meeting["body"]["id"]) is None
    db.session.rollback()
    assert verdicts(send(phone, sara, meeting)) == ["applied"]


def lock(contact_id: str) -> Callable[[], None]:
    """Hold what the capture needs on a connection of its own; return what lets it go."""
    holder = db.engine.connect().execution_options(writes=True)
    if not is_sqlite():
        wanted = text("SELECT 1 FROM contact WHERE id = :id FOR UPDATE")
        holder.execute(wanted, {"id": contact_id})
    else:
        holder.begin()  # BEGIN IMMEDIATE, past the lock that writers of one process share
    return holder.close


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/today"), ("GET", "/api/v1/me"), ("POST", CAPTURES), ("GET", "/sign-in")],
)
def test_a_database_that_is_away_is_503_and_never_500(
    app: Flask, new_client, sara, method: str, path: str
) -> None:
    phone, gone = new_client(sara), OperationalError("SELECT", {}, Exception("gone"))

    def is_away(*_args: Any) -> None:
        raise gone

    event.listen(db.engine, "before_cursor_execute", is_away)
    try:
        answer = phone.open(path, method=method, json={} if method == "POST" else None)
    finally:
        event.remove(db.engine, "before_cursor_execute", is_away)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


def test_writers_of_one_process_take_turns(
    sqlite_app: Flask, sara, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that, SQLite's own waiting lets late comers overtake: some wait for seconds."""
    monkeypatch.setattr(writing, "WRITER_WAIT_SECONDS", 0.01)
    assert writing._writer.acquire(1)
    try:
        with pytest.raises(errors.Busy):
            create_contact(sara, {"name": "Too early"})
    finally:
        writing._writer.release()
    assert create_contact(sara, {"name": "In turn"})


def test_the_writers_turn_goes_to_who_came_first() -> None:
    lock, came, order = FairLock(), threading.Semaphore(0), list[int]()
    lock.acquire(1)

    def write(number: int) -> None:
        came.release()
        lock.acquire(10)
        order.append(number)
        lock.release()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        came.acquire()
        while len(lock._waiting) <= number:
            thread.join(0.001)
    lock.release()
    for thread in threads:
        thread.join(10)
    assert order == sorted(order)
    assert len(order) == 5


def test_who_waited_too_long_for_the_writers_turn_leaves_the_queue() -> None:
    lock = FairLock()
    assert lock.acquire(0.01)
    assert not lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0.01)
