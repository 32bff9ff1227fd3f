"""Sends what waits in the outbox: claimed, sent outside of any transaction, settled."""

from __future__ import annotations

import logging
import smtplib
import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from crm import clock, installation
from crm.company.queries import get_company
from crm.database import db, new_id
from crm.mail.addresses import mailbox, one_line
from crm.mail.faults import OF_SERVER, MailFault
from crm.mail.letters import write
from crm.mail.models import MailMessage, MailSettings
from crm.mail.outbox import claim, settle_fault, settle_sent
from crm.mail.servers import imap, post, smtp
from crm.mail.settings import get_settings, read_settings, server_of
from crm.users.models import User
from crm.users.viewer import Viewer

log = logging.getLogger(__name__)
#: After trouble the server is left alone for so long; a wrong password too often locks us out.
PAUSE, PASSWORD_PAUSE = timedelta(minutes=1), timedelta(minutes=15)


def send_waiting(actor: Viewer, most: int = 50, context: ssl.SSLContext | None = None) -> int:
    """Send what is due and return how many letters were settled. No transaction is open while a
    server is spoken to: it calls commands, and runs not inside a command itself.

    One conversation for all of them. Trouble with the server itself ends it: the letter at hand
    waits, the others were not even claimed.
    """
    settled = 0
    with ExitStack() as held:
        line: smtplib.SMTP | None = None
        while settled < most and can_send() and (message := claim(actor)) is not None:
            try:
                paper = _paper(message)
                letter = write(message, paper.settings, paper.our_name, paper.reply_to)
                line = line or held.enter_context(smtp(server_of(paper.settings, "smtp"), context))
                hand_over(line, letter)
            except MailFault as fault:
                settle_fault(actor, message.id, message.attempts, fault)
                if fault.code in OF_SERVER:
                    break
            except Exception:  # a letter that we cannot write must not hold the others up
                log.exception("letter %s cannot be written", message.id)
                settle_fault(actor, message.id, message.attempts, MailFault("later"))
            else:
                settle_sent(actor, message.id, message.attempts)
            settled += 1
    return settled


def can_send() -> bool:
    """Whether there is a server to send by, and no pause after trouble with it."""
    settings = read_settings()
    pause = PASSWORD_PAUSE if settings.last_error == "password" else PAUSE
    waits = settings.last_error_at is not None and clock.now() < settings.last_error_at + pause
    ready = bool(settings.smtp_host and installation.address()) and not waits
    db.session.rollback()
    return ready


@dataclass(frozen=True)
class _Paper:
    """What a letter needs besides its row, read before anybody is spoken to."""

    settings: MailSettings
    our_name: str
    reply_to: str | None


def _paper(message: MailMessage) -> _Paper:
    settings = read_settings()
    rep = db.session.get(User, message.user_id) if message.user_id else None
    reply_to = settings.reply_to or (rep.email if rep is not None else None)
    our_name = get_company().name
    db.session.expunge(settings)
    db.session.rollback()
    return _Paper(settings, our_name, reply_to)


def hand_over(line: smtplib.SMTP, letter: EmailMessage) -> None:
    """Give a letter to the server. Raises MailFault."""
    sender, to = letter["From"].addresses[0].addr_spec, letter["To"].addresses[0].addr_spec
    post(line, letter, sender, to)


def note(
    settings: MailSettings, our_name: str, to: str, subject: str, body: str, name: str
) -> EmailMessage:
    """Return a plain letter to one of us; `name` is what its Message-ID begins with."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = mailbox(settings.from_name or our_name, settings.from_address or "")
    letter["To"] = mailbox("", to)
    letter["Subject"] = one_line(subject)
    letter["Date"] = format_datetime(clock.now())
    domain = letter["From"].addresses[0].domain
    letter["Message-ID"] = f"<{name}@{domain}>"
    letter.set_content(body, cte="base64")
    return letter


def try_out(
    viewer: Viewer, to: str, subject: str, body: str, context: ssl.SSLContext | None = None
) -> None:
    """Send an admin a letter at once, and look whether the mailbox for bounces opens.

    Raises MailFault. It goes past the outbox and its gate: to whoever asked for it, at his click.
    """
    settings = get_settings(viewer)
    our_name = get_company().name
    server = server_of(settings, "smtp")
    box = server_of(settings, "imap") if settings.imap_host else None
    letter = note(settings, our_name, to, subject, body, new_id())
    db.session.rollback()
    with smtp(server, context) as line:
        hand_over(line, letter)
    if box is not None:
        with imap(box, context):
            pass
