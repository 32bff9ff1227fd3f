"""What every owned record does alike: change with a version, change owner, archive, restore."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import select, union_all

from crm import clock, errors
from crm.database import db
from crm.i18n import N_, _
from crm.users.models import User
from crm.users.ownership import Owned
from crm.users.viewer import Viewer

T = TypeVar("T", bound=Owned)


def start(record: Owned, actor: Viewer, data: dict[str, Any]) -> None:
    """Give a new record its times, owner and team; the owner is the actor unless said otherwise.

    Raises ValidationError when the id it was born with is another kind of record's.
    """
    _refuse_taken_id(record)
    record.created_at = record.updated_at = clock.now()
    owner_id = data.pop("owner_id", actor.id) if "owner_id" in data else actor.id
    assign(record, actor, owner_id)


def _refuse_taken_id(record: Owned) -> None:
    """Tags and search go by the id alone: with another's id one could overwrite his."""
    if record.id is None:
        return
    tables: list[Any] = [
        kind.__table__  # type: ignore[attr-defined]
        for kind in Owned.__subclasses__()
        if kind is not type(record)
    ]
    taken = union_all(*(select(t.c.id).where(t.c.id == record.id) for t in tables))
    if db.session.execute(taken).first() is not None:
        raise errors.ValidationError({"id": [_("This id was used for something else.")]})


def assign(record: Owned, actor: Viewer, owner_id: str | None) -> None:
    """Make `owner_id` the owner, with his team. Raises ValidationError if he may not be chosen."""
    if owner_id is None:
        record.owner_id, record.team_id = None, None
        return
    if owner_id == actor.id:
        record.owner_id, record.team_id = actor.id, actor.team_id
        return
    owner = db.session.get(User, owner_id)
    if owner is None or not owner.is_active or not may_assign(actor, owner):
        raise errors.ValidationError({"owner_id": [_("Choose someone from your team.")]})
    record.owner_id, record.team_id = owner.id, owner.team_id


def owner_along(record: Owned, actor: Viewer) -> str:
    """Return who owns what comes of a record: its owner, or the actor where he cannot give that
    one anything (he moved to another team, or left)."""
    owner = db.session.get(User, record.owner_id) if record.owner_id else None
    if owner is None or not owner.is_active or not may_assign(actor, owner):
        return actor.id
    return owner.id


def take_owner(data: dict[str, Any]) -> dict[str, str | None]:
    """Take the owner out of the data of a change, for `reassign`."""
    return {"owner_id": data.pop("owner_id")} if "owner_id" in data else {}


def reassign(record: Owned, actor: Viewer, owner: dict[str, str | None]) -> dict[str, list[Any]]:
    """Give the record to another owner, if it is another; return what changed, as `change` does.

    Call it after `change`, which compares versions. Raises ValidationError: to make a record
    nobody's shows it to every team, so that is for managers.
    """
    before, after = record.owner_id, owner.get("owner_id", record.owner_id)
    if after == before:
        return {}
    if after is None and not actor.is_manager:
        raise errors.ValidationError({"owner_id": [_("Choose someone from your team.")]})
    assign(record, actor, after)
    record.touch()
    return {"owner_id": [before, after]}


def shown_along(record: Owned, model: type[T], other_id: str | None) -> T | None:
    """Return the linked record if whoever sees `record` sees that too: its name may stand in a
    line that all of them read."""
    other = db.session.get(model, other_id) if other_id else None
    if other is None or (other.owner_id is None and other.team_id is None):
        return other
    same_team = other.team_id is not None and other.team_id == record.team_id
    same_owner = other.owner_id == record.owner_id and other.team_id == record.team_id
    return other if same_team or same_owner else None


def may_assign(actor: Viewer, owner: User) -> bool:
    """Whether the actor may give a record to `owner`: anyone for an admin, else his teams."""
    return actor.is_admin or (owner.team_id is not None and owner.team_id in actor.team_ids)


def change(record: Owned, data: dict[str, Any], version: int | None) -> dict[str, list[Any]]:
    """Set the fields and return {field: [before, after]} of those that changed.

    Raises Conflict when `version` is given and the record has moved on.
    """
    if version is not None and version != record.version:
        raise errors.Conflict(_("Someone else changed this meanwhile. Look again."))
    changed: dict[str, list[Any]] = {}
    for name, value in data.items():
        before = getattr(record, name)
        if before != value:
            setattr(record, name, value)
            changed[name] = [_plain(before), _plain(value)]
    if changed:
        record.touch()
    return changed


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, list, type(None))) else str(value)


def archive(record: Owned) -> None:
    """Put the record away; its lists and search no longer show it."""
    if record.archived_at is None:
        record.archived_at = clock.now()
        record.touch()


def restore(record: Owned) -> None:
    """Bring an archived record back."""
    record.archived_at = None
    record.touch()


FIELD_LABELS = {
    "name": N_("Name"),
    "amount": N_("Amount"),
    "phones": N_("Phone"),
    "emails": N_("E-mail"),
    "expected_close_on": N_("Close by"),
    "tags": N_("Tags"),
    "address": N_("Address"),
    "account_id": N_("Account"),
    "contact_id": N_("Contact"),
    "owner_id": N_("Owner"),
    "heat": N_("Heat"),
    "heat_by_hand": N_("Heat"),
    "away_from": N_("Away from"),
    "away_until": N_("Away until"),
    "cover_id": N_("Covered by"),
    "status": N_("Status"),
    "needs": N_("Needs"),
    "interests": N_("Interests"),
    "job_title": N_("Job"),
    "company": N_("Company"),
    "city": N_("City"),
    "birthday": N_("Birthday"),
    "source": N_("Source"),
    "customer_since": N_("Customer since"),
    "contract_ends_on": N_("Contract until"),
    "description": N_("Notes"),
    "probability": N_("Chance"),
    "product_id": N_("Product"),
    "website": N_("Website"),
    "industry": N_("Industry"),
    "employees": N_("Employees"),
    "language": N_("Language"),
    "currency": N_("Currency"),
    "country": N_("Country"),
    "parent_id": N_("Belongs to"),
    "annual_revenue": N_("Revenue"),
    "founded": N_("Founded"),
    "account_name": N_("Account"),
    "contact_name": N_("Contact"),
    "parent_name": N_("Belongs to"),
    "stage": N_("Stage"),
    "lost_reason": N_("Lost, because of"),
}


def field_label(name: str) -> str:
    """Return the name of a record's field."""
    return _(FIELD_LABELS[name]) if name in FIELD_LABELS else name
