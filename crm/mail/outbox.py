"""The outbox: a letter is a row first, then claimed for a while, sent, and settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, text

from crm import clock
from crm.database import command, db, new_id
from crm.mail.faults import FINAL, OF_SERVER, MailFault
from crm.mail.gate import why_not
from crm.mail.models import ONLY, MailMessage, MailSettings, Status, Why
from crm.mail.optouts import keep_optout
from crm.mail.people import Recipient
from crm.mail.settings import note_trouble
from crm.mail.templates import fill, read_template
from crm.timeline.record import record
from crm.users.viewer import SYSTEM_ID, Viewer, require_admin

#: As the index has it: SQLite takes that only for the same words.
_OPEN = text("mail_message.status IN ('waiting', 'claimed')")
#: Longer than the longest conversation about one letter (crm/mail/servers.py).
LEASE = timedelta(minutes=5)
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)
MINUTE = timedelta(minutes=1)
RECORDS = ("lead_id", "contact_id", "account_id", "deal_id")


def compose(recipient: Recipient, template: str, more: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and body for one customer, in his language."""
    words = read_template(template).words[recipient.language]
    return fill(words, recipient.values | dict(more))


def draft(
    recipient: Recipient, kind: str, template: str, cause: str, more: Mapping[str, str]
) -> MailMessage:
    """Return a letter that is not in the outbox yet."""
    subject, body = compose(recipient, template, more)
    now = clock.now()
    return MailMessage(
        id=new_id(),
        kind=kind,
        template=template,
        cause=cause,
        to=recipient.to,
        to_name=recipient.name,
        user_id=recipient.user_id,
        language=recipient.language,
        subject=subject,
        body=body,
        is_tracked=recipient.is_tracked,
        status=Status.WAITING.value,
        attempts=0,
        next_at=now,
        created_at=now,
        **recipient.records,
    )


def queue_mail(
    recipient: Recipient,
    *,
    kind: str,
    template: str,
    cause: str,
    more: Mapping[str, str] | None = None,
) -> str:
    """Put a letter into the outbox, inside a command; return its id.

    One cause sends once: the second time the first letter's id is returned. A letter that the gate
    stops stands there too, with the reason.
    """
    known = select(MailMessage.id).where(MailMessage.cause == cause)
    if (found := db.session.scalars(known).first()) is not None:
        return found
    message = draft(recipient, kind, template, cause, more or {})
    db.session.add(message)
    _stop(message, why_not(message))
    db.session.flush()
    return message.id


def _stop(message: MailMessage, why: str) -> bool:
    if why:
        message.status, message.reason, message.lease_until = Status.STOPPED.value, why, None
    return bool(why)


@command
def claim(_actor: Viewer) -> MailMessage | None:
    """Take the letter that waits longest, for as long as the lease; None where none may go now.

    Whoever is killed after this leaves a letter that is claimed again when the lease is over.
    """
    now = clock.now()
    # Held by whoever claims: so the rate is that of all workers together.
    settings = db.session.get_one(MailSettings, ONLY, with_for_update=True)
    while (message := _next(now)) is not None:
        if _stop(message, why_not(message)):
            db.session.flush()
            continue
        if _sent_since(now - MINUTE, now) >= settings.rate_per_minute:
            return None
        message.status, message.lease_until = Status.CLAIMED.value, now + LEASE
        message.attempts += 1
        db.session.flush()
        db.session.expunge(message)
        return message
    return None


def _next(now: Any) -> MailMessage | None:
    due = or_(
        MailMessage.status == Status.WAITING.value,
        (MailMessage.status == Status.CLAIMED.value) & (MailMessage.lease_until <= now),
    )
    return db.session.scalars(
        select(MailMessage)
        .where(_OPEN, MailMessage.next_at <= now, due)
        .order_by(MailMessage.next_at, MailMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()


def _sent_since(since: Any, now: Any) -> int:
    sent = select(func.count()).where(MailMessage.sent_at > since)
    claimed = select(func.count()).where(
        MailMessage.status == Status.CLAIMED.value, MailMessage.lease_until > now
    )
    return int((db.session.scalar(sent) or 0) + (db.session.scalar(claimed) or 0))


@command
def settle_sent(_actor: Viewer, message_id: str, attempts: int) -> None:
    """Say that a server took the letter. Who lost his lease meanwhile says nothing."""
    message = _mine(message_id, attempts)
    if message is None:
        return
    message.status, message.sent_at = Status.SENT.value, clock.now()
    message.lease_until = message.reason = message.detail = None
    note_trouble(None)
    tell_timeline("mail.sent", message)


@command
def settle_fault(_actor: Viewer, message_id: str, attempts: int, fault: MailFault) -> None:
    """Say that it did not go: tried again ever later, or given up with the reason."""
    if fault.code in OF_SERVER:
        note_trouble(fault)
    message = _mine(message_id, attempts)
    if message is None:
        return
    now = clock.now()
    message.lease_until, message.reason, message.detail = None, fault.code, fault.detail
    wait = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 20))
    if fault.code in FINAL:
        message.status = Status.FAILED.value
        tell_timeline("mail.failed", message)
        if fault.code == "nobody":
            keep_optout(message.to, Why.BOUNCED)
    elif now + wait > message.created_at + GIVE_UP_AFTER:
        message.status, message.reason = Status.FAILED.value, "too_old"
        message.detail = f"{fault.code} {fault.detail}".strip()
        tell_timeline("mail.failed", message)
    else:
        message.status, message.next_at = Status.WAITING.value, now + wait


def _mine(message_id: str, attempts: int) -> MailMessage | None:
    """Return the letter if the claim still holds: each claim counts one attempt."""
    message = db.session.get(MailMessage, message_id, with_for_update=True)
    held = message is not None and message.status == Status.CLAIMED
    return message if message is not None and held and message.attempts == attempts else None


def tell_timeline(kind: str, message: MailMessage, **more: Any) -> None:
    """Write what became of a letter into its people's timelines, inside a command."""
    records = {name: getattr(message, name) for name in RECORDS}
    if any(records.values()):
        data = {"subject": message.subject, "template": message.template, **more}
        record(kind, SYSTEM_ID, data=data, **records)


def last_messages(viewer: Viewer, limit: int = 50) -> Sequence[MailMessage]:
    """Return the newest letters, whatever became of them; admins alone."""
    require_admin(viewer)
    newest = select(MailMessage).order_by(MailMessage.created_at.desc(), MailMessage.id.desc())
    return db.session.scalars(newest.limit(limit)).all()


def counts(viewer: Viewer) -> dict[str, int]:
    """Return how many letters stand in the outbox, by status; admins alone."""
    require_admin(viewer)
    by_status = select(MailMessage.status, func.count()).group_by(MailMessage.status)
    return {row[0]: row[1] for row in db.session.execute(by_status)}
