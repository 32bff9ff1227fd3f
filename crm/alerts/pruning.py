"""Lets go of alerts that nobody will look for any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from crm import clock
from crm.alerts.models import Alert
from crm.database import command, db
from crm.users.viewer import Viewer

KEPT_FOR = timedelta(days=180)


@command
def prune_alerts(_actor: Viewer, most: int = 100) -> int:
    """Delete alerts of half a year ago, with their deliveries; return how many.

    The timeline keeps what they were about.
    """
    old = select(Alert.id).where(Alert.at < clock.now() - KEPT_FOR).order_by(Alert.at).limit(most)
    ids = db.session.scalars(old.with_for_update(skip_locked=True)).all()
    if ids:
        gone = delete(Alert).where(Alert.id.in_(ids))
        db.session.execute(gone.execution_options(synchronize_session=False))
    return len(ids)
