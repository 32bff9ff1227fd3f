"""GET /attachments/<id>: a photo or voice note, to who sees what it hangs on."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, send_file

from crm import errors
from crm.attachments.queries import get_attachment
from crm.attachments.rules import TYPES
from crm.attachments.storage import BlobFiles, blob_folder
from crm.web.rendering import viewer

blueprint = Blueprint("attachments", __name__)


@blueprint.get("/attachments/<id:attachment_id>")
def show(attachment_id: str) -> Response:
    """The bytes, as the type that was told by the first of them, and in parts where asked."""
    row = get_attachment(viewer(), attachment_id)
    path = BlobFiles(blob_folder(current_app.config)).path(row.id)
    if not path.is_file():  # the backup that this came from had it not
        raise errors.NotFound
    name = f"{row.kind}-{row.created_at:%Y-%m-%d-%H%M}.{TYPES[row.type]}"
    answer = send_file(path, mimetype=row.type, download_name=name, conditional=True)
    answer.headers["Content-Disposition"] = f"inline; filename={name}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
