"""PUT and GET /api/v1/blobs/<id>: photos and voice notes, piece by piece."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, jsonify, request

from crm.api.errors import Malformed
from crm.api.requests import viewer
from crm.attachments.commands import Piece, plain_type, receive_piece
from crm.attachments.models import AttachmentState
from crm.attachments.queries import find_blob
from crm.attachments.storage import BlobFiles, blob_folder
from crm.captures.orphans import sweep_blobs
from crm.i18n import _

blueprint = Blueprint("api_blobs", __name__, url_prefix="/api/v1")
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@blueprint.get("/blobs/<id:blob_id>")
def show(blob_id: str) -> Response:
    """Say how much is here: there the phone goes on."""
    row, files = find_blob(viewer(), blob_id), BlobFiles(blob_folder(current_app.config))
    # After a restore a row may be here without its file: then it is wanted again.
    here = files.received(blob_id) if row else 0
    whole = bool(row and row.state == AttachmentState.COMPLETE and files.is_here(blob_id))
    return jsonify(received=here, complete=whole)


@blueprint.put("/blobs/<id:blob_id>")
def update(blob_id: str) -> Response:
    """Take a piece, or the whole."""
    find_blob(viewer(), blob_id)  # another's is not there, whatever is sent
    piece = _piece()
    if piece.start == 0:
        sweep_blobs(viewer(), blob_folder(current_app.config))
    received = receive_piece(viewer(), blob_id, piece, blob_folder(current_app.config))
    return jsonify(received=received.received, complete=received.complete)


def _piece() -> Piece:
    data = request.get_data()
    sha256 = request.headers.get("X-Content-SHA256", "").lower()
    start, end, size = _range(len(data))
    if not data or end - start + 1 != len(data) or end >= size:
        raise Malformed(_("The bytes are not those that Content-Range names."))
    if not _SHA256.fullmatch(sha256):
        raise Malformed(_("X-Content-SHA256 is missing."))
    return Piece(data, start, size, plain_type(request.mimetype), sha256)


def _range(length: int) -> tuple[int, int, int]:
    """Return first, last and total of Content-Range; without it the body is the whole."""
    said = request.headers.get("Content-Range")
    if said is None:
        return 0, length - 1, length
    match = _RANGE.fullmatch(said.strip())
    if match is None:
        raise Malformed(_("The bytes are not those that Content-Range names."))
    first, last, total = (int(number) for number in match.groups())
    return first, last, total
