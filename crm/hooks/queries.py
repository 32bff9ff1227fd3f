"""Reads of hooks, for admins: all of them with what came lately, one with its deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from crm import errors
from crm.database import db
from crm.hooks.models import Hook, HookDelivery, HookSecret
from crm.leads.models import Lead
from crm.users.viewer import Viewer, require_admin

MOST_SHOWN = 50


@dataclass
class Tally:
    """What came to a hook: when last, and how often with which verdict."""

    last_at: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)


def all_hooks(viewer: Viewer) -> Sequence[tuple[Hook, Tally]]:
    """Return every hook with its tally, by name."""
    require_admin(viewer)
    tallies = _tallies()
    hooks = db.session.scalars(select(Hook).order_by(func.lower(Hook.name), Hook.id)).all()
    return [(hook, tallies.get(hook.id, Tally())) for hook in hooks]


def get_hook(viewer: Viewer, hook_id: str) -> Hook:
    """Return a hook. Raises NotFound."""
    require_admin(viewer)
    hook = db.session.get(Hook, hook_id)
    if hook is None:
        raise errors.NotFound
    return hook


def tally_of(viewer: Viewer, hook_id: str) -> Tally:
    """Return what came to one hook."""
    require_admin(viewer)
    return _tallies(HookDelivery.hook_id == hook_id).get(hook_id, Tally())


def secrets_of(viewer: Viewer, hook_id: str) -> Sequence[Any]:
    """Return the secrets in use, the oldest first: id, last4, created_at."""
    require_admin(viewer)
    return db.session.execute(
        select(HookSecret.id, HookSecret.last4, HookSecret.created_at)
        .where(HookSecret.hook_id == hook_id, HookSecret.retired_at.is_(None))
        .order_by(HookSecret.created_at, HookSecret.id)
    ).all()


def deliveries_of(viewer: Viewer, hook_id: str) -> Sequence[Any]:
    """Return the latest deliveries: received_at, verdict, reason, detail, and the lead's id and
    name where it is still there."""
    require_admin(viewer)
    return db.session.execute(
        select(
            HookDelivery.received_at,
            HookDelivery.verdict,
            HookDelivery.reason,
            HookDelivery.detail,
            Lead.id.label("lead_id"),
            Lead.name.label("lead_name"),
        )
        .outerjoin(Lead, Lead.id == HookDelivery.lead_id)
        .where(HookDelivery.hook_id == hook_id)
        .order_by(HookDelivery.received_at.desc(), HookDelivery.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def _tallies(*wanted: Any) -> dict[str, Tally]:
    rows = db.session.execute(
        select(
            HookDelivery.hook_id,
            HookDelivery.verdict,
            func.count().label("times"),
            func.max(HookDelivery.received_at).label("last_at"),
        )
        .where(*wanted)
        .group_by(HookDelivery.hook_id, HookDelivery.verdict)
    )
    found: dict[str, Tally] = {}
    for row in rows:
        tally = found.setdefault(row.hook_id, Tally())
        tally.counts[row.verdict] = row.times
        tally.last_at = max(filter(None, (tally.last_at, row.last_at)))
    return found
