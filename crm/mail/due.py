"""Who is due for what is sent or planned by itself; and, for its preview, who would have been."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, select

from crm import clock
from crm.accounts.anniversaries import begun_on, years_between
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.company.holidays import is_working_day
from crm.company.queries import get_company
from crm.database import db
from crm.deals.models import Deal, StageKind
from crm.i18n import Locale, ngettext, use_locale
from crm.leads.models import OPEN_STATUSES, Lead
from crm.leads.routes import working_hours
from crm.mail.models import MailMessage
from crm.mail.people import Recipient, best_contact, has_address, of_account, of_contact
from crm.timeline.models import TimelineEntry
from crm.users.models import User

#: The same day of the next year must find no card of this one.
YEAR = timedelta(days=300)
Customer = Account | Contact
_TAKEN_UP = ("activity.planned", "activity.logged")


def today() -> date:
    """Return which day it is where the company is."""
    return clock.now().astimezone(working_hours(get_company()).zone).date()


def is_working_time(now: datetime) -> bool:
    """Whether the company works now: on a working day that is no holiday, in its hours."""
    hours = working_hours(get_company())
    day = now.astimezone(hours.zone).date()
    return is_working_day(hours.days, hours.holidays, day) and is_working_hour(now)


def is_working_hour(now: datetime) -> bool:
    """Whether it is an hour of work, be it a holiday: an anniversary has its day, but nobody wants
    a card at three in the night."""
    company = get_company()
    local = now.astimezone(working_hours(company).zone)
    return company.work_from <= local.hour * 60 + local.minute < company.work_until


def _written(kind: str, column: Any, record: Any, since: Any = None) -> Any:
    """The condition that there is such a letter about this record, `since` then."""
    here = [column == record.id, MailMessage.kind == kind]
    return exists().where(*here, *([MailMessage.created_at >= since] if since is not None else []))


def _real(model: Any) -> tuple[Any, ...]:
    return (model.archived_at.is_(None), model.is_sample.is_(False))


def _new_leads() -> Select[Any]:
    return select(Lead).where(Lead.status.in_(OPEN_STATUSES), *_real(Lead))


def leads_to_welcome(since: datetime | None, most: int) -> Sequence[Lead]:
    """Return new leads with an address that agreed to hear from us; without `since` the latest."""
    rows = _new_leads().where(Lead.consent_at.is_not(None), has_address(Lead))
    if since is not None:
        rows = rows.where(
            Lead.consent_at >= since,
            Lead.created_at >= since,
            ~_written("welcome", MailMessage.lead_id, Lead),
        )
    return db.session.scalars(rows.order_by(Lead.consent_at.desc(), Lead.id).limit(most)).all()


def leads_to_follow_up(since: datetime | None, most: int) -> Sequence[Lead]:
    """Return new leads with which nothing was done or planned; without `since` the latest."""
    rows = _new_leads().join(User, and_(User.id == Lead.owner_id, User.is_active))
    if since is not None:
        taken_up = exists().where(
            TimelineEntry.lead_id == Lead.id, TimelineEntry.kind.in_(_TAKEN_UP)
        )
        rows = rows.where(Lead.created_at >= since, ~taken_up)
    return db.session.scalars(rows.order_by(Lead.created_at.desc(), Lead.id).limit(most)).all()


def last_word(deal: Deal) -> datetime:
    """Return when something last happened with a deal."""
    return deal.last_activity_at or deal.stage_entered_at


def deals_to_nudge(since: datetime | None, most: int) -> Sequence[Deal]:
    """Return open deals that fell quiet and have no next step; without `since` the latest."""
    quiet = timedelta(days=get_company().quiet_days)
    last = func.coalesce(Deal.last_activity_at, Deal.stage_entered_at)
    planned = exists().where(
        Activity.deal_id == Deal.id, Activity.done_at.is_(None), Activity.archived_at.is_(None)
    )
    rows = (
        select(Deal)
        .join(User, and_(User.id == Deal.owner_id, User.is_active))
        .where(Deal.status == StageKind.OPEN.value, *_real(Deal))
        .where(last < clock.now() - quiet, ~planned)
    )
    if since is not None:
        # Only those that fell quiet since then: else the first day would write to all at once.
        nudged = _written("nudge", MailMessage.deal_id, Deal, last)
        rows = rows.where(last >= since - quiet, ~nudged)
    return db.session.scalars(rows.order_by(last.desc(), Deal.id).limit(most)).all()


def reader_of(deal: Deal) -> Recipient:
    """Return who gets a letter about a deal: its contact, else somebody at its account."""
    contact = db.session.get(Contact, deal.contact_id) if deal.contact_id else None
    about: dict[str, str | None] = {"deal_id": deal.id}
    if contact is None or not contact.email or contact.archived_at is not None:
        contact = best_contact(deal.account_id) if deal.account_id else contact
    if contact is not None:
        return of_contact(contact, deal.owner_id, **about)
    account = db.session.get(Account, deal.account_id) if deal.account_id else None
    if account is not None:
        return of_account(account, deal.owner_id, **about)
    return Recipient("", deal.name, get_company().language, {}, deal.owner_id, records=about)


def customers_to_congratulate(since: datetime | None, most: int) -> Sequence[Customer]:
    """Return whose anniversary as a customer is today; without `since` any that have one."""
    company = get_company()
    found: list[Customer] = []
    for model, column in ((Account, MailMessage.account_id), (Contact, MailMessage.contact_id)):
        rows: Any = select(model).where(model.customer_since.is_not(None), *_real(model))
        if model is Contact:  # of a firm it is the firm's day
            rows = rows.where(Contact.account_id.is_(None))
        if since is not None:
            congratulated = _written("card", column, model, clock.now() - YEAR)
            starts = begun_on(today(), company.calendar)
            rows = rows.where(model.customer_since.in_(starts), ~congratulated)
        found += db.session.scalars(rows.order_by(model.customer_since, model.id).limit(most))
    return found[:most]


def reader_of_card(customer: Customer) -> Recipient:
    """Return who gets a customer's card: a firm's by the person there, if one has an address."""
    if isinstance(customer, Contact):
        return of_contact(customer)
    contact = best_contact(customer.id)
    if contact is not None:
        return of_contact(contact, customer.owner_id)
    return of_account(customer)


def years_with_us(customer: Customer, language: str) -> str:
    """Return how long it is today, in the customer's language: «۱۰ سال»."""
    company = get_company()
    since = customer.customer_since or today()
    years = max(1, years_between(since, today(), company.calendar))
    with use_locale(Locale(language)):
        return ngettext("%(num)s year", "%(num)s years", years)
