"""The list of leads is narrowed by what an address asks for, and no page of it sorts the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from crm import clock
from crm.accounts.queries import MINE, TEAM
from crm.database import db, is_sqlite
from crm.leads.lists import NOBODY, LeadFilters, list_leads
from crm.users.viewer import Viewer
from tests.factories import a_lead

NewClient = Callable[..., FlaskClient]


def names(rows: Any) -> list[str]:
    return [row.name for row in rows]


@pytest.fixture
def some(app: Flask, sara: Viewer, omid: Viewer, nika: Viewer) -> None:
    now = clock.now()
    a_lead(sara, "Hot new", heat="hot", source="Website")
    a_lead(sara, "Warm week", heat="warm", source="Fair", created_at=now - timedelta(days=3))
    a_lead(omid, "Cold old", heat="cold", source="Fair", created_at=now - timedelta(days=40))
    a_lead(None, "Nobody’s", heat="hot", created_at=now - timedelta(days=8))
    a_lead(nika, "Strange", heat="hot")


@pytest.mark.mission(30, 31)
def test_filters_narrow_the_list_and_combine(some: None, sara: Viewer, omid: Viewer) -> None:
    week = clock.now() - timedelta(days=7)
    for filters, wanted in (
        (LeadFilters(), ["Hot new", "Nobody’s", "Warm week", "Cold old"]),
        (LeadFilters(heat="hot"), ["Hot new", "Nobody’s"]),
        (LeadFilters(since=week), ["Hot new", "Warm week"]),
        (LeadFilters(until=week), ["Nobody’s", "Cold old"]),
        (LeadFilters(source="Fair"), ["Warm week", "Cold old"]),
        (LeadFilters(whose=MINE), ["Hot new", "Warm week"]),
        (LeadFilters(whose=TEAM), ["Hot new", "Warm week", "Cold old"]),
        (LeadFilters(whose=NOBODY), ["Nobody’s"]),
        (LeadFilters(whose=omid.id), ["Cold old"]),
        (LeadFilters(whose=MINE, heat="warm", source="Fair", since=week), ["Warm week"]),
        (LeadFilters(whose=MINE, heat="warm", source="Website"), []),
    ):
        assert names(list_leads(sara, filters)) == wanted, filters


def test_a_filter_shows_nobody_what_he_may_not_see(some: None, sara: Viewer, nika: Viewer) -> None:
    assert names(list_leads(sara, LeadFilters(whose=nika.id))) == []
    assert names(list_leads(sara, LeadFilters(heat="hot"))) == ["Hot new", "Nobody’s"]


@pytest.mark.mission(30)
def test_the_address_carries_the_filter_and_rows_say_why(
    some: None, new_client: NewClient, sara: Viewer, leila: Viewer, omid: Viewer
) -> None:
    client = new_client(sara)

    def shown(query: str, phone: FlaskClient = client) -> tuple[list[str], str]:
        body = phone.get(f"/people?tab=leads&{query}").get_data(as_text=True)
        return re.findall(r'class="row__link"[^>]*><bdi>([^<]*)</bdi>', body), body

    assert shown("heat=hot&age=today")[0] == ["Hot new"]
    found, body = shown("age=older&source=Fair")
    assert found == ["Cold old"]
    assert "Omid Karimi" in body
    assert "Fair" in body
    # A chip keeps what else is chosen.
    assert "/people?tab=leads&amp;age=older&amp;source=Fair&amp;heat=hot" in body
    assert shown("whose=nobody")[0] == ["Nobody’s"]
    # Another's list is for those who answer for him.
    assert shown(f"whose={omid.id}", new_client(leila))[0] == ["Cold old"]
    assert len(shown(f"whose={omid.id}")[0]) == 4
    assert "Nobody fits what you chose" in shown("source=zzz")[1]
    assert len(shown("heat=boiling&age=x&whose=zzz&source=")[0]) == 4


def plan(read: Callable[[], Any]) -> list[tuple[str, str]]:
    """Return the plan of what `read` asks: the step above each, and its words."""
    asked: list[tuple[str, Any]] = []

    def on_execute(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", on_execute)
    read()
    event.remove(db.engine, "before_cursor_execute", on_execute)
    raw = db.session.connection().connection.cursor()
    steps: list[tuple[str, str]] = []
    for number, (statement, parameters) in enumerate(asked):
        raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps += [(f"{number}.{row[1]}", row[3]) for row in raw.fetchall()]
    return steps


@pytest.mark.parametrize("who", ["sara", "leila", "admin"])
@pytest.mark.parametrize("filters", [
    LeadFilters(), LeadFilters(heat="warm"), LeadFilters(whose=MINE), LeadFilters(whose=TEAM),
    LeadFilters(whose=NOBODY), LeadFilters(group="later"), LeadFilters(group="closed"),
    LeadFilters(source="Fair"),
])  # fmt: skip
def test_no_page_sorts_more_than_itself(
    some: None, request: pytest.FixtureRequest, who: str, filters: LeadFilters
) -> None:
    if not is_sqlite():
        return  # A small table is sorted there whatever indexes it has.
    viewer = request.getfixturevalue(who)
    last = list_leads(viewer)[0].id
    for after in (None, last):
        steps = plan(lambda at=after: list_leads(viewer, filters, at))  # type: ignore[misc]
        # What is put in order are the few rows that the parts' own indexes gave.
        sorts = {above for above, step in steps if "TEMP B-TREE" in step}
        read = [(above, step) for above, step in steps if re.match("(SCAN|SEARCH) lead ", step)]
        for above, step in read:
            assert "autoindex" in step or (above not in sorts and "ix_lead_of" in step), steps
        assert len(read) > 1
