"""Puts a value that two people saw differently into words, for the answer and for the card."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from crm import clock
from crm.accounts.models import Account, Contact
from crm.accounts.naming import name_of
from crm.database import db
from crm.deals.models import LOST_REASONS, Stage
from crm.i18n import _, current_locale, format_phone, formatting, money, percent
from crm.leads.models import HEAT_NAMES
from crm.products.models import Product
from crm.users.models import User
from crm.users.viewer import Viewer

Value = Mapping[str, Any]


def words_of(viewer: Viewer, field: str, said: Value) -> str:
    """Return a decision's value as the viewer reads it. `said` is {"value", …} as it is kept."""
    value = said.get("value")
    if value in (None, "", []):
        return _("nothing")
    if speak := _SPOKEN.get(field):
        return str(speak(viewer, said))
    if isinstance(value, list):
        return _(", ").join(str(v["value"] if isinstance(v, dict) else v) for v in value)
    try:
        return formatting.date(date.fromisoformat(value)) if field in _DAYS else str(value)[:200]
    except (TypeError, ValueError):
        return str(value)[:200]


def _stage(_viewer: Viewer, said: Value) -> str:
    stage = db.session.get(Stage, said["value"])
    label = stage.label if stage else "?"
    if not said.get("lost_reason"):
        return label
    return _("%(stage)s (%(reason)s)", stage=label, reason=_reason(_viewer, said, "lost_reason"))


def _reason(_viewer: Viewer, said: Value, key: str = "value") -> str:
    reason = str(said[key])
    return _(LOST_REASONS.get(reason, reason))


def _amount(_viewer: Viewer, said: Value) -> str:
    return money(int(said["value"]), str(said.get("currency") or _viewer.currency))


def _phones(_viewer: Viewer, said: Value) -> str:
    region = current_locale().region
    return _(", ").join(format_phone(one["value"], region) for one in said["value"])


def _heat(_viewer: Viewer, said: Value) -> str:
    return _(HEAT_NAMES.get(said["value"], str(said["value"])))


def _named(model: Any) -> Any:
    def speak(viewer: Viewer, said: Value) -> str:
        if model in (Account, Contact):
            return name_of(viewer, model, said["value"]) or "?"
        row = db.session.get(model, said["value"])
        return row.name if row else "?"

    return speak


_DAYS = ("birthday", "customer_since", "contract_ends_on", "expected_close_on", "opened_on")
_SPOKEN: dict[str, Any] = {
    "stage": _stage,
    "lost_reason": _reason,
    "amount": _amount,
    "phones": _phones,
    "heat": _heat,
    "probability": lambda _viewer, said: percent(said["value"]),
    "account_id": _named(Account),
    "parent_id": _named(Account),
    "contact_id": _named(Contact),
    "owner_id": _named(User),
    "product_id": _named(Product),
}


def user_name(user_id: str | None) -> str | None:
    """Return the name of a person, None where nobody knows who it was."""
    user = db.session.get(User, user_id) if user_id else None
    return user.name if user else None


def both_words(
    theirs: str,
    who: str | None,
    at: datetime | None,
    yours: str,
    author: str | None,
    captured_at: datetime,
    was_offline: bool,
) -> str:
    """Return «Ali: Lost 14:30 · you: Won 14:02, offline»; `author` is None for the reader."""
    now = clock.now()
    first = f"{theirs} {formatting.timeline_time(at, now)}" if at else theirs
    second = f"{yours} {formatting.timeline_time(captured_at, now)}"
    if was_offline:
        second = _("%(what)s, offline", what=second)
    rival, mine = who or _("Now"), author or _("you")
    return _(
        "%(rival)s: %(theirs)s · %(you)s: %(yours)s",
        rival=rival,
        theirs=first,
        you=mine,
        yours=second,
    )
