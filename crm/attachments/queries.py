"""Reads of attachments: whoever sees the activity or the lead sees what hangs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, or_, select

from crm import errors
from crm.activities.models import Activity
from crm.attachments.models import Attachment, AttachmentState
from crm.attachments.storage import BlobFiles
from crm.database import db
from crm.leads.models import Lead
from crm.users.ownership import may_see
from crm.users.viewer import Viewer

#: Named by nothing yet.
LOOSE = and_(Attachment.activity_id.is_(None), Attachment.lead_id.is_(None))


def get_attachment(viewer: Viewer, attachment_id: str) -> Attachment:
    """Return a whole attachment. Raises NotFound; named by nothing it is its maker's alone."""
    row = db.session.scalars(
        select(Attachment)
        .outerjoin(Activity, Activity.id == Attachment.activity_id)
        .outerjoin(Lead, Lead.id == Attachment.lead_id)
        .where(
            Attachment.id == attachment_id,
            Attachment.state == AttachmentState.COMPLETE,
            or_(
                Activity.id.is_not(None) & may_see(Activity, viewer),
                Lead.id.is_not(None) & may_see(Lead, viewer),
                LOOSE & (Attachment.user_id == viewer.id),
            ),
        )
    ).first()
    if row is None:
        raise errors.NotFound
    return row


def find_blob(viewer: Viewer, blob_id: str) -> Attachment | None:
    """Return the row of the viewer's own upload, or None before its first piece.

    Raises NotFound for another's.
    """
    row = db.session.get(Attachment, blob_id)
    if row is not None and row.user_id != viewer.id:
        raise errors.NotFound
    return row


def attachments_of(viewer: Viewer, activity_ids: Iterable[str]) -> dict[str, list[Attachment]]:
    """Return the attachments of these activities, as far as the viewer sees them, by activity."""
    found: dict[str, list[Attachment]] = defaultdict(list)
    ids = list(activity_ids)
    if not ids:
        return found
    rows = db.session.scalars(
        select(Attachment)
        .join(Activity, Activity.id == Attachment.activity_id)
        .where(Attachment.activity_id.in_(ids), may_see(Activity, viewer))
        .order_by(Attachment.id)
    )
    for row in rows:
        found[str(row.activity_id)].append(row)
    return found


def cards_of(viewer: Viewer, lead_id: str) -> list[Attachment]:
    """Return the photos that were taken of a lead's card, as far as the viewer sees the lead."""
    rows = db.session.scalars(
        select(Attachment)
        .join(Lead, Lead.id == Attachment.lead_id)
        .where(Attachment.lead_id == lead_id, may_see(Lead, viewer))
        .order_by(Attachment.id)
    )
    return list(rows)


def orphans(before: datetime) -> list[str]:
    """Return the ids of uploads that were begun before then and belong to nothing."""
    begun = select(Attachment.id).where(LOOSE, Attachment.created_at < before)
    return list(db.session.scalars(begun))


def known_blobs() -> set[str]:
    """Return the ids of all attachments."""
    return set(db.session.scalars(select(Attachment.id)))


def whole_hashes() -> dict[str, str]:
    """Return the hash of every attachment whose file is here, by its id."""
    whole = select(Attachment.id, Attachment.sha256).where(
        Attachment.state == AttachmentState.COMPLETE
    )
    return {row.id: row.sha256 for row in db.session.execute(whole)}


def lost_blobs(folder: Path) -> list[str]:
    """Return the ids of attachments that were received, but whose file is not here whole."""
    files = BlobFiles(folder)
    whole = select(Attachment.id, Attachment.size).where(
        Attachment.state == AttachmentState.COMPLETE
    )
    return [
        row.id
        for row in db.session.execute(whole)
        if not files.is_here(row.id) or files.received(row.id) != row.size
    ]
