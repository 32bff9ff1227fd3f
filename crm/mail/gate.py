"""The one gate: whatever goes to a customer by itself passes here, when queued and when sent."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from crm.accounts.models import Account, Contact
from crm.database import db
from crm.leads.models import Lead
from crm.mail.addresses import fold_address
from crm.mail.models import MailAutomation, MailMessage, MailOptout, Why
from crm.stops.queries import is_stopped

#: Says why this letter must not go, as a word of crm.mail.faults.FAULTS; "" where it may.
Check = Callable[[MailMessage], str]


def why_not(message: MailMessage) -> str:
    """Return why a letter must not go now, or ""; the only place that decides it."""
    return next((why for check in CHECKS if (why := check(message))), "")


def _has_address(message: MailMessage) -> str:
    return "" if message.to else "no_recipient"


def _is_wanted(message: MailMessage) -> str:
    here = select(MailOptout.why).where(MailOptout.address == fold_address(message.to))
    said = set(db.session.scalars(here))
    return next((why.value for why in Why if why in said), "")


def _is_there(message: MailMessage) -> str:
    """A letter about somebody who was put away meanwhile goes nowhere."""
    for model, key in (
        (Lead, message.lead_id),
        (Contact, message.contact_id),
        (Account, message.account_id),
    ):
        if key is None:
            continue
        record = db.session.get(model, key, populate_existing=True)
        if record is None or record.archived_at is not None:  # type: ignore[attr-defined]
            return "gone"
    return ""


def _is_on(message: MailMessage) -> str:
    on = select(MailAutomation.is_on).where(MailAutomation.key == message.kind)
    return "switched_off" if db.session.scalars(on).first() is False else ""


def _waits_for_a_human(message: MailMessage) -> str:
    stopped = is_stopped(message.account_id, message.contact_id, message.lead_id)
    return "human" if stopped else ""


#: Asked in this order; rate and lease are the outbox's own.
CHECKS: tuple[Check, ...] = (_has_address, _is_wanted, _is_on, _is_there, _waits_for_a_human)
