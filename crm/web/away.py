"""Says that somebody is away."""

from __future__ import annotations

from typing import Any

from crm import clock
from crm.i18n import _, formatting
from crm.users.away import is_away


def away_words(person: Any) -> str:
    """Return «Away until 26 Nov», or nothing for who is here."""
    today = formatting.local(clock.now()).date()
    if not is_away(person.away_from, person.away_until, today):
        return ""
    if person.away_until is None:
        return _("Away")
    return _("Away until %(day)s", day=formatting.date(person.away_until, today=today))
