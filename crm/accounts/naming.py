"""Finds an account or contact by the name that somebody typed, or makes it; inside a command."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from crm.accounts.commands import create_account, create_contact
from crm.accounts.models import Account, Contact
from crm.database import db
from crm.i18n import fold
from crm.users.ownership import may_see, visible
from crm.users.viewer import Viewer


def account_named(actor: Viewer, name: str, **more: Any) -> str:
    """Return the id of the visible account with this name, inside a command; made if there is
    none."""
    found = db.session.scalars(
        visible(actor, Account).where(Account.name_folded == fold(name)).limit(1)
    ).first()
    return found.id if found else create_account.inside(actor, {"name": name, **more})


def contact_named(actor: Viewer, name: str, account_id: str | None, **more: Any) -> str:
    """Return the id of the visible contact with this name at this account, inside a command; made
    if there is none."""
    wanted = visible(actor, Contact).where(Contact.name_folded == fold(name))
    if account_id:
        wanted = wanted.where(Contact.account_id == account_id)
    found = db.session.scalars(wanted.limit(1)).first()
    if found:
        return found.id
    return create_contact.inside(actor, {"name": name, "account_id": account_id, **more})


def name_of(viewer: Viewer, model: Any, record_id: str | None) -> str:
    """Return the name of an account or contact that a record is linked to; nothing for one that
    the viewer may not see."""
    if not record_id:
        return ""
    seen = select(model.name).where(model.id == record_id, may_see(model, viewer))
    return db.session.scalar(seen) or ""


def is_still(viewer: Viewer, model: Any, record_id: str | None, name: str | None) -> bool:
    """Whether a form's name means the record that is linked already.

    It may have a namesake, be archived, or be hidden from the viewer, whose form then showed
    nothing: looked up by its name it would be lost.
    """
    return bool(record_id) and fold(name or "") == fold(name_of(viewer, model, record_id))
