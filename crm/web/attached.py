"""The photos and voice notes at an activity or a lead, as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crm.attachments.models import Attachment, AttachmentKind, AttachmentState
from crm.attachments.queries import attachments_of, cards_of
from crm.users.viewer import Viewer

#: What phones take and few browsers show: a link, not a picture.
_NOT_SHOWN = {"image/heic"}


@dataclass(frozen=True)
class Attached:
    """One of them as templates/timeline/_attached.html takes it."""

    url: str
    is_photo: bool
    is_here: bool
    is_shown: bool


def attached_to(viewer: Viewer, activity_ids: Iterable[str]) -> dict[str, list[Attached]]:
    """Return what hangs on these activities, by activity; one statement for all."""
    found = attachments_of(viewer, activity_ids)
    return {activity_id: [_attached(row) for row in rows] for activity_id, rows in found.items()}


def photos_of_card(viewer: Viewer, lead_id: str) -> list[Attached]:
    """Return the photos of a lead's card."""
    return [_attached(row) for row in cards_of(viewer, lead_id)]


def _attached(row: Attachment) -> Attached:
    return Attached(
        url=f"/attachments/{row.id}",
        is_photo=row.kind == AttachmentKind.PHOTO,
        is_here=row.state == AttachmentState.COMPLETE,
        is_shown=row.type not in _NOT_SHOWN,
    )
