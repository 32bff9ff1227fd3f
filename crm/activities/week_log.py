"""One person's week, as he logged it; for his manager."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, tuple_

from crm import errors
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.activities.queries import ABOUT
from crm.activities.team import of_my_teams
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.users.models import User
from crm.users.ownership import may_see, with_visible
from crm.users.viewer import Viewer

_ROW: tuple[Any, ...] = (
    Activity.id,
    Activity.kind,
    Activity.subject,
    Activity.note,
    Activity.outcome,
    Activity.done_at,
    Activity.superseded_by_id,
    Activity.withdrawn_at,
    Contact.name.label("contact_name"),
    Account.name.label("account_name"),
    Lead.name.label("lead_name"),
    Deal.name.label("deal_name"),
)


def _rows(viewer: Viewer) -> Select[Any]:
    """Activities with the names around them; a record that is hidden from the viewer has none."""
    return with_visible(select(*_ROW).select_from(Activity), viewer, *ABOUT)


def get_member(viewer: Viewer, user_id: str) -> Row[*tuple[Any, ...]]:
    """Return one of the viewer's people: .id .name .role .away_from .away_until .cover_id.

    Raises NotFound.
    """
    columns = (User.id, User.name, User.role, User.away_from, User.away_until, User.cover_id)
    member = db.session.execute(
        select(*columns).where(User.id == user_id, of_my_teams(viewer))
    ).first()
    if member is None:
        raise errors.NotFound
    return member


def week_log(
    viewer: Viewer,
    user_id: str,
    starts: datetime,
    ends: datetime,
    *,
    before: tuple[datetime, str] | None = None,
    limit: int = 30,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return what one of the viewer's people did from `starts` to `ends`, the latest first.

    Corrected and withdrawn ones stand there too. `before` is (done_at, id) of the last one shown.
    """
    get_member(viewer, user_id)
    log = (
        _rows(viewer)
        .where(
            Activity.owner_id == user_id,
            Activity.done_at >= starts,
            Activity.done_at < ends,
            may_see(Activity, viewer),
        )
        .order_by(Activity.done_at.desc(), Activity.id.desc())
        .limit(limit)
    )
    if before is not None:
        log = log.where(tuple_(Activity.done_at, Activity.id) < before)
    return db.session.execute(log).all()
