"""What a letter's reader did with it, as far as he agreed that we look."""

from __future__ import annotations

from datetime import timedelta

from crm import clock
from crm.database import command, db
from crm.mail.letters import links_in
from crm.mail.models import MailMessage, Status
from crm.mail.optouts import touch_lead
from crm.mail.outbox import tell_timeline
from crm.users.viewer import Viewer

#: Who is quicker is a program that looks at letters before they are put into the box.
LEAST = timedelta(seconds=5)


def find_link(message_id: str, number: str) -> str | None:
    """Return an address that stands in this very letter; None: no such one."""
    message = db.session.get(MailMessage, message_id)
    links = links_in(message.body) if message is not None and message.is_tracked else []
    is_number = number.isascii() and number.isdigit() and len(number) <= 3
    return links[int(number)] if is_number and int(number) < len(links) else None


def may_count(message_id: str, what: str) -> bool:
    """Whether this is news: asked first, so that a picture loaded again writes nothing."""
    message = db.session.get(MailMessage, message_id)
    return message is not None and _is_news(message, what)


def _is_news(message: MailMessage, what: str) -> bool:
    read = message.is_tracked and message.status == Status.SENT and message.sent_at is not None
    if not read or message.sent_at is None or clock.now() - message.sent_at < LEAST:
        return False
    return getattr(message, f"{what}_at") is None


@command
def note_reading(_actor: Viewer, message_id: str, what: str) -> None:
    """Write that a letter was opened or a link of it clicked; each counts once."""
    message = db.session.get(MailMessage, message_id, with_for_update=True, populate_existing=True)
    if message is None or not _is_news(message, what):
        return
    setattr(message, f"{what}_at", clock.now())
    tell_timeline(f"mail.{what}", message)
    touch_lead(message, f"email_{what}")


def language_of(message_id: str) -> str | None:
    """Return in which language a letter was written; None where it is gone."""
    message = db.session.get(MailMessage, message_id)
    return message.language if message is not None else None
