"""Writes of attachments: named by a capture, received piece by piece, in either order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from crm import clock, errors
from crm.attachments.models import Attachment, AttachmentState
from crm.attachments.queries import LOOSE, find_blob
from crm.attachments.rules import (
    LARGEST,
    TYPES,
    Spoiled,
    WrongType,
    kind_of,
    refuse_size,
    refuse_type,
    sniff,
)
from crm.attachments.storage import BlobFiles
from crm.database import command, db
from crm.i18n import _
from crm.users.viewer import Viewer


@dataclass(frozen=True)
class Piece:
    """Some bytes of a blob, and what the phone says of the whole."""

    data: bytes
    start: int
    size: int
    type: str
    sha256: str


@dataclass(frozen=True)
class Received:
    """How much of a blob is here."""

    received: int
    complete: bool


def expect_blobs(
    actor: Viewer,
    blobs: Sequence[dict[str, Any]],
    *,
    activity_id: str | None = None,
    lead_id: str | None = None,
) -> None:
    """Bind what a capture names to its activity or its lead; call it inside a command.

    Nothing about a photo may hold a meeting up: what is another's, or of a type or size that is not
    kept, is passed over, and its upload will be told so.
    """
    for blob in blobs:
        row = _locked(blob["id"])
        if row is not None:
            if row.user_id == actor.id and row.is_loose:
                row.activity_id, row.lead_id = activity_id, lead_id
            continue
        type_ = plain_type(blob["type"])
        if type_ in TYPES and 1 <= blob["size"] <= LARGEST:
            said = {"id": blob["id"], "size": blob["size"], "sha256": blob["sha256"].lower()}
            said |= {"type": type_, "state": "expected"}
            db.session.add(_new(actor, **said, activity_id=activity_id, lead_id=lead_id))
    db.session.flush()


def plain_type(text: str) -> str:
    """Return a content type without its parameters."""
    return text.partition(";")[0].strip().lower()


def _new(actor: Viewer, **values: Any) -> Attachment:
    kind = kind_of(values["type"])
    return Attachment(user_id=actor.id, kind=kind, created_at=clock.now(), **values)


def _locked(blob_id: str) -> Attachment | None:
    wanted = select(Attachment).where(Attachment.id == blob_id).with_for_update()
    return db.session.scalars(wanted.execution_options(populate_existing=True)).first()


def receive_piece(actor: Viewer, blob_id: str, piece: Piece, folder: Path) -> Received:
    """Keep a piece and tell how much is here; the last one is followed by a look at the whole.

    Raises WrongType, TooLarge, Spoiled, DiskFull, and NotFound for another's.
    """
    refuse_size(piece.size)
    refuse_type(piece.type)
    files = BlobFiles(folder)
    if _begun(actor, blob_id, piece) == AttachmentState.COMPLETE and files.is_here(blob_id):
        return Received(piece.size, True)
    here = files.add(blob_id, piece.start, piece.data, piece.size)
    if here < piece.size:
        return Received(here, False)
    shown = sniff(files.finish(blob_id, piece.sha256))
    if shown != piece.type:
        files.remove(blob_id)
        drop_blob(actor, blob_id)
        raise WrongType(_("This file is not what it says it is."))
    complete_blob(actor, blob_id)
    return Received(piece.size, True)


def _begun(actor: Viewer, blob_id: str, piece: Piece) -> str:
    """Return the state of a blob of which a piece came; only the first piece writes a row."""
    row = find_blob(actor, blob_id)
    if row is None or row.state == AttachmentState.EXPECTED:
        begin_blob(actor, blob_id, piece)
        return AttachmentState.RECEIVING
    if (row.size, row.sha256) != (piece.size, piece.sha256):
        raise Spoiled(_("This id was used for something else."))
    return row.state


@command
def begin_blob(actor: Viewer, blob_id: str, piece: Piece) -> None:
    """Make the row of a blob that begins to come, or mark that what a capture named comes."""
    row = _locked(blob_id)
    if row is None:
        row = _new(actor, id=blob_id, type=piece.type, size=piece.size, sha256=piece.sha256)
        db.session.add(row)
    if row.user_id != actor.id:
        raise errors.NotFound
    if (row.size, row.sha256) != (piece.size, piece.sha256):
        raise Spoiled(_("This id was used for something else."))
    row.type, row.kind = piece.type, kind_of(piece.type)
    if row.state != AttachmentState.COMPLETE:
        row.state = AttachmentState.RECEIVING


@command
def complete_blob(actor: Viewer, blob_id: str) -> None:
    """Note that the whole of a blob is here."""
    row = _locked(blob_id)
    if row is None or row.user_id != actor.id:
        raise errors.NotFound
    row.state, row.received_at = AttachmentState.COMPLETE, clock.now()


@command
def drop_blob(actor: Viewer, blob_id: str) -> None:
    """Take one's own upload back: it cannot be kept."""
    mine = delete(Attachment).where(Attachment.id == blob_id, Attachment.user_id == actor.id)
    db.session.execute(mine.execution_options(synchronize_session=False))


@command
def forget_blobs(_actor: Viewer, ids: Sequence[str]) -> None:
    """Take the rows of blobs away that belong to nothing; their files are the caller's."""
    db.session.execute(
        delete(Attachment)
        .where(Attachment.id.in_(list(ids)), LOOSE)
        .execution_options(synchronize_session=False)
    )
