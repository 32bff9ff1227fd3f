"""Whom a letter goes to: a lead, a contact or an account, with what its template may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from crm.accounts.models import Account, Contact
from crm.company.queries import get_company
from crm.database import db, is_sqlite
from crm.i18n import format_phone
from crm.i18n.locale import LANGUAGES
from crm.leads.models import Lead
from crm.users.models import User


@dataclass(frozen=True)
class Recipient:
    """Who gets it, in which language and in whose name, and of which records it is the letter."""

    to: str
    name: str
    language: str
    values: dict[str, str]
    user_id: str | None = None
    #: He agreed to hear from us: only then we look whether he opens it.
    is_tracked: bool = False
    #: lead_id, contact_id, account_id, deal_id.
    records: dict[str, str | None] = field(default_factory=dict)


def of_lead(lead: Lead) -> Recipient:
    """Return a lead as who gets a letter."""
    return _recipient(
        lead,
        lead.company or "",
        is_tracked=lead.consent_at is not None,
        records={"lead_id": lead.id},
    )


def of_contact(contact: Contact, owner_id: str | None = None, **records: str | None) -> Recipient:
    """Return a contact as who gets a letter, of `owner_id` where that is another than his own."""
    account = db.session.get(Account, contact.account_id) if contact.account_id else None
    return _recipient(
        contact,
        account.name if account else "",
        owner_id=owner_id,
        language=account.language if account else None,
        is_tracked=_agreed(contact.id),
        records={"contact_id": contact.id, "account_id": contact.account_id, **records},
    )


def of_account(account: Account, owner_id: str | None = None, **records: str | None) -> Recipient:
    """Return an account with an address of its own as who gets a letter."""
    named = {"account_id": account.id, **records}
    return _recipient(account, account.name, owner_id=owner_id, records=named)


def _recipient(
    record: Any,
    company: str,
    *,
    records: dict[str, str | None],
    owner_id: str | None = None,
    language: str | None = None,
    is_tracked: bool = False,
) -> Recipient:
    ours = get_company()
    said = next((code for code in (record.language, language) if code in LANGUAGES), None)
    owner_id = owner_id or record.owner_id
    rep = db.session.get(User, owner_id) if owner_id else None
    rep = rep if rep is not None and rep.is_active else None
    values = {
        "name": record.name,
        "company": company,
        "rep": rep.name if rep else "",
        "rep_phone": format_phone(rep.phone, ours.region) if rep and rep.phone else "",
        "rep_email": (rep.email or "") if rep else "",
        "our_company": ours.name,
    }
    return Recipient(
        record.email or "",
        record.name,
        said or ours.language,
        values,
        rep.id if rep else None,
        is_tracked,
        records,
    )


def _agreed(contact_id: str) -> bool:
    """Whether he agreed when he was a lead."""
    agreed = (Lead.contact_id == contact_id, Lead.consent_at.is_not(None))
    return db.session.scalars(select(Lead.id).where(*agreed).limit(1)).first() is not None


def has_address(model: Any) -> Any:
    """Return the condition for rows with an e-mail address."""
    count = func.json_array_length if is_sqlite() else func.jsonb_array_length
    return count(model.emails) > 0


def best_contact(account_id: str) -> Contact | None:
    """Return whom to write to at an account: with an address, the last one spoken to first."""
    here = (Contact.account_id == account_id, Contact.archived_at.is_(None), has_address(Contact))
    last = Contact.last_activity_at.desc().nulls_last()
    return db.session.scalars(
        select(Contact).where(*here).order_by(last, Contact.created_at, Contact.id).limit(1)
    ).first()
