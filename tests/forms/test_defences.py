"""How robots are told from people, and how much of either is let through."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.database import db, new_id
from crm.forms.limits import Buckets
from crm.forms.models import FormSubmission
from crm.forms.rules import suspicions
from crm.forms.seals import make_seal, read_seal
from crm.forms.taking import Sent, take_submission
from crm.i18n import Locale
from crm.leads.models import Lead, Touch
from crm.users.viewer import Viewer, system_viewer
from tests.clock import MovableClock
from tests.factories import a_form
from tests.faults.test_at_once import at_once


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "Win at www.casino.top"}, ["link_in_name"]),
        ({"name": "N", "needs": "https://a.example/x " * 3}, ["links"]),
        ({"name": "N", "needs": "[url=x]buy[/url]"}, ["links"]),
        ({"name": "N", "needs": "BUY OUR CHEAP THINGS RIGHT NOW"}, ["shouting"]),
        ({"name": "J. R. Smith", "company": "booking.com", "needs": "See our.io and NATO"}, []),
        ({"name": "ندا امیری", "needs": "پیش‌فاکتور ۴۰ کاربر"}, []),
    ],
)
def test_odd_words_are_named(fields: dict[str, str], why: list[str]) -> None:
    assert suspicions(fields) == why


def test_a_seal_says_when_and_for_which_form(clock: MovableClock) -> None:
    seal = make_seal("secret", "form 1")
    assert read_seal("secret", "form 1", seal).fault == "too_quick"
    clock.move(seconds=2)
    good = read_seal("secret", "form 1", seal)
    assert (good.fault, bool(good.submission_id)) == ("", True)
    assert read_seal("secret", "form 2", seal) == (None, "forged")
    assert read_seal("other", "form 1", seal) == (None, "forged")
    assert read_seal("secret", "form 1", seal[:-1]) == (None, "forged")
    clock.move(hours=24)
    assert read_seal("secret", "form 1", seal).fault == "stale"


def test_a_bucket_lets_a_burst_through_and_fills_again(clock: MovableClock) -> None:
    buckets = Buckets(burst=3, per_minute=6)
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b")
    clock.move(seconds=10)
    assert [buckets.take("a") for _ in range(2)] == [True, False]
    clock.move(seconds=-3600)
    assert [buckets.take("b") for _ in range(3)] == [True, True, False], "put back, takes nothing"


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.forms.limits.MOST_BUCKETS", 2)
    buckets = Buckets(burst=1, per_minute=1)
    assert [buckets.take(key) for key in "abca"] == [True] * 4


@pytest.mark.parametrize("is_sealed", [True, False])
def test_eight_taps_at_one_moment_are_one_lead(app: Flask, admin: Viewer, is_sealed: bool) -> None:
    form_id = a_form(admin).id
    sent = Sent(
        {"name": "Neda Amiri", "phone": "09121234567"},
        submission_id=new_id() if is_sealed else None,
    )
    hamrah = system_viewer(Locale())
    taps = at_once(app, [lambda: take_submission(hamrah, form_id, sent)] * 8)
    assert len(set(taps)) == 1
    for model in (Lead, FormSubmission, Touch):
        assert db.session.scalar(select(func.count()).select_from(model)) == 1
