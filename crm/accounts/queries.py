"""Reads of accounts and contacts: their lists, one record's page, who is alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, and_, bindparam, select, true, tuple_, union_all

from crm.accounts.models import Account, Contact
from crm.database import Id, db
from crm.i18n import Locale, fold
from crm.i18n.phones import phone_digits
from crm.search.queries import Hit, search
from crm.tags.models import Tagging
from crm.users.models import Team, User
from crm.users.ownership import anyone, get, may_see, seen_parts, viewer_params
from crm.users.viewer import Viewer

PAGE = 50
MINE, TEAM, ALL = "mine", "team", "all"


@dataclass(frozen=True)
class Filters:
    """Which records a list shows: whose, with which tag, in use or put away."""

    whose: str = ALL
    tag_id: str | None = None
    archived: bool = False


EVERY = Filters()


def list_contacts(
    viewer: Viewer, filters: Filters = EVERY, after: str | None = None, limit: int = PAGE
) -> Sequence[Any]:
    """Return contacts by name: id, name, phone, job_title, account_name. `after` is an id."""
    return _page(viewer, Contact, filters, after, limit)


def list_accounts(
    viewer: Viewer, filters: Filters = EVERY, after: str | None = None, limit: int = PAGE
) -> Sequence[Any]:
    """Return accounts by name: id, name, phone, city, industry. `after` is an id."""
    return _page(viewer, Account, filters, after, limit)


def _page(
    viewer: Viewer, model: Any, filters: Filters, after: str | None, limit: int
) -> Sequence[Any]:
    last = None
    if after:
        last = db.session.execute(
            select(model.name_folded).where(model.id == after, may_see(model, viewer))
        ).scalar()
    standing = (viewer.is_admin, len(viewer.team_ids))
    statement = _list(
        model,
        standing,
        filters.whose,
        filters.archived,
        filters.tag_id is not None,
        last is not None,
    )
    return (
        db.session.connection()
        .execute(
            statement,
            {
                **viewer_params(viewer),
                "tag_id": filters.tag_id,
                "most": limit,
                "last": last,
                "last_id": after,
            },
        )
        .all()
    )


def first_phone(model: Any) -> Any:
    """Return the column `phone` of a list: the first number, so that no row's JSON is read here."""
    return model.phones[0]["value"].as_string().label("phone")


@lru_cache
def _list(
    model: Any, standing: tuple[bool, int], whose: str, archived: bool, tagged: bool, goes_on: bool
) -> Any:
    """A page of ids from the index in order, then what its rows show."""
    wanted = [model.archived_at.is_not(None) if archived else model.archived_at.is_(None)]
    if tagged:
        wanted.append(
            model.id.in_(
                select(Tagging.record_id).where(Tagging.tag_id == bindparam("tag_id", type_=Id))
            )
        )
    if goes_on:
        wanted.append(
            tuple_(model.name_folded, model.id)
            > tuple_(bindparam("last"), bindparam("last_id", type_=Id))
        )
    parts = union_all(
        *(
            select(model.id, model.name_folded).where(part, *wanted)
            for part in parts_of(model, standing, whose)
        )
    )
    names = parts.selected_columns
    page = parts.order_by(names.name_folded, names.id).limit(bindparam("most")).subquery()
    rows = select(model.id, model.name, first_phone(model))
    if model is Contact:
        rows = rows.add_columns(Contact.job_title, Account.name.label("account_name"))
        seen = may_see(Account, anyone(_like(*standing)))
        rows = rows.outerjoin(Account, and_(Account.id == Contact.account_id, seen))
    else:
        rows = rows.add_columns(Account.city, Account.industry)
    return rows.join(page, page.c.id == model.id).order_by(page.c.name_folded, page.c.id)


def parts_of(model: Any, standing: tuple[bool, int], whose: str) -> list[Any]:
    """Return the conditions of a list over `model`, each with an index of its own."""
    is_admin, teams = standing
    like = anyone(_like(is_admin, teams))
    if whose == MINE:
        return [model.owner_id == like.id]
    if whose == TEAM:
        return [model.team_id == team_id for team_id in like.team_ids]
    return seen_parts(model, like)


def _like(is_admin: bool, teams: int) -> Viewer:
    return Viewer("", "", "admin" if is_admin else "rep", None, ("",) * teams, Locale())


def get_account(viewer: Viewer, account_id: str) -> Account:
    """Return an account, archived ones too. Raises NotFound."""
    return get(viewer, Account, account_id)


def get_contact(viewer: Viewer, contact_id: str) -> Contact:
    """Return a contact, archived ones too. Raises NotFound."""
    return get(viewer, Contact, contact_id)


@dataclass(frozen=True)
class Around:
    """The names around a record: who has it, in which team, and what it belongs to."""

    owner: str | None
    team: str | None
    account_id: str | None
    account: str | None


def around(viewer: Viewer, record: Any) -> Around:
    """Return the names around a visible account, contact or lead; a hidden account has none."""
    above = getattr(record, "parent_id", None) or getattr(record, "account_id", None)
    seen = select(Account.id, Account.name).where(Account.id == above, may_see(Account, viewer))
    found = seen.subquery()
    row = db.session.execute(
        select(
            select(User.name).where(User.id == record.owner_id).scalar_subquery(),
            select(Team.name).where(Team.id == record.team_id).scalar_subquery(),
            found.c.id,
            found.c.name,
        ).select_from(select(true().label("one")).subquery().outerjoin(found, true()))
    ).one()
    return Around(*row)


def people_at(
    viewer: Viewer, account_id: str | None, but: str | None = None, limit: int = 20
) -> Any:
    """Return the visible contacts at an account by name, without the one given."""
    if not account_id:
        return []
    return db.session.execute(
        select(Contact.id, Contact.name, Contact.job_title, Contact.phones)
        .where(
            Contact.account_id == account_id,
            Contact.id != but if but else true(),
            Contact.archived_at.is_(None),
            may_see(Contact, viewer),
        )
        .order_by(Contact.name_folded)
        .limit(limit)
    ).all()


def branches_of(viewer: Viewer, account_id: str, limit: int = 20) -> Sequence[Any]:
    """Return the visible accounts that belong to this one."""
    return db.session.execute(
        select(Account.id, Account.name)
        .where(
            Account.parent_id == account_id, Account.archived_at.is_(None), may_see(Account, viewer)
        )
        .order_by(Account.name_folded)
        .limit(limit)
    ).all()


def reach_of(ids: Iterable[str], model: Any) -> dict[str, Row[Any]]:
    """Return phones and e-mails by id; the caller has found the records visible."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(model.id, model.phones, model.emails).where(model.id.in_(wanted))
    )
    return {row.id: row for row in rows}


def find_alike(
    viewer: Viewer,
    name: str,
    phones: Iterable[str] = (),
    emails: Iterable[str] = (),
    types: tuple[str, ...] = ("account", "contact", "lead"),
) -> list[Hit]:
    """Return visible records with this very name, or a phone or e-mail address in common."""
    found: dict[str, Hit] = {}
    folded = fold(name)
    for hit in search(viewer, name, types, 5) if folded else []:
        if fold(hit.title) == folded:
            found[hit.record_id] = hit
    known = [phone_digits(phone).split()[0] for phone in phones] + [fold(e) for e in emails]
    for words in known[:6]:
        for hit in search(viewer, words, types, 3):
            found.setdefault(hit.record_id, hit)
    return list(found.values())[:5]
