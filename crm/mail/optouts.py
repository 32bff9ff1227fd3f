"""Who gets no e-mail: he said so himself, or what was sent to him came back."""

from __future__ import annotations

from sqlalchemy import select

from crm import clock
from crm.database import command, connection, db, dialect_insert, new_id
from crm.leads.models import Lead
from crm.leads.scoring import Sign
from crm.leads.touches import keep_touches, settle
from crm.mail.addresses import fold_address
from crm.mail.models import MailMessage, MailOptout, Why
from crm.mail.seals import Leaver
from crm.timeline.record import record
from crm.users.viewer import SYSTEM_ID, Viewer


def is_out(address: str, why: Why = Why.UNSUBSCRIBED) -> bool:
    """Whether this address gets no e-mail for this reason."""
    here = (MailOptout.address == fold_address(address), MailOptout.why == why.value)
    return db.session.scalars(select(MailOptout.id).where(*here)).first() is not None


def keep_optout(address: str, why: Why) -> bool:
    """Keep it, inside a command; False where it was known. Two at one moment are one."""
    row = {"id": new_id(), "address": fold_address(address), "why": why.value, "at": clock.now()}
    insert = dialect_insert(MailOptout.__table__).values(row).on_conflict_do_nothing()
    return connection().execute(insert.returning(MailOptout.id)).first() is not None


@command
def unsubscribe(_actor: Viewer, leaver: Leaver) -> None:
    """Send no more to an address. A second time changes nothing."""
    if not keep_optout(leaver.address, Why.UNSUBSCRIBED):
        return
    message = db.session.get(MailMessage, leaver.message_id)
    if message is None:
        return
    records = {
        name: getattr(message, name) for name in ("lead_id", "contact_id", "account_id", "deal_id")
    }
    record("mail.unsubscribed", SYSTEM_ID, data={"subject": message.subject}, **records)
    touch_lead(message, "unsubscribed")


def touch_lead(message: MailMessage, signal: str) -> None:
    """Count what a letter's reader did in his lead's score, inside a command."""
    if message.lead_id is None:
        return
    held = select(Lead).where(Lead.id == message.lead_id)
    lead = db.session.scalars(
        held.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()
    if lead is None or not lead.is_open:
        return
    keep_touches(lead.id, [Sign(signal, clock.now(), message.subject)])
    settle([lead.id], SYSTEM_ID)
