"""Who calls is told at once, in his language; who may not see the deal reads no more."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm import clock as product_clock
from crm.alerts.models import Alert
from crm.alerts.wording import words
from crm.database import db
from crm.deals.models import Deal
from crm.i18n import Locale
from crm.stops.noticing import notice_crossings
from crm.stops.queries import my_stops, stops_on
from crm.stops.rule_book import (
    change_stop_rule,
)
from crm.users.models import User
from crm.users.viewer import Viewer, system_viewer
from tests import factories
from tests.stops.cases import BELOW, BIG, LIMIT, call, count, grow, opened


@pytest.mark.mission(112)
def test_the_manager_of_the_owners_team_is_told_by_default(
    deal: Deal, sara: Viewer, leila: Viewer
) -> None:
    grow(sara, deal)
    (stop,) = opened()
    assert stop.told_user_id == leila.id
    alert = db.session.scalars(select(Alert)).one()
    assert (alert.user_id, alert.kind, alert.cause) == (leila.id, "deal_stopped", stop.id)
    assert (alert.url, alert.deal_id) == (f"/deals/{deal.id}", deal.id)
    said = words(alert)
    assert said.title == "Call 50 seats · Acme yourself"
    assert "500m toman" in said.body
    assert [row.Stop.id for row in my_stops(leila)] == [stop.id]


def test_whom_the_rule_names_is_told_if_he_is_here_and_sees_the_deal(
    app: Flask, deal: Deal, sara: Viewer, reza: Viewer, leila: Viewer, admin: Viewer, rule: str
) -> None:
    def told_when(name: Viewer, **away: Any) -> str | None:
        db.session.execute(update(User).values(away_from=None, away_until=None))
        if away:
            db.session.execute(update(User).where(User.id == name.id).values(**away))
        db.session.commit()
        change_stop_rule(admin, rule, {**BIG, "user_id": name.id})
        grow(sara, deal, BELOW)
        grow(sara, deal)
        told = opened()[0].told_user_id
        call(sara, deal={"id": deal.id})
        return told

    today = product_clock.now().date()
    assert told_when(admin) == admin.id
    assert told_when(reza) == leila.id, "he could not open it"
    assert told_when(leila, away_from=today) == admin.id
    assert told_when(admin, away_from=today) == leila.id


def test_whose_call_it_is_finds_it_on_today_until_the_call(
    deal: Deal, sara: Viewer, leila: Viewer, new_client: Any
) -> None:
    grow(sara, deal)
    row = f'href="/deals/{deal.id}"'
    page = new_client(leila).get("/today").get_data(as_text=True)
    assert row in page
    assert "Automation stopped: a person must call" in page
    assert "person must call" not in new_client(sara).get("/today").get_data(as_text=True)
    call(leila, deal={"id": deal.id})
    assert row not in new_client(leila).get("/today").get_data(as_text=True)


def test_who_caused_it_himself_is_not_alerted_but_it_is_his_call(deal: Deal, leila: Viewer) -> None:
    grow(leila, deal)
    assert opened()[0].told_user_id == leila.id
    assert count(Alert) == 0


def test_many_at_once_are_one_alert_that_counts(rule: str, sara: Viewer, leila: Viewer) -> None:
    for n in range(5):
        factories.a_deal(sara, f"Deal {n}", amount=LIMIT + n)
    assert notice_crossings(system_viewer(Locale()), 100) == 5
    alert = db.session.scalars(select(Alert)).one()
    assert alert.data["name"] == "Deal 4"
    assert alert.data["line"].endswith("and 4 others")


def test_who_does_not_see_the_deal_reads_only_that_somebody_must_call(
    deal: Deal, sara: Viewer, nika: Viewer
) -> None:
    grow(sara, deal)
    assert [row.deal_name for row in stops_on(sara, account_id=deal.account_id)] == ["50 seats"]
    assert [row.deal_name for row in stops_on(nika, account_id=deal.account_id)] == [None]
