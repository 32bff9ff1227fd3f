"""An admin changes what makes a lead hot, and sees beforehand whom it would move."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm import clock
from crm.database import db
from crm.leads.models import ScoreRule
from crm.leads.scoring import Sign
from crm.leads.touches import add_touches
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories
from tests.leads.rules import rule_id

NewClient = Callable[..., FlaskClient]
HOME = "/administration/scoring"


@pytest.fixture
def lead_id(app: Flask, sara: Viewer) -> str:
    lead_id = factories.a_lead(sara, name="Neda Amiri").id
    add_touches(sara, lead_id, [Sign("form", clock.now(), "Contact us")])
    return lead_id


def shown(signal: str) -> ScoreRule:
    db.session.expire_all()
    return db.session.get_one(ScoreRule, rule_id(signal))


@pytest.mark.mission(33, 35, 36)
def test_all_rules_stand_there_with_their_points(new_client: NewClient, admin: Viewer) -> None:
    page = new_client(admin).get(HOME).text
    for said in (
        "Sent a form",
        "Viewed a key page",
        "Followed a link in an e-mail",
        "Role",
        "City",
    ):
        assert said in page
    assert "+30" in page
    assert "−15" in page


def test_a_rule_is_changed_and_bad_input_is_said_at_its_field(
    new_client: NewClient, admin: Viewer
) -> None:
    client, url = new_client(admin), f"{HOME}/{rule_id('form')}"
    wrong = client.post(url, data={"points": "lots", "half_life": "0", "words": "quote, pricé"})
    assert wrong.status_code == 422
    assert "Write a whole number." in wrong.text
    assert "quote, pricé" in wrong.text
    saved = client.post(
        url,
        data={
            "points": "۵۵",
            "half_life": "7",
            "cap": "60",
            "words": "تماس، quote",
            "is_active": "on",
        },
    )
    assert saved.status_code == 303
    rule = shown("form")
    assert (rule.points, rule.half_life, rule.cap, rule.expires) == (55, 7, 60, None)
    assert rule.words == ["تماس", "quote"]
    assert "Scoring anew" not in client.get(HOME).text, "nobody to be scored"


def test_who_would_move_is_shown_and_nothing_is_saved(
    new_client: NewClient, admin: Viewer, lead_id: str
) -> None:
    client, url = new_client(admin), f"{HOME}/{rule_id('form')}"
    asked = {"points": "80", "half_life": "7", "is_active": "on", "preview": "1"}
    page = client.post(url, data=asked).text
    assert "1 lead would be warmer" in page
    assert "Cold to Hot" in page
    assert shown("form").points == 30
    assert "No lead would change its heat." in client.post(url, data=asked | {"points": "31"}).text
    lines = client.post(HOME, data={"warm_from": "20", "hot_from": "30", "preview": "1"}).text
    assert "Cold to Hot" in lines


def test_switching_a_rule_off_is_foreseen_too(
    new_client: NewClient, admin: Viewer, sara: Viewer, lead_id: str
) -> None:
    add_touches(sara, lead_id, [Sign("quote", clock.now())])
    page = new_client(admin).post(
        f"{HOME}/{rule_id('form')}", data={"points": "30", "preview": "1"}
    )
    assert "Warm to Cold" in page.text


def test_the_two_lines_keep_their_order(new_client: NewClient, admin: Viewer) -> None:
    answer = new_client(admin).post(HOME, data={"warm_from": "60", "hot_from": "50"})
    assert answer.status_code == 422
    assert "Hot begins above warm." in answer.text


def test_how_far_the_scoring_has_come_is_said(
    new_client: NewClient, admin: Viewer, lead_id: str
) -> None:
    client = new_client(admin)
    assert client.post(HOME, data={"warm_from": "20", "hot_from": "30"}).status_code == 303
    assert "Scoring anew: 0 of 1 leads" in client.get(HOME).text


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_rule_that_counts_against_a_lead_is_saved_as_it_stands_there(
    new_client: NewClient, admin: Viewer, language: str
) -> None:
    db.session.get_one(User, admin.id).language = language
    db.session.commit()
    client, url = new_client(admin), f"{HOME}/{rule_id('not_now')}"
    page = client.get(url).text
    points = re.search(r'name="points"[^>]*value="([^"]+)"', page)
    assert points
    assert client.post(url, data={"points": points[1], "is_active": "on"}).status_code == 303
    assert shown("not_now").points == -15
