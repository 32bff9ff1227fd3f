"""What an alert says: all of it in the app, nobody's name on a lock screen, in both languages."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from crm.alerts.kinds import CHOSEN, AlertKind
from crm.alerts.wording import kind_label, ordinal, words
from crm.i18n import Locale
from crm.i18n.locale import use_locale

PERSIAN = Locale("fa", "jalali", "Asia/Tehran")
CANARY = {
    "name": "CANARY-NAME", "company": "CANARY-COMPANY", "subject": "CANARY-SUBJECT",
    "line": "CANARY-LINE", "time": "14:30", "years": 10, "kinds": {"deal_won": 2},
}  # fmt: skip


def row(kind: AlertKind, count: int = 1, **data: object) -> SimpleNamespace:
    return SimpleNamespace(kind=kind.value, data=data, count=count)


@pytest.mark.parametrize("kind", AlertKind)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_no_name_stands_on_a_lock_screen_unless_chosen(kind: AlertKind, language: str) -> None:
    with use_locale(Locale(language)):
        hushed = words(row(kind, **CANARY), names=False)
        said = words(row(kind, **CANARY))
    assert "CANARY" not in hushed.title + hushed.body
    assert hushed.title
    assert kind not in CHOSEN or "CANARY" in said.title


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_says_something_with_nothing_to_say(kind: AlertKind) -> None:
    assert words(row(kind)).title
    assert kind_label(kind)


@pytest.mark.mission(53)
def test_a_tenth_anniversary_is_said_as_a_rep_would_say_it() -> None:
    tenth = row(AlertKind.ANNIVERSARY, name="Maryam Sadr", years=10)
    said = words(tenth)
    assert said.title == "Today is the 10th anniversary of Maryam Sadr with us"
    assert said.body == "Send a handwritten personal message."
    with use_locale(PERSIAN):
        said = words(row(AlertKind.ANNIVERSARY, name="مریم صدر", years=10))
    assert "دهمین سالگرد" in said.title
    assert "مریم صدر" in said.title


def test_a_subject_that_came_up_often_says_how_often() -> None:
    assert words(row(AlertKind.DEAL_WON, 3, name="Acme")).title == "Deal won: Acme · 3 times"


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (10, "10th"), (11, "11th"), (12, "12th"), (21, "21st")],
)
def test_ranks_are_written_as_english_has_them(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_there_are_kinds_to_choose_from() -> None:
    assert set(AlertKind) - set(CHOSEN) == {AlertKind.DIGEST, AlertKind.TEST}
