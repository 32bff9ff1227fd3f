"""The tables of the website keep their size, whoever sends whatever; nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from crm import clock as now_of
from crm.database import db, is_sqlite, new_id
from crm.i18n import Locale
from crm.leads.commands import capture_lead
from crm.leads.models import Touch
from crm.tracking import bounds
from crm.tracking.bounds import MOST_TOUCHES, prune_visitors
from crm.tracking.commands import join_visitor
from crm.tracking.models import Visitor, VisitorTouch
from crm.users.viewer import Viewer, system_viewer
from crm.web.tracking import PRUNE_EVERY
from tests.clock import MovableClock
from tests.tracking.conftest import OTHER, PHONE, SHOP, VISITOR, Site

Rows = Callable[[Any], list[Any]]
HAMRAH = system_viewer(Locale())


def pages(count: int, path: str = "/") -> list[list[Any]]:
    return [["p", f"{SHOP}{path}{n}"] for n in range(count)]


@pytest.mark.parametrize("is_known", [False, True])
def test_of_a_visitor_and_of_a_lead_the_two_hundred_that_say_most_are_kept(
    site: Site, sara: Viewer, clock: MovableClock, rows: Rows, is_known: bool
) -> None:
    if is_known:
        join_visitor(sara, capture_lead(sara, {"name": "Neda"}), VISITOR)
    site.beacon(["d", f"{SHOP}/list.pdf"])
    for turn in range(15):
        clock.move(minutes=1)
        site.beacon(*pages(20, f"/{turn}/"))
        site.written()
    kept = [row for row in rows(Touch if is_known else VisitorTouch) if row.signal != "hand"]
    assert len(kept) == MOST_TOUCHES
    assert any(row.signal == "download" for row in kept), "page views go first"
    details = {row.detail for row in kept}
    assert "/14/19" in details
    assert "/0/0" not in details, "the oldest of them"
    (visitor,) = rows(Visitor)
    assert visitor.count == (0 if is_known else MOST_TOUCHES)


@pytest.fixture
def pruned_at_once(app: Flask) -> Iterator[None]:
    """Pruning takes the visitors between the statement that makes them and the one that locks."""
    left = [1]

    def prune(connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT INTO visitor ") and left:
            left.pop()
            connection.exec_driver_sql("DELETE FROM visitor")

    event.listen(db.engine, "after_cursor_execute", prune)
    yield
    event.remove(db.engine, "after_cursor_execute", prune)


@pytest.mark.usefixtures("pruned_at_once")
def test_a_visitor_pruned_at_the_moment_he_says_his_name_is_made_anew(
    sara: Viewer, rows: Rows
) -> None:
    lead_id = capture_lead(sara, {"name": "Neda"})
    join_visitor(sara, lead_id, VISITOR)
    assert [visitor.lead_id for visitor in rows(Visitor)] == [lead_id]


@pytest.mark.usefixtures("pruned_at_once")
def test_what_a_visitor_pruned_at_that_moment_did_is_written(site: Site, rows: Rows) -> None:
    site.look("/pricing")
    site.look("/about", visitor=OTHER)
    site.written()
    assert len(rows(Visitor)) == len(rows(VisitorTouch)) == 2


def a_visitor(days: int, lead_id: str | None = None) -> str:
    at = now_of.now() - timedelta(days=days)
    visitor = Visitor(
        id=new_id(), first_seen_at=at, last_seen_at=at, lead_id=lead_id, count=1, visit_pages=0
    )
    db.session.add(visitor)
    db.session.flush()
    db.session.add(VisitorTouch(visitor_id=visitor.id, signal="page", at=at, detail="/"))
    db.session.commit()
    return visitor.id


def test_visitors_without_a_name_are_forgotten_in_time(
    app: Flask, sara: Viewer, rows: Rows
) -> None:
    lead_id = capture_lead(sara, {"name": "Neda"})
    old, kept, named = a_visitor(91), a_visitor(89), a_visitor(400, lead_id)
    assert prune_visitors(HAMRAH) == 1
    assert {row.id for row in rows(Visitor)} == {kept, named}
    assert old not in {row.visitor_id for row in rows(VisitorTouch)}


def test_over_the_bound_the_oldest_go_and_no_more_at_once_than_asked(
    app: Flask, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_VISITORS", 3)
    made = [a_visitor(days) for days in (9, 8, 7, 6, 5, 4)]
    assert prune_visitors(HAMRAH, 2) == 2
    assert prune_visitors(HAMRAH, 2) == 1
    assert prune_visitors(HAMRAH, 2) == 0
    assert {row.id for row in rows(Visitor)} == set(made[3:])


def test_the_bound_holds_also_where_no_worker_runs(
    site: Site, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_VISITORS", 50)
    for _turn in range(3 * PRUNE_EVERY):
        for _each in range(5):
            site.look("/", visitor=new_id())
        site.written()
    assert len(rows(Visitor)) <= 50 + (PRUNE_EVERY - 1) * 5


@pytest.mark.parametrize(
    ("what", "headers"),
    [
        ("another site", {"Origin": "https://evil.example"}),
        ("no site", {"Origin": ""}),
        ("a robot", {"User-Agent": "Googlebot/2.1"}),
        ("no browser", {"User-Agent": ""}),
    ],
)
def test_who_may_not_tell_us_anything_is_answered_alike(
    site: Site, rows: Rows, what: str, headers: dict[str, str]
) -> None:
    body = f'{{"k":"{site.key}","v":"{VISITOR}","t":[["p","{SHOP}/"]]}}'
    answer = site.post(body, **headers)
    assert (answer.status_code, answer.data) == (204, b""), what
    site.written()
    assert rows(Visitor) == [], what
    site.post(body)
    site.written()
    assert len(rows(Visitor)) == 1, "and it is the sender alone that was wrong"


def test_rubbish_of_any_kind_changes_nothing_and_learns_nothing(site: Site, rows: Rows) -> None:
    bodies: list[bytes] = [b"", b"\x00\xff" * 50, b"[" * 4000, b'{"k":1e999}', b"x" * 5000]
    bodies += [f'{{"k":"{site.key}","v":"{VISITOR}","t":[["p","{SHOP}/{"x" * 4096}"]]}}'.encode()]
    bodies += [f'{{"k":"{site.key}","v":"\\ud800","t":[["p","\\u0000"]]}}'.encode()]
    kinds = ("text/plain", "application/json", "application/x-www-form-urlencoded", "")
    kinds += ("multipart/form-data; boundary=x", "\x7f")
    for body in bodies:
        for kind in kinds:
            answer = site.post(body, **{"Content-Type": kind})
            assert (answer.status_code, answer.data) == (204, b""), (body[:20], kind)
    site.written()
    assert rows(Visitor) == rows(VisitorTouch) == []


def test_a_network_that_floods_is_answered_alike_and_not_listened_to(
    site: Site, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.tracking import flood

    monkeypatch.setattr(flood, "BURST", 5.0)
    monkeypatch.setattr(flood, "A_SECOND", 0.0)
    site.look(*[f"/{n}" for n in range(20)])
    site.written()
    assert len(rows(VisitorTouch)) == 5


def test_no_address_and_no_user_agent_is_kept_anywhere(site: Site) -> None:
    site.look("/")
    site.written()
    for table in (Visitor.__table__, VisitorTouch.__table__):
        for row in db.session.execute(db.select(table)):
            text = str(tuple(row))
            assert "127.0.0" not in text
            assert PHONE not in text


def test_a_batch_is_a_few_statements_however_many_visitors_it_is_of(site: Site, rows: Rows) -> None:
    """A flood is a thousand of such batches a minute, and captures go on beside it."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        # Of a list PostgreSQL is asked for each; SQLite runs them within the process.
        one_each = isinstance(parameters, list) and not is_sqlite()
        said.extend([statement] * (len(parameters) if one_each else 1))

    for number in range(10):
        site.beacon(*pages(10), visitor=f"{VISITOR[:-4]}{number:04}")
    event.listen(db.engine, "before_cursor_execute", note)
    site.written()
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(rows(VisitorTouch)) == 100
    assert [row.count for row in rows(Visitor)] == [10] * 10
    assert len(said) <= 6, "\n".join(said)
