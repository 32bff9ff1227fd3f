"""A record's edit, three ways by field: what the phone showed, what is there, what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm import errors
from crm.accounts.commands import AccountSchema, ContactSchema, update_account, update_contact
from crm.accounts.models import Account, Contact
from crm.accounts.naming import name_of
from crm.captures.bodies import EditSchema
from crm.captures.contests import as_change, last_changes, leave_decision
from crm.captures.envelopes import Call
from crm.database import Command
from crm.deals.commands import DealSchema, update_deal
from crm.deals.models import Deal
from crm.i18n import _, fold, form_code
from crm.leads.commands import LeadSchema, update_lead
from crm.leads.models import Lead
from crm.schema import Schema, load
from crm.tags.queries import tags_of
from crm.users.ownership import find
from crm.users.viewer import Viewer


@dataclass(frozen=True)
class Family:
    """What may be edited of one kind of record, and by which command."""

    model: Any
    schema: Schema
    update: Command[..., None]


FAMILIES = {
    "account": Family(Account, AccountSchema(exclude=("id", "import_key")), update_account),
    "contact": Family(Contact, ContactSchema(exclude=("id", "import_key")), update_contact),
    "lead": Family(Lead, LeadSchema(exclude=("id", "import_key")), update_lead),
    "deal": Family(Deal, DealSchema(exclude=("id", "import_key", "stage_id")), update_deal),
}
#: Fields that say a name in place of an id.
TYPED = {
    "account_name": (Account, "account_id"),
    "contact_name": (Contact, "contact_id"),
    "parent_name": (Account, "parent_id"),
}


def edit_record(actor: Viewer, body: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Change the fields that nobody else changed meanwhile, inside a command.

    Of the others the record keeps its newer value, and the phone's is left to be decided on.
    """
    data = load(EditSchema, body)
    family = FAMILIES[data["record"]]
    row = find(actor, family.model, data["id"], lock=True)
    if row is None:
        raise errors.OutOfSight({"id": [_("This is not a known record.")]})
    edit = _Edit(actor, family, row, _checked(data["changes"]))
    wanted, contested = edit.sort(is_fresh=data.get("base_version") == row.version)
    if wanted:
        family.update.inside(actor, row.id, edit.payload(wanted))
    columns = {field: TYPED.get(field, ("", field))[1] for field in contested}
    by = last_changes(data["record"], row.id, columns.values()) if contested else {}
    for field, column in columns.items():
        decision = leave_decision(
            actor,
            call,
            about=(data["record"], row.id, field),
            yours=_kept(edit.read(field, "to")),
            theirs=_kept(edit.current(field)),
            by=by.get(column),
        )
        call.decisions.append(decision)
    if wanted and contested:
        call.changes.extend(as_change(decision) for decision in call.decisions)
    return {f"{data['record']}_id": row.id, "applied": wanted}


def says(viewer: Viewer, record: str, row: Any, field: str, side: Mapping[str, Any]) -> bool:
    """Whether the record says this side of a decision about one of its fields, or its stage."""
    if field == "stage":
        return bool(row.stage_id == side["value"])
    now = _kept(_Edit(viewer, FAMILIES[record], row, {}).current(field))
    same_currency = side.get("currency") in (None, now.get("currency"))
    return same_currency and _same(field, side["value"], now["value"])


def _checked(changes: dict[Any, Any]) -> dict[str, Any]:
    if not changes or not all(isinstance(c, dict) and "to" in c for c in changes.values()):
        raise errors.ValidationError({"changes": [_("This cannot be read.")]})
    return {str(name): change for name, change in changes.items()}


@dataclass(frozen=True)
class _Edit:
    actor: Viewer
    family: Family
    row: Any
    changes: dict[str, Any]

    def sort(self, is_fresh: bool) -> tuple[list[str], list[str]]:
        """Return the fields to set and those that somebody else set otherwise."""
        wanted: list[str] = []
        contested: list[str] = []
        for field in self.changes:
            if field == "currency" and "amount" in self.changes:
                continue  # a number without its currency is another number: they go together
            to, now = self.read(field, "to"), self.current(field)
            if _same(field, to, now):
                continue
            own = is_fresh or _same(field, self._shown(field), now)
            (wanted if own else contested).append(field)
        return wanted, contested

    def read(self, field: str, side: str) -> Any:
        """Return what the phone says, as the record would keep it. Raises ValidationError."""
        given = {field: self.changes[field].get(side)}
        if field == "amount":
            given["currency"] = self._currency(side)
        said = load(self.family.schema, given, partial=True)
        return (said["amount"], said["currency"]) if field == "amount" else said.get(field)

    def _shown(self, field: str) -> Any:
        try:
            return self.read(field, "from")
        except errors.ValidationError:
            return object()  # nothing that is there now can be what he saw

    def _currency(self, side: str) -> str:
        said = self.changes.get("currency", {}).get(side)
        if said:
            return str(said)
        kept = self._kept_currency
        # A form shows toman where the company counts in them; a number is in smallest units.
        is_typed = isinstance(self.changes["amount"].get(side), str)
        return form_code(kept, self.actor.locale.money_unit) if is_typed else kept

    def current(self, field: str) -> Any:
        if field == "tags":
            return tags_of(self.row.id)
        if field in TYPED:
            model, column = TYPED[field]
            return name_of(self.actor, model, getattr(self.row, column, None)) or None
        if field == "amount":
            return self.row.amount, self._kept_currency
        return getattr(self.row, field)

    @property
    def _kept_currency(self) -> str:
        return str(self.row.currency or self.actor.currency)

    def payload(self, fields: list[str]) -> dict[str, Any]:
        """Return what the command takes; an amount always with its currency."""
        said = {field: self.changes[field]["to"] for field in fields}
        return said | ({"currency": self._currency("to")} if "amount" in fields else {})


def _kept(value: Any) -> dict[str, Any]:
    """Return a value as a decision keeps it."""
    if isinstance(value, tuple):
        return dict(zip(("value", "currency"), value, strict=True))
    return {"value": value.isoformat() if isinstance(value, date) else value}


def _same(field: str, one: Any, other: Any) -> bool:
    if field in TYPED:
        return fold(one or "") == fold(other or "")
    if isinstance(one, list) and isinstance(other, list):
        if field == "tags":  # one however it is spelt, and they stand in an order of their own
            return {fold(tag) for tag in one} == {fold(tag) for tag in other}
        return [_entry(e) for e in one] == [_entry(e) for e in other]
    return bool(one == other)


def _entry(entry: Any) -> Any:
    """A form shows labels in lower case; an import may have kept them otherwise."""
    return (entry["value"], entry["label"].lower()) if isinstance(entry, dict) else entry
