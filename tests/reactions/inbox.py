"""What the tests of alerts ask: what somebody was told, and to do what the worker would."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from crm.alerts.models import Alert
from crm.alerts.wording import Words, words
from crm.database import db
from crm.i18n import Locale, use_locale
from crm.users.viewer import Viewer, system_viewer

HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
PERSIAN = Locale("fa", "jalali", "Asia/Tehran")


def told(person: Viewer) -> list[Any]:
    """Return the alerts of one person, the first first."""
    db.session.rollback()
    mine = select(Alert.__table__).where(Alert.user_id == person.id)
    return list(db.session.execute(mine.order_by(Alert.at, Alert.id)))


def kinds(person: Viewer) -> list[str]:
    return [alert.kind for alert in told(person)]


def said(person: Viewer, locale: Locale | None = None) -> list[Words]:
    """Return what his alerts say."""
    with use_locale(locale or person.locale):
        return [words(alert) for alert in told(person)]


def nobody_else(*people: Viewer) -> bool:
    """Whether only these were told something."""
    db.session.rollback()
    heard = set(db.session.scalars(select(Alert.user_id)))
    return heard == {person.id for person in people}
