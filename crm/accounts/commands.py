"""Writes of accounts and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from crm import errors, records
from crm.accounts.models import Account, Contact
from crm.database import command, db
from crm.i18n import _, fold, to_ascii_digits
from crm.i18n.phones import phone_digits
from crm.schema import Day, Key, Labelled, Schema, Str, Whole, Words, load
from crm.search import index
from crm.tags.queries import tags_of
from crm.tags.tagging import set_tags
from crm.timeline.record import record
from crm.users.ownership import find, get
from crm.users.viewer import Viewer


class PersonSchema(Schema):
    """What may be said of accounts, contacts and leads from outside, too."""

    phones = Labelled("phone")
    emails = Labelled("email")
    website = Str(300)
    address = Str(500)
    city = Str(100)
    country = Str(100)
    source = Str(100)
    interests = Str(1000)
    needs = Str(1000)
    description = Str(5000)


class ReachableSchema(PersonSchema):
    """What accounts, contacts and leads take alike."""

    id = Key()
    name = Str(200, required=True)
    language = Str(10)
    owner_id = Key()
    import_key = Str(200)
    tags = Words()


class AccountSchema(ReachableSchema):
    industry = Str(100)
    employees = Whole(0, 10_000_000)
    annual_revenue = Whole()
    founded = Whole(600, 2200)
    customer_since = Day()
    parent_id = Key()
    #: What was typed: the visible account of that name, or a new one.
    parent_name = Str(200)


class ContactSchema(ReachableSchema):
    account_id = Key()
    account_name = Str(200)
    job_title = Str(100)
    birthday = Day()
    customer_since = Day()


def search_words(record_: Any) -> list[str | None]:
    """Return what an account, contact or lead is found by beside its name."""
    numbers = [phone_digits(p["value"]) for p in record_.phones or ()]
    return [
        *numbers,
        *(e["value"] for e in record_.emails or ()),
        record_.city,
        *(f"#{tag}" for tag in tags_of(record_.id)),
    ]


def index_account(account: Account) -> None:
    """Write the account's search line, none for one put away; inside a command."""
    if account.archived_at is not None:
        index.forget(account.id)
        return
    index.put(
        "account",
        account.id,
        account.owner_id,
        account.team_id,
        account.name,
        account.city or account.industry or "",
        search_words(account),
    )


def index_contact(contact: Contact) -> None:
    """Write the contact's search line, none for one put away; inside a command."""
    if contact.archived_at is not None:
        index.forget(contact.id)
        return
    account = records.shown_along(contact, Account, contact.account_id)
    index.put(
        "contact",
        contact.id,
        contact.owner_id,
        contact.team_id,
        contact.name,
        account.name if account else (contact.job_title or ""),
        search_words(contact),
    )


def _save(record_: Any, data: dict[str, Any], version: int | None = None) -> dict[str, list[Any]]:
    tags = data.pop("tags", None)
    if "name" in data:
        data["name_folded"] = fold(to_ascii_digits(data["name"]))
    changed = records.change(record_, data, version)
    changed.pop("name_folded", None)
    db.session.flush()
    if tags is not None and tags != tags_of(record_.id):
        changed["tags"] = [tags_of(record_.id), tags]
        set_tags(record_.id, tags)
    return changed


def _place(actor: Viewer, record_: Any, data: dict[str, Any], typed: str, field: str) -> None:
    """Put the id of the account that was named in place of its name; the one it has stays."""
    from crm.accounts.naming import account_named, is_still

    if typed not in data:
        return
    name = data.pop(typed)
    if is_still(actor, Account, getattr(record_, field, None), name):
        return
    data[field] = account_named(actor, name) if name else None


def _must_see(actor: Viewer, model: Any, record_id: str | None, field: str) -> None:
    if record_id and find(actor, model, record_id) is None:
        raise errors.ValidationError({field: [_("This is not a known record.")]})


@command
def create_account(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Create an account and return its id. An id that exists already is answered with itself."""
    data = load(AccountSchema(), payload)
    if data.get("id") and db.session.get(Account, data["id"]) is not None:
        return get(actor, Account, data["id"]).id
    _place(actor, None, data, "parent_name", "parent_id")
    _must_see(actor, Account, data.get("parent_id"), "parent_id")
    account = Account(name=data["name"], name_folded="", id=data.pop("id", None))
    records.start(account, actor, data)
    db.session.add(account)
    _save(account, data)
    account.version = 1
    index_account(account)
    record("account.created", actor.id, account_id=account.id)
    return account.id


@command
def update_account(
    actor: Viewer, account_id: str, payload: Mapping[str, Any], version: int | None = None
) -> None:
    """Change an account. Raises Conflict when it moved on since `version`."""
    account = get(actor, Account, account_id, lock=True)
    data = load(AccountSchema(exclude=("id",)), payload, partial=True)
    _place(actor, account, data, "parent_name", "parent_id")
    _must_see(actor, Account, data.get("parent_id"), "parent_id")
    if data.get("parent_id") == account.id:
        raise errors.ValidationError({"parent_id": [_("An account cannot belong to itself.")]})
    owner = records.take_owner(data)
    changed = _save(account, data, version) | records.reassign(account, actor, owner)
    index_account(account)
    if changed:
        record("account.changed", actor.id, account_id=account.id, data={"changed": changed})
    if changed.keys() & {"name", "owner_id"}:
        for contact in db.session.scalars(select(Contact).where(Contact.account_id == account.id)):
            index_contact(contact)


@command
def create_contact(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Create a contact and return its id. An id that exists already is answered with itself."""
    data = load(ContactSchema(), payload)
    if data.get("id") and db.session.get(Contact, data["id"]) is not None:
        return get(actor, Contact, data["id"]).id
    _place(actor, None, data, "account_name", "account_id")
    _must_see(actor, Account, data.get("account_id"), "account_id")
    contact = Contact(name=data["name"], name_folded="", id=data.pop("id", None))
    records.start(contact, actor, data)
    db.session.add(contact)
    _save(contact, data)
    contact.version = 1
    index_contact(contact)
    record("contact.created", actor.id, contact_id=contact.id, account_id=contact.account_id)
    return contact.id


@command
def update_contact(
    actor: Viewer, contact_id: str, payload: Mapping[str, Any], version: int | None = None
) -> None:
    """Change a contact. Raises Conflict when it moved on since `version`."""
    contact = get(actor, Contact, contact_id, lock=True)
    data = load(ContactSchema(exclude=("id",)), payload, partial=True)
    _place(actor, contact, data, "account_name", "account_id")
    _must_see(actor, Account, data.get("account_id"), "account_id")
    owner = records.take_owner(data)
    changed = _save(contact, data, version) | records.reassign(contact, actor, owner)
    index_contact(contact)
    if changed:
        record(
            "contact.changed",
            actor.id,
            contact_id=contact.id,
            account_id=contact.account_id,
            data={"changed": changed},
        )


@command
def archive_account(actor: Viewer, account_id: str) -> None:
    """Put an account away; its contacts and deals stay."""
    account = get(actor, Account, account_id, lock=True)
    records.archive(account)
    index.forget(account.id)
    record("account.archived", actor.id, account_id=account.id)


@command
def restore_account(actor: Viewer, account_id: str) -> None:
    """Bring an archived account back."""
    account = get(actor, Account, account_id, lock=True)
    records.restore(account)
    index_account(account)
    record("account.restored", actor.id, account_id=account.id)


@command
def archive_contact(actor: Viewer, contact_id: str) -> None:
    """Put a contact away; what was done with him stays."""
    contact = get(actor, Contact, contact_id, lock=True)
    records.archive(contact)
    index.forget(contact.id)
    record("contact.archived", actor.id, contact_id=contact.id, account_id=contact.account_id)


@command
def restore_contact(actor: Viewer, contact_id: str) -> None:
    """Bring an archived contact back."""
    contact = get(actor, Contact, contact_id, lock=True)
    records.restore(contact)
    index_contact(contact)
    record("contact.restored", actor.id, contact_id=contact.id, account_id=contact.account_id)
