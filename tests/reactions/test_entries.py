"""Who is told of what happened: the right one, once, in his language, and never who caused it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from crm import clock as product_clock
from crm.alerts.commands import see_alerts
from crm.database import db
from crm.deals.commands import move_deal
from crm.deals.moves import undo_move
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.commands import update_lead
from crm.leads.models import Lead
from crm.leads.route_book import create_rule
from crm.leads.routes import pass_on_unclaimed
from crm.leads.scoring import Sign
from crm.leads.touches import add_touches
from crm.reactions.entries import PATIENCE, follow_entries
from crm.timeline.models import AwaitedReaction
from crm.users.away import set_away
from crm.users.models import Team, User
from crm.users.viewer import Viewer
from tests import factories
from tests.clock import MovableClock
from tests.faults.test_at_once import at_once
from tests.people import NORTH
from tests.reactions.inbox import HAMRAH, PERSIAN, kinds, nobody_else, said, told


def hot_signs() -> tuple[Sign, ...]:
    now = product_clock.now()
    return (Sign("quote", now), Sign("form", now), Sign("download", now, "/prices.pdf"))


def heat(lead: Lead) -> None:
    add_touches(HAMRAH, lead.id, hot_signs())


def arrive(number: int = 0, **more: Any) -> Lead:
    person = {"name": f"Lead {number}", "company": "Acme", "phones": [f"0912{number:07}"], **more}
    lead_id = receive_lead(HAMRAH, Arrival(person, hot_signs()))
    return db.session.get_one(Lead, lead_id)


def rule(admin: Viewer) -> None:
    create_rule(admin, {"name": "North", "team_id": NORTH, "is_active": "on"})


def waiting() -> int:
    return db.session.scalar(select(func.count()).select_from(AwaitedReaction)) or 0


@pytest.mark.mission(34, 53)
def test_a_hot_lead_is_told_to_its_owner_with_its_two_strongest_reasons(
    app: Flask, sara: Viewer
) -> None:
    lead = factories.a_lead(sara, "Reza Karimi", company="Acme", phones=factories.labelled("+989"))
    heat(lead)
    assert follow_entries(HAMRAH) == 1
    (alert,) = told(sara)
    assert (alert.kind, alert.url, alert.tag) == (
        "hot_lead", f"/leads/{lead.id}", f"lead:{lead.id}",
    )  # fmt: skip
    assert alert.escalate_at == product_clock.now() + PATIENCE
    assert alert.data["phone"] == "+989"
    (words,) = said(sara)
    assert words.title == "Hot lead: Reza Karimi · Acme"
    assert words.body == "+30 Asked for a quote · +30 Sent a form"
    assert nobody_else(sara)
    assert (follow_entries(HAMRAH), waiting()) == (0, 0)


@pytest.mark.mission(34)
def test_it_is_said_in_the_readers_own_language(app: Flask, sara: Viewer) -> None:
    db.session.execute(
        update(User).where(User.id == sara.id).values(language="fa", calendar="jalali")
    )
    db.session.commit()
    heat(factories.a_lead(sara, "رضا کریمی"))
    follow_entries(HAMRAH)
    (words,) = said(sara, PERSIAN)
    assert "رضا کریمی" in words.title
    assert words.body.startswith("+۳۰ ")
    assert "quote" not in words.body


@pytest.mark.mission(34)
def test_a_lead_that_comes_hot_and_is_given_away_rings_once_and_says_that_it_is_hot(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    rule(admin)
    arrive()
    assert follow_entries(HAMRAH) == 2
    assert kinds(sara) == ["hot_lead"]
    assert nobody_else(sara)


@pytest.mark.mission(34)
def test_what_is_nobodys_is_told_to_who_decides(
    app: Flask, admin: Viewer, leila: Viewer, clock: MovableClock
) -> None:
    arrive()
    follow_entries(HAMRAH)
    assert kinds(admin) == ["hot_lead"]
    assert told(admin)[0].escalate_at is None
    rule(admin)
    cool = receive_lead(HAMRAH, Arrival({"name": "Cool", "phones": ["09121111111"]}))
    follow_entries(HAMRAH)
    for _turn in range(3):
        clock.move(hours=2)
        pass_on_unclaimed(HAMRAH)
        follow_entries(HAMRAH)
    assert db.session.get_one(Lead, cool).owner_id is None
    assert kinds(leila) == ["lead_waiting"]
    assert said(leila)[0].body == "2 people did not take it"
    assert kinds(admin) == ["hot_lead"]


def test_who_is_given_a_lead_hears_of_it_unless_he_took_it_himself(
    app: Flask, sara: Viewer, omid: Viewer, leila: Viewer
) -> None:
    lead = factories.a_lead(sara)
    update_lead(leila, lead.id, {"owner_id": omid.id})
    update_lead(leila, lead.id, {"owner_id": leila.id})
    update_lead(leila, lead.id, {"owner_id": omid.id})
    follow_entries(HAMRAH)
    assert set(kinds(omid)) == {"lead_assigned"}
    assert nobody_else(omid)
    assert said(omid)[0].title.startswith("A lead for you: Reza Karimi")


def test_the_one_who_made_it_hot_is_not_told(app: Flask, sara: Viewer, admin: Viewer) -> None:
    lead = factories.a_lead(sara)
    add_touches(sara, lead.id, hot_signs())
    nobodys = factories.a_lead(None)
    add_touches(admin, nobodys.id, hot_signs())
    # Nor is who covers for him of what he did himself.
    set_away(sara, sara.id, {"away_from": "2026-11-24"})
    assert follow_entries(HAMRAH) == 2
    assert nobody_else()


@pytest.mark.mission(53)
def test_a_deal_won_is_told_to_the_owners_manager_and_not_if_that_was_undone(
    app: Flask, sara: Viewer, leila: Viewer
) -> None:
    account = factories.an_account(sara, "Acme")
    deal = factories.a_deal(sara, "50 seats", account_id=account.id)
    entry = move_deal(sara, deal.id, {"stage_id": factories.stage("won").id})
    assert entry is not None
    undo_move(sara, deal.id, entry)
    follow_entries(HAMRAH)
    assert told(leila) == []
    move_deal(sara, deal.id, {"stage_id": factories.stage("won").id})
    follow_entries(HAMRAH)
    (words,) = said(leila)
    assert words.title == "Deal won: 50 seats · Acme"
    assert words.body == "Sara Ahmadi · 200m toman"
    assert nobody_else(leila)


def test_a_manager_who_wins_or_moves_it_himself_is_not_told(
    app: Flask, sara: Viewer, leila: Viewer
) -> None:
    won = {"stage_id": factories.stage("won").id}
    move_deal(leila, factories.a_deal(sara).id, won)
    move_deal(leila, factories.a_deal(leila).id, won)
    follow_entries(HAMRAH)
    assert nobody_else()


def test_nobody_reads_the_name_of_a_customer_that_is_not_his_to_see(
    app: Flask, sara: Viewer, leila: Viewer, nika: Viewer
) -> None:
    secret = factories.an_account(nika, "Secret Ltd")
    deal = factories.a_deal(sara, "50 seats", account_id=secret.id)
    move_deal(sara, deal.id, {"stage_id": factories.stage("won").id})
    follow_entries(HAMRAH)
    assert "Secret" not in str(told(leila)[0].data)


@pytest.mark.mission(53)
def test_while_somebody_is_away_his_cover_is_told_else_his_manager(
    app: Flask, sara: Viewer, omid: Viewer, leila: Viewer
) -> None:
    away = {"away_from": "2026-11-24"}
    set_away(sara, sara.id, away)
    heat(factories.a_lead(sara, "First"))
    follow_entries(HAMRAH)
    assert said(leila)[0].body.endswith("for Sara Ahmadi, who is away")
    set_away(sara, sara.id, away | {"cover_id": omid.id})
    heat(factories.a_lead(sara, "Second"))
    follow_entries(HAMRAH)
    assert "Second" in said(omid)[0].title
    set_away(omid, omid.id, away)
    heat(factories.a_lead(sara, "Third"))
    follow_entries(HAMRAH)
    assert [words.title for words in said(leila)] == ["Hot lead: First", "Hot lead: Third"]
    assert told(sara) == []


def test_a_cover_who_may_not_see_it_is_not_told(
    app: Flask, sara: Viewer, omid: Viewer, leila: Viewer
) -> None:
    set_away(sara, sara.id, {"away_from": "2026-11-24", "cover_id": omid.id})
    db.session.execute(update(Team).where(Team.id == NORTH).values(is_shared=False))
    db.session.commit()
    heat(factories.a_lead(sara))
    follow_entries(HAMRAH)
    assert nobody_else(leila)


def test_who_left_is_never_told(app: Flask, sara: Viewer, leila: Viewer) -> None:
    lead = factories.a_lead(sara)
    db.session.execute(update(User).where(User.id == sara.id).values(is_active=False))
    db.session.commit()
    heat(lead)
    follow_entries(HAMRAH)
    assert told(sara) == []
    assert kinds(leila) == ["hot_lead"]


def test_what_happened_long_ago_is_no_news(app: Flask, sara: Viewer, clock: MovableClock) -> None:
    heat(factories.a_lead(sara))
    clock.move(hours=4)
    assert follow_entries(HAMRAH) == 1
    assert told(sara) == []
    assert waiting() == 0


def test_a_repeat_replaces_what_nobody_has_seen(app: Flask, sara: Viewer, leila: Viewer) -> None:
    lead = factories.a_lead(sara)
    for heat_by_hand in ("hot", "cold", "hot"):
        update_lead(leila, lead.id, {"heat": heat_by_hand})
    follow_entries(HAMRAH)
    old, new = told(sara)
    assert (old.replaced_by_id, new.count) == (new.id, 2)
    see_alerts(sara, product_clock.now())
    update_lead(leila, lead.id, {"heat": "cold"})
    update_lead(leila, lead.id, {"heat": "hot"})
    follow_entries(HAMRAH)
    assert told(sara)[-1].count == 1


def test_two_workers_at_once_tell_each_thing_once(app: Flask, sara: Viewer) -> None:
    for n in range(40):
        heat(factories.a_lead(sara, f"Lead {n}"))
    done = sum(at_once(app, [lambda: follow_entries(HAMRAH, 15)] * 4))
    while some := follow_entries(HAMRAH, 15):
        done += some
    assert (done, len(told(sara)), waiting()) == (40, 40, 0)


def test_a_worker_killed_in_between_loses_and_doubles_nothing(app: Flask, sara: Viewer) -> None:
    for n in range(5):
        heat(factories.a_lead(sara, f"Lead {n}"))
    written: list[str] = []

    def dies(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO alert "):
            written.append(statement)
            if len(written) == 4:
                raise SystemExit

    event.listen(db.engine, "before_cursor_execute", dies)
    try:
        with pytest.raises(SystemExit):
            follow_entries(HAMRAH)
    finally:
        event.remove(db.engine, "before_cursor_execute", dies)
    assert (told(sara), waiting(), len(written)) == ([], 5, 4)
    follow_entries(HAMRAH)
    assert (len(told(sara)), waiting()) == (5, 0)
