"""Who is one customer: the deals and leads that hang together with an account, person or lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast, or_, select, union

from crm.accounts.models import Contact
from crm.database import Id
from crm.deals.models import Deal, DealContact
from crm.leads.models import Lead
from crm.stops.meeting import STOPS


@dataclass(frozen=True)
class Customer:
    """What was named, as the parts of one statement; each part of it finds by an index."""

    accounts: Any
    contacts: Any
    deals: Any
    leads: Any

    def stops(self) -> ColumnElement[bool]:
        """Return the condition that a stop is this customer's."""
        return or_(
            STOPS.deal_id.in_(select(self.deals)),
            STOPS.lead_id.in_(select(self.leads)),
            STOPS.account_id.in_(select(self.accounts)),
            STOPS.contact_id.in_(select(self.contacts)),
        )


def named(
    account_id: str | None = None,
    contact_id: str | None = None,
    lead_id: str | None = None,
    deal_id: str | None = None,
) -> dict[str, str | None]:
    """Return the values with which a statement over `CUSTOMER` is executed: whom these ids mean."""
    return {
        "its_account": account_id,
        "its_contact": contact_id,
        "its_lead": lead_id,
        "its_deal": deal_id,
    }


def _customer() -> Customer:
    account_id, contact_id, lead_id, deal_id = (bindparam(name, type_=Id) for name in named())
    accounts = union(
        _given(account_id),
        select(Contact.account_id).where(Contact.id == contact_id),
        select(Lead.account_id).where(Lead.id == lead_id),
        select(Deal.account_id).where(Deal.id == deal_id),
    ).cte("its_accounts")
    contacts = union(
        _given(contact_id),
        select(Lead.contact_id).where(Lead.id == lead_id),
        select(Deal.contact_id).where(Deal.id == deal_id),
    ).cte("its_contacts")
    deals = union(
        _given(deal_id),
        select(Deal.id).where(Deal.account_id.in_(select(accounts))),
        select(Deal.id).where(Deal.contact_id.in_(select(contacts))),
        select(DealContact.deal_id).where(DealContact.contact_id.in_(select(contacts))),
        select(Lead.deal_id).where(Lead.id == lead_id),
    ).cte("its_deals")
    leads = union(
        _given(lead_id),
        select(Lead.id).where(Lead.account_id.in_(select(accounts))),
        select(Lead.id).where(Lead.contact_id.in_(select(contacts))),
    ).cte("its_leads")
    return Customer(accounts, contacts, deals, leads)


def _given(record_id: Any) -> Any:
    return select(cast(record_id, Id()).label("id"))


#: The account, everybody at it, and their deals and leads. Every page and every letter asks, so it
#: is built once, and who is meant is said where it is executed (see `named`).
CUSTOMER = _customer()
