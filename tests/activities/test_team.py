"""A manager's figures about his people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from crm import clock, errors
from crm.activities.team import Member, team_members
from crm.activities.week_log import get_member, week_log
from crm.database import db
from crm.users.viewer import Viewer
from tests.factories import a_deal, an_activity
from tests.people import PEOPLE


def member(viewer: Viewer, person: Viewer) -> Member:
    return next(m for m in team_members(viewer) if m.id == person.id)


def test_a_manager_sees_his_team_an_admin_all_and_a_rep_nothing(
    app: Flask, leila: Viewer, admin: Viewer, sara: Viewer
) -> None:
    assert {m.name.split()[0] for m in team_members(leila)} == {"Sara", "Omid", "Leila"}
    assert len(team_members(admin)) == len(PEOPLE)
    with pytest.raises(errors.NotFound):
        team_members(sara)


def test_what_he_logged_is_counted_by_kind_today_and_this_week(
    app: Flask, leila: Viewer, sara: Viewer
) -> None:
    now = clock.now()  # a Tuesday; the week of these readers begins on Monday
    an_activity(sara, "meeting")
    an_activity(sara, "call", done_at=now - timedelta(days=1))
    an_activity(sara, "call", done_at=now - timedelta(days=7))
    an_activity(sara, "call", withdrawn_at=now)
    figures = member(leila, sara)
    assert (figures.today, figures.week) == (1, 2)
    assert figures.week_by_kind == {"meeting": 1, "call": 1}
    assert figures.last_logged_at == now


def test_open_deals_are_summed_per_currency(app: Flask, leila: Viewer, sara: Viewer) -> None:
    a_deal(sara, amount=100, currency="EUR")
    a_deal(sara, amount=250, currency="EUR")
    a_deal(sara, amount=5_000, currency="IRR")
    a_deal(sara, "Closed", "won")
    figures = member(leila, sara)
    assert figures.open_deals == 3
    assert figures.open_sums == [("IRR", 5_000), ("EUR", 350)]


def test_a_quiet_deal_has_no_activity_and_no_next_step(
    app: Flask, leila: Viewer, sara: Viewer
) -> None:
    long_ago = clock.now() - timedelta(days=leila.quiet_days + 1)
    a_deal(sara, "Quiet", stage_entered_at=long_ago)
    a_deal(sara, "Touched", stage_entered_at=long_ago, last_activity_at=clock.now())
    planned = a_deal(sara, "Planned", stage_entered_at=long_ago)
    an_activity(sara, deal_id=planned.id, due_at=clock.now() + timedelta(days=1))
    assert member(leila, sara).quiet_deals == 1


def test_a_promise_for_a_day_is_late_when_the_day_is_over(
    app: Flask, leila: Viewer, sara: Viewer
) -> None:
    hour = timedelta(hours=1)
    an_activity(sara, due_at=clock.now() - hour)
    an_activity(sara, due_at=clock.now() + hour)
    an_activity(sara, due_at=clock.now() - hour, has_time=False)
    an_activity(sara, due_at=clock.now() - timedelta(days=1), has_time=False)
    assert member(leila, sara).overdue == 2


def test_the_page_costs_the_same_however_many_people(app: Flask, admin: Viewer) -> None:
    for person in PEOPLE.values():
        an_activity(person)
        a_deal(person)
    seen: list[str] = []
    listener = lambda _c, _cursor, statement, *_rest: seen.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        team_members(admin)
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    assert len([s for s in seen if s.lstrip().upper().startswith("SELECT")]) == 5


def test_a_weeks_log_is_paged_by_where_it_ended(app: Flask, leila: Viewer, sara: Viewer) -> None:
    now = clock.now()
    for minutes in range(5):
        an_activity(sara, note=str(minutes), done_at=now - timedelta(minutes=minutes))
    an_activity(sara, note="last week", done_at=now - timedelta(days=7))
    starts, ends = now - timedelta(days=2), now + timedelta(days=1)
    first = week_log(leila, sara.id, starts, ends, limit=3)
    last = first[-1]
    rest = week_log(leila, sara.id, starts, ends, limit=3, before=(last.done_at, last.id))
    assert [row.note for row in (*first, *rest)] == ["0", "1", "2", "3", "4"]


def test_another_teams_person_is_not_there(app: Flask, leila: Viewer, nika: Viewer) -> None:
    with pytest.raises(errors.NotFound):
        get_member(leila, nika.id)
    with pytest.raises(errors.NotFound):
        week_log(leila, nika.id, clock.now(), clock.now())
