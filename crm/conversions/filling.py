"""Gives a record that is there already what it lacks and the lead has; overwrites nothing."""

from __future__ import annotations

from typing import Any

from crm import records
from crm.accounts.commands import index_account, index_contact
from crm.accounts.models import Account
from crm.database import db
from crm.leads.models import Lead
from crm.schema import Labelled
from crm.tags.queries import tags_of
from crm.tags.tagging import set_tags
from crm.timeline.record import record
from crm.users.viewer import Viewer

#: What goes along to each kind of record, new or known. Consent to be written to, where a form
#: brought it, belongs here as well.
ALONG = {
    "account": ("city", "country", "website", "industry", "employees"),
    "contact": (
        "phones",
        "emails",
        "job_title",
        "address",
        "city",
        "country",
        "interests",
        "needs",
        "language",
        "source",
        "description",
    ),
}
_LISTS = ("phones", "emails")


def along(lead: Lead, kind: str) -> dict[str, Any]:
    """Return what a new record of this kind gets of the lead."""
    return {name: getattr(lead, name) for name in ALONG[kind]}


def fill(actor: Viewer, kind: str, record_: Any, lead: Lead, **more: Any) -> dict[str, Any]:
    """Write what `record_` lacks, inside a command; return {field: [before, after]}."""
    lacking = {
        name: value
        for name, value in (along(lead, kind) | more).items()
        if name not in _LISTS and value and getattr(record_, name) in (None, "")
    }
    for name in _LISTS if kind == "contact" else ():
        here = list(getattr(record_, name) or ())
        known = {entry["value"] for entry in here}
        added = [entry for entry in getattr(lead, name) or () if entry["value"] not in known]
        if added and len(here) + len(added) <= Labelled.most:
            lacking[name] = here + added
    if kind == "contact":
        lacking["tags"] = list(dict.fromkeys(tags_of(record_.id) + tags_of(lead.id)))
    return write(actor, kind, record_, lacking)


def put_back(actor: Viewer, kind: str, record_: Any, changed: dict[str, Any]) -> None:
    """Take out what was filled in, where it still stands as it was then, inside a command."""
    now = {n: tags_of(record_.id) if n == "tags" else getattr(record_, n) for n in changed}
    still = {name: old for name, (old, new) in changed.items() if now[name] == new}
    write(actor, kind, record_, still)


def write(actor: Viewer, kind: str, record_: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Set fields of an account or contact and say so in its timeline, inside a command."""
    tags, before = values.pop("tags", None), tags_of(record_.id)
    changed = records.change(record_, values, None)
    db.session.flush()
    if tags is not None and tags != before:
        set_tags(record_.id, tags)
        changed["tags"] = [before, tags_of(record_.id)]
    if not changed:
        return {}
    if isinstance(record_, Account):
        index_account(record_)
        record("account.changed", actor.id, account_id=record_.id, data={"changed": changed})
    else:
        index_contact(record_)
        about = {"contact_id": record_.id, "account_id": record_.account_id}
        record("contact.changed", actor.id, **about, data={"changed": changed})
    return changed
