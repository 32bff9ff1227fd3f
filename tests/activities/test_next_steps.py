"""What usually follows an outcome, and when «in 3 days» is."""

from __future__ import annotations

from datetime import date

from crm.activities.models import OUTCOMES
from crm.activities.next_steps import FOLLOWS, NEXT_STEPS, at_ten, due_on
from crm.i18n import Locale

IRAN = Locale("fa", "jalali", "Asia/Tehran")
LONDON = Locale("en", "gregorian", "Europe/London")


def test_every_outcome_has_a_rule_whose_step_is_a_chip() -> None:
    assert set(FOLLOWS) == set(OUTCOMES)
    assert all(follow.step is None or follow.step in NEXT_STEPS for follow in FOLLOWS.values())


def test_nobody_is_called_on_an_iranian_friday() -> None:
    thursday = date(2026, 11, 26)
    assert due_on("tomorrow", thursday, IRAN) == date(2026, 11, 28)


def test_nobody_is_called_on_a_western_weekend() -> None:
    friday = date(2026, 11, 27)
    assert due_on("tomorrow", friday, LONDON) == date(2026, 11, 30)


def test_ten_in_the_morning_is_the_readers_ten() -> None:
    assert at_ten(date(2026, 11, 24), IRAN).isoformat() == "2026-11-24T06:30:00+00:00"
    assert at_ten(date(2026, 7, 1), LONDON).isoformat() == "2026-07-01T09:00:00+00:00"
