"""`flask doctor`: whether the mail server answers, and what was last wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crm.cli.doctor import Finding


def mail(_config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look whether letters can go out: sign in to the server, as sending would."""
    from sqlalchemy.exc import SQLAlchemyError

    from crm import installation
    from crm.database import db
    from crm.mail.faults import tell
    from crm.mail.settings import read_settings

    try:
        settings = read_settings()
    except SQLAlchemyError:  # said by the look at the database, or not yet migrated
        db.session.rollback()
        return
    if not settings.smtp_host:
        yield Finding(True, "No mail server is set: Hamrah sends no e-mail")
        return
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    if not installation.address():
        yield Finding(False, "E-mail waits: set BASE_URL, which stands in every letter")
    fault = _ask(settings)
    yield Finding(
        fault is None,
        f"The mail server {where} answers and knows us"
        if fault is None
        else f"{tell(fault.code, settings.smtp_host, settings.smtp_port)} {fault.detail}".strip(),
    )
    if settings.imap_error:
        said = tell(settings.imap_error, settings.imap_host, settings.imap_port)
        yield Finding(False, f"The mailbox for what comes back: {said}")


def _ask(settings: Any) -> Any:
    from crm.mail.faults import MailFault
    from crm.mail.servers import smtp
    from crm.mail.settings import server_of

    try:
        with smtp(server_of(settings, "smtp")):
            return None
    except MailFault as fault:
        return fault
