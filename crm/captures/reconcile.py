"""Which captures a phone sent are not here: after a restore the phones heal the server."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from crm.captures.models import Capture
from crm.database import db
from crm.users.viewer import Viewer


def missing_captures(viewer: Viewer, ids: Sequence[str]) -> list[str]:
    """Return those of the viewer's capture ids that the ledger has no answer for, in their order.

    Another's id counts as missing: nothing is said about it.
    """
    known = set(
        db.session.scalars(
            select(Capture.id).where(Capture.id.in_(list(ids)), Capture.user_id == viewer.id)
        )
    )
    return [capture_id for capture_id in dict.fromkeys(ids) if capture_id not in known]
