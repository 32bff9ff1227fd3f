"""Says that somebody is away, and who may cover for him."""

from __future__ import annotations

from typing import Any

from crm import clock
from crm.i18n import _, formatting
from crm.users.away import cover_choices, is_away
from crm.web.rendering import viewer


def away_words(person: Any) -> str:
    """Return «Away until 26 Nov», or nothing for who is here."""
    today = formatting.local(clock.now()).date()
    if not is_away(person.away_from, person.away_until, today):
        return ""
    if person.away_until is None:
        return _("Away")
    return _("Away until %(day)s", day=formatting.date(person.away_until, today=today))


def covers_for(user_id: str) -> list[tuple[str, str]]:
    """Return who may be told in somebody's place, for a choice; first nobody."""
    return [("", "–"), *cover_choices(viewer(), user_id)]
