"""The ways a letter could go to a customer by itself, each tried for real."""

from __future__ import annotations

from crm import installation
from crm.database import command, db, new_id
from crm.i18n import Locale
from crm.mail.models import MailMessage
from crm.mail.outbox import queue_mail
from crm.mail.people import Recipient
from crm.mail.sending import send_waiting
from crm.mail.settings import update_settings
from crm.users.viewer import Viewer, system_viewer
from tests import people
from tests.factories import a_letter
from tests.mail import servers
from tests.mail.conftest import HERE, settings_for

HAMRAH = system_viewer(Locale())


@command
def _queue(_actor: Viewer, who: dict[str, str]) -> str:
    reader = Recipient("reza@example.com", "Reza", "en", {"name": "Reza"}, records=dict(who))
    return queue_mail(reader, kind="card", template="card", cause=new_id())


def queues(who: dict[str, str]) -> bool:
    """Whether a letter to this customer is let into the outbox."""
    return db.session.get_one(MailMessage, _queue(HAMRAH, who)).status == "waiting"


def sends(who: dict[str, str]) -> bool:
    """Whether a letter that waits already goes out, to a server that takes it."""
    secret, before = installation.secret(), installation.address()
    installation.configure(secret, HERE)
    try:
        with servers.post_office() as post:
            update_settings(people.PEOPLE["admin"], settings_for(post.port))
            a_letter(**who)
            send_waiting(HAMRAH)
            return bool(post.letters)
    finally:
        installation.configure(secret, before)
