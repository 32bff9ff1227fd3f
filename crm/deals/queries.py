"""Reads of deals: the pipeline's sums, its lists, one deal's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal_column, or_, select

from crm.accounts.models import Account, Contact
from crm.database import db
from crm.deals.models import Deal, DealContact, Stage, StageKind
from crm.products.models import Product
from crm.users.models import User
from crm.users.ownership import get, may_see, with_visible
from crm.users.viewer import Viewer

PAGE = 30
MINE, TEAM = "mine", "team"
#: Written out, not a parameter: only so does SQLite see that the indexes of open deals serve.
_OPEN = Deal.status == literal_column(f"'{StageKind.OPEN.value}'")
_CHANCE = func.coalesce(Deal.probability, Stage.probability)


@dataclass(frozen=True)
class Sum:
    """Count, amount and weighted amount of the deals of one stage in one currency."""

    stage_id: str
    currency: str
    count: int
    amount: int
    weighted: int


#: What stands around a deal.
AROUND_DEAL = ((Account, Deal.account_id), (Contact, Deal.contact_id))


def _whose(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    return Deal.owner_id == viewer.id if whose == MINE else may_see(Deal, viewer)


def open_sums(viewer: Viewer, pipeline_id: str, whose: str) -> list[Sum]:
    """Return the sums of open deals by stage and currency; amounts in smallest units."""
    return _sums(viewer, whose, Deal.pipeline_id == pipeline_id, _OPEN)


def closed_sums(viewer: Viewer, pipeline_id: str, whose: str, since: datetime) -> list[Sum]:
    """Return the sums of deals closed since then, by stage (won, lost) and currency."""
    return _sums(viewer, whose, Deal.closed_at >= since, Deal.pipeline_id == pipeline_id, ~_OPEN)


def _sums(viewer: Viewer, whose: str, *wanted: ColumnElement[bool]) -> list[Sum]:
    amount = func.coalesce(Deal.amount, 0)
    rows = db.session.execute(
        select(
            Deal.stage_id,
            Deal.currency,
            func.count(),
            func.sum(amount),
            func.sum(amount * _CHANCE / 100),
        )
        .join(Stage, Stage.id == Deal.stage_id)
        .where(_whose(viewer, whose), Deal.archived_at.is_(None), *wanted)
        .group_by(Deal.stage_id, Deal.currency)
    )
    return [Sum(s, c, n, int(total or 0), int(weighted or 0)) for s, c, n, total, weighted in rows]


_CARD = (
    Deal.id,
    Deal.name,
    Deal.amount,
    Deal.currency,
    Deal.status,
    Deal.stage_id,
    Deal.version,
    Deal.stage_entered_at,
    Deal.lost_reason,
    Deal.closed_at,
    Deal.updated_at,
    Deal.expected_close_on,
    Deal.account_id,
    Deal.contact_id,
    Account.name.label("account_name"),
    Contact.name.label("contact_name"),
    Contact.phones.label("contact_phones"),
    Account.phones.label("account_phones"),
)
#: order → (sort key, descending). Every key is never NULL, so that a cursor can stand on it.
ORDERS: dict[str, tuple[Any, bool]] = {
    "changed": (Deal.updated_at, True),
    "amount": (func.coalesce(Deal.amount, 0), True),
    "stage": (Deal.stage_entered_at, False),
    "closed": (Deal.closed_at, True),
}


def _cards(viewer: Viewer) -> Select[Any]:
    """Cards with the names and phones around them; a hidden account or contact has none."""
    return with_visible(select(*_CARD).select_from(Deal), viewer, *AROUND_DEAL)


def list_deals(
    viewer: Viewer,
    *,
    whose: str,
    order: str,
    stage_id: str | None = None,
    pipeline_id: str | None = None,
    closed: bool = False,
    after: tuple[Any, str] | None = None,
    limit: int = PAGE,
) -> Sequence[Row[Any]]:
    """Return deal cards of one open stage, or the closed ones, in `order` (a key of ORDERS).

    `after` is (sort value, id) of the last card shown.
    """
    key, down = ORDERS["closed" if closed else order]
    cards = (
        _cards(viewer)
        .add_columns(key.label("sort"))
        .where(_whose(viewer, whose), Deal.archived_at.is_(None))
    )
    if closed:
        cards = cards.where(Deal.closed_at.is_not(None), Deal.pipeline_id == pipeline_id)
    else:  # the pipeline too, or SQLite would walk the stage of the whole company
        cards = cards.where(Deal.pipeline_id == pipeline_id, Deal.stage_id == stage_id, _OPEN)
    if after is not None:
        value, last = after
        past = key < value if down else key > value
        cards = cards.where(or_(past, and_(key == value, Deal.id > last)))
    cards = cards.order_by(key.desc() if down else key, Deal.id).limit(limit)
    return db.session.execute(cards).all()


def get_card(viewer: Viewer, deal_id: str) -> Row[Any]:
    """Return one deal's card. Raises NotFound."""
    get(viewer, Deal, deal_id)
    return db.session.execute(_cards(viewer).where(Deal.id == deal_id)).one()


def get_deal(viewer: Viewer, deal_id: str) -> Deal:
    """Return a deal, archived ones too. Raises NotFound."""
    return get(viewer, Deal, deal_id)


def people_of(viewer: Viewer, deal_id: str) -> Sequence[Row[Any]]:
    """Return the contacts with a part in a visible deal, its main contact first."""
    main = select(Deal.contact_id).where(Deal.id == deal_id).scalar_subquery()
    return db.session.execute(
        select(Contact.id, Contact.name, Contact.job_title, Contact.phones, DealContact.part)
        .join(DealContact, DealContact.contact_id == Contact.id)
        .where(DealContact.deal_id == deal_id, may_see(Contact, viewer))
        .order_by(case((Contact.id == main, 0), else_=1), Contact.name_folded)
        .limit(20)
    ).all()


@dataclass(frozen=True)
class Names:
    """What a deal's links are called."""

    account: str | None
    contact: str | None
    product: str | None
    owner: str | None


def names_of(viewer: Viewer, deal: Deal) -> Names:
    """Return the names of a visible deal's account, contact, product and owner, in one query; a
    hidden account or contact has none."""
    row = db.session.execute(
        with_visible(
            select(Account.name, Contact.name, Product.name, User.name).select_from(Deal),
            viewer,
            *AROUND_DEAL,
        )
        .outerjoin(Product, Product.id == Deal.product_id)
        .outerjoin(User, User.id == Deal.owner_id)
        .where(Deal.id == deal.id)
    ).one()
    return Names(*row)


def open_deals_of(
    viewer: Viewer, *, contact_id: str | None = None, account_id: str | None = None, limit: int = 5
) -> Sequence[Row[Any]]:
    """Return the open deals with a contact, or else of an account, the last changed first."""
    cards = _cards(viewer).where(may_see(Deal, viewer), _OPEN, Deal.archived_at.is_(None))
    if contact_id:
        parts = select(DealContact.deal_id).where(DealContact.contact_id == contact_id)
        cards = cards.where(or_(Deal.contact_id == contact_id, Deal.id.in_(parts)))
    elif account_id:
        cards = cards.where(Deal.account_id == account_id)
    else:
        return []
    return db.session.execute(cards.order_by(Deal.updated_at.desc()).limit(limit)).all()


_REACH = (Contact.emails, Contact.address, Account.emails, Account.address, Account.city)


def reach_of(viewer: Viewer, deal: Deal) -> dict[str, str | None]:
    """Return `email` and `address` of a visible deal: its contact's, else its account's."""
    row = db.session.execute(
        with_visible(select(*_REACH).select_from(Deal), viewer, *AROUND_DEAL).where(
            Deal.id == deal.id
        )
    ).one()
    emails = row[0] or row[2] or []
    return {"email": emails[0]["value"] if emails else None, "address": row[1] or row[3] or row[4]}


def people_to_add(viewer: Viewer, deal: Deal, limit: int = 50) -> list[tuple[str, str]]:
    """Return (id, name) of the account's contacts that have no part in the deal yet."""
    if not deal.account_id:
        return []
    there = select(DealContact.contact_id).where(DealContact.deal_id == deal.id)
    rows = db.session.execute(
        select(Contact.id, Contact.name)
        .where(
            Contact.account_id == deal.account_id,
            may_see(Contact, viewer),
            Contact.archived_at.is_(None),
            Contact.id.not_in(there),
        )
        .order_by(Contact.name_folded)
        .limit(limit)
    )
    return [(row.id, row.name) for row in rows]
