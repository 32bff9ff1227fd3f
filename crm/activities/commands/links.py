"""The records an activity is about, and what its being done leaves on them.

Whoever writes takes rows in one order: the activity, then deal, lead, account, contact. Two phones
that log on the same records then wait for each other, and never in a ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, or_, select, update

from crm import errors
from crm.accounts.models import Account, Contact
from crm.database import connection, write_last
from crm.deals.models import Deal
from crm.i18n import _
from crm.leads.models import Lead, LeadStatus
from crm.users.ownership import find, may_see
from crm.users.viewer import Viewer

MODELS: dict[str, Any] = {
    "deal_id": Deal,
    "lead_id": Lead,
    "account_id": Account,
    "contact_id": Contact,
}
_TOUCHED = {
    field: update(model.__table__)
    .where(
        model.__table__.c.id == bindparam("of"),
        or_(
            model.__table__.c.last_activity_at.is_(None),
            model.__table__.c.last_activity_at < bindparam("at"),
        ),
    )
    .values(last_activity_at=bindparam("at"))
    for field, model in MODELS.items()
}
_WORKING = (
    update(Lead.__table__)  # type: ignore[arg-type]
    .where(Lead.__table__.c.id == bindparam("of"), Lead.__table__.c.status == LeadStatus.NEW.value)
    .values(status=LeadStatus.WORKING.value)
)


@dataclass(frozen=True)
class _Someone:
    """Stands for any viewer of one kind, so that a statement is built once and used by all."""

    is_admin: bool
    team_ids: tuple[Any, ...]
    id: Any


@lru_cache
def _glance(field: str, is_admin: bool, teams: int) -> Select[Any]:
    """Return the statement for what an activity needs to know of one record that is seen."""
    columns = MODELS[field].__table__.c
    someone: Any = _Someone(
        is_admin, tuple(bindparam(f"team_{n}") for n in range(teams)), bindparam("viewer_id")
    )
    wanted = [columns[name] for name in ("id", "account_id", "contact_id") if name in columns]
    return select(*wanted).where(columns.id == bindparam("of"), may_see(columns, someone))


def _see(viewer: Viewer, field: str, record_id: str) -> Any:
    who = {f"team_{n}": team_id for n, team_id in enumerate(viewer.team_ids)}
    statement = _glance(field, viewer.is_admin, 0 if viewer.is_admin else len(who))
    return connection().execute(statement, {"of": record_id, "viewer_id": viewer.id, **who}).first()


@dataclass
class Links:
    """The ids of what an activity is about; `deal` is locked where it is to move."""

    deal_id: str | None = None
    lead_id: str | None = None
    account_id: str | None = None
    contact_id: str | None = None
    deal: Deal | None = None

    def ids(self) -> dict[str, str | None]:
        """Return the four ids by their column."""
        return {field: getattr(self, field) for field in MODELS}

    def touch(self, at: datetime) -> None:
        """Note on each record that something was done; it is no change of the record itself."""
        for order, (field, record_id) in enumerate(self.ids().items()):
            if record_id:
                values = {"of": record_id, "at": at}
                write_last((order, record_id), at, _TOUCHED[field], values)
        if self.lead_id:
            connection().execute(_WORKING, {"of": self.lead_id})


def find_links(viewer: Viewer, data: Mapping[str, Any], *, lock_deal: bool = False) -> Links:
    """Look up what `data` names as the viewer sees it; what a deal or a person implies is added.

    Raises OutOfSight, by field, for what is not there or not his to see.
    """
    links, unseen = Links(), []
    for field in MODELS:
        if record_id := data.get(field):
            if field == "deal_id" and lock_deal:
                row = links.deal = find(viewer, Deal, record_id, lock=True)
            else:
                row = _see(viewer, field, record_id)
            if row is None:
                unseen.append(field)
                continue
            setattr(links, field, record_id)
            if field == "deal_id":
                links.contact_id = row.contact_id
            if field in ("deal_id", "contact_id"):
                links.account_id = links.account_id or row.account_id
    if unseen:
        raise errors.OutOfSight({f: [_("This is not a known record.")] for f in unseen})
    return links


def is_seen(viewer: Viewer, field: str, record_id: str) -> bool:
    """Whether the record that this column names is there and the viewer may see it."""
    return _see(viewer, field, record_id) is not None
