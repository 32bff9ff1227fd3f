"""The gate: whether anything may be sent to a customer by itself. And what stands on his pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, cast, func, null, select, union_all

from crm import errors
from crm.database import Id, db, is_id
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.stops.customers import CUSTOMER, named
from crm.stops.meeting import RULES, STOPS, crossing_deals, crossing_leads
from crm.stops.models import Stop
from crm.users.models import User
from crm.users.ownership import may_see
from crm.users.viewer import Viewer, require_admin


def stopped_by(
    account_id: str | None = None, contact_id: str | None = None, lead_id: str | None = None
) -> Row[Any] | None:
    """Return what keeps every automatic message from a customer: .stop_id, .rule_id, .deal_id,
    .lead_id; None where nothing does.

    It asks for open stops and, in the same statement, for deals and leads that meet a rule at this
    moment and have no stop yet: what nobody noticed so far (a rule just saved, a score
    that rose by the hour) blocks as well; `stop_id` is None then.
    """
    return db.session.execute(_what_stops(), named(account_id, contact_id, lead_id)).first()


@cache
def _what_stops() -> Select[Any]:
    nothing = cast(null(), Id())
    held = select(STOPS.id.label("stop_id"), STOPS.rule_id, STOPS.deal_id, STOPS.lead_id).where(
        STOPS.lifted_at.is_(None), CUSTOMER.stops()
    )
    its_deals, its_leads = select(CUSTOMER.deals), select(CUSTOMER.leads)
    deals = crossing_deals(RULES, Deal.id.in_(its_deals), ~Deal.is_sample).subquery().c
    leads = crossing_leads(RULES, Lead.id.in_(its_leads), ~Lead.is_sample).subquery().c
    found = union_all(
        held,
        select(nothing, deals.rule_id, deals.deal_id, nothing),
        select(nothing, leads.rule_id, nothing, leads.lead_id),
    ).subquery()
    # A stop before what has none yet: its page says who was told.
    return select(found).order_by(found.c.stop_id.is_(None), found.c.stop_id).limit(1)


def is_stopped(
    account_id: str | None = None, contact_id: str | None = None, lead_id: str | None = None
) -> bool:
    """Whether nothing may be sent to this customer by itself until somebody called."""
    return stopped_by(account_id, contact_id, lead_id) is not None


def _shown() -> Any:
    return (
        select(
            Stop,
            User.name.label("told"),
            Deal.name.label("deal_name"),
            Lead.name.label("lead_name"),
        )
        .outerjoin(User, User.id == Stop.told_user_id)
        .order_by(Stop.at, Stop.id)
    )


def stops_on(viewer: Viewer, **record_id: str | None) -> Sequence[Row[Any]]:
    """Return the open stops of a customer, the oldest first: .Stop, .told, .deal_name, .lead_name.

    The caller has found the record visible. Of a deal or lead that the viewer may not see no name
    is returned: that somebody must call concerns whoever sees the customer, its size does not.
    """
    rows = (
        _shown()
        .outerjoin(Deal, (Deal.id == Stop.deal_id) & may_see(Deal, viewer))
        .outerjoin(Lead, (Lead.id == Stop.lead_id) & may_see(Lead, viewer))
        .where(Stop.lifted_at.is_(None), CUSTOMER.stops())
    )
    return db.session.execute(rows, named(**record_id)).all()


def my_stops(viewer: Viewer) -> Sequence[Row[Any]]:
    """Return the open stops whose call is the viewer's: .Stop, .told, .deal_name, .lead_name."""
    rows = (
        _shown()
        .outerjoin(Deal, (Deal.id == Stop.deal_id) & may_see(Deal, viewer))
        .outerjoin(Lead, (Lead.id == Stop.lead_id) & may_see(Lead, viewer))
        .where(Stop.lifted_at.is_(None), Stop.told_user_id == viewer.id)
    )
    return db.session.execute(rows).all()


def get_stop(viewer: Viewer, stop_id: str) -> Row[Any]:
    """Return one open stop to an admin, as `stops_on` does. Raises NotFound."""
    require_admin(viewer)
    rows = (
        _shown()
        .outerjoin(Deal, Deal.id == Stop.deal_id)
        .outerjoin(Lead, Lead.id == Stop.lead_id)
        .where(Stop.id == stop_id, Stop.lifted_at.is_(None))
    )
    found = db.session.execute(rows).first() if is_id(stop_id) else None
    if found is None:
        raise errors.NotFound
    row: Row[Any] = found
    return row


def open_by_rule(viewer: Viewer) -> dict[str, int]:
    """Return how many stops are open by rule, to an admin."""
    require_admin(viewer)
    opened = select(STOPS.rule_id, func.count()).where(STOPS.lifted_at.is_(None))
    rows = db.session.execute(opened.group_by(STOPS.rule_id)).all()
    return {row[0]: row[1] for row in rows}
