"""Tells people by e-mail what they want by e-mail, or no phone of theirs can ring for."""

from __future__ import annotations

import logging
import smtplib
import ssl
from contextlib import ExitStack
from email.message import EmailMessage

from crm import installation
from crm.alerts.sending import Claimed, claim_deliveries, settle_delivery
from crm.alerts.wording import words
from crm.company.queries import get_company
from crm.database import db
from crm.i18n.locale import use_locale
from crm.mail.faults import OF_SERVER, MailFault
from crm.mail.models import MailSettings
from crm.mail.sending import can_send, hand_over, note
from crm.mail.servers import smtp
from crm.mail.settings import read_settings, server_of
from crm.push.outcomes import Outcome, OutcomeKind
from crm.users.models import User
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer

log = logging.getLogger(__name__)
MOST_CLAIMED = 20


def send_alerts(actor: Viewer, most: int = 50, context: ssl.SSLContext | None = None) -> int:
    """Send the alerts that go by e-mail; return how many were claimed. No transaction is open while
    the server is spoken to: it calls commands, and runs not inside a command itself.

    To us, not to customers: the gate for those is no concern here. Without a server nothing is
    claimed, and what has run out meanwhile is given up later.
    """
    if not can_send():
        return 0
    claimed = claim_deliveries(actor, "email", min(most, MOST_CLAIMED))
    if not claimed:
        return 0
    settings, our_name = read_settings(), get_company().name
    server = server_of(settings, "smtp")
    letters = [(one, _letter(one, settings, our_name)) for one in claimed]
    db.session.rollback()
    with ExitStack() as held:
        line: smtplib.SMTP | None = None
        trouble = ""
        for one, letter in letters:
            try:
                if letter is not None and not trouble:
                    line = line or held.enter_context(smtp(server, context))
                    hand_over(line, letter)
                outcome = Outcome(OutcomeKind.DELIVERED)
            except MailFault as fault:
                outcome = Outcome(OutcomeKind.RETRY, fault.code)
                trouble = fault.code if fault.code in OF_SERVER else ""
            if letter is None:
                outcome = Outcome(OutcomeKind.REFUSED, "no address")
            elif trouble:
                outcome = Outcome(OutcomeKind.RETRY, trouble)
            settle_delivery(actor, one.id, outcome)
    return len(claimed)


def _letter(one: Claimed, settings: MailSettings, our_name: str) -> EmailMessage | None:
    user = db.session.get(User, one.user_id)
    if user is None or not user.is_active or not user.email:
        return None
    with use_locale(viewer_of(user.id).locale):
        said = words(one.alert)
    page = f"{installation.address()}{one.alert.url}"
    body = "\n\n".join(part for part in (said.body, page) if part)
    return note(settings, our_name, user.email, said.title, body, one.id)
