"""Photos and voice notes arrive whole or not at all, in pieces, in any order, once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.attachments.commands import Piece, receive_piece
from crm.attachments.models import Attachment
from crm.attachments.rules import HEAD, LARGEST, TYPES, sniff
from crm.attachments.storage import PART, BlobFiles
from crm.database import db, new_id
from crm.users.viewer import Viewer
from tests import factories
from tests.attachments.uploads import CHUNK, JPEG, code, put, state
from tests.power_cut import watch_syncs

NewClient = Callable[..., FlaskClient]


def test_a_photo_comes_in_pieces_and_goes_on_where_it_stopped(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    phone, blob_id = new_client(sara), new_id()
    assert state(phone, blob_id) == (0, False)
    assert put(phone, blob_id, last=CHUNK - 1).json == {"received": CHUNK, "complete": False}
    assert state(phone, blob_id) == (CHUNK, False)
    assert put(phone, blob_id, first=CHUNK, last=2 * CHUNK - 1).json["received"] == 2 * CHUNK
    assert put(phone, blob_id, first=2 * CHUNK).json == {"received": len(JPEG), "complete": True}
    assert state(phone, blob_id) == (len(JPEG), True)
    assert phone.get(f"/attachments/{blob_id}").data == JPEG


def test_a_photo_that_was_answered_for_is_there_after_a_power_cut(
    new_client: NewClient, sara: Viewer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = watch_syncs(monkeypatch)
    blob_id = new_id()
    assert put(new_client(sara), blob_id).json["complete"]
    whole = BlobFiles(folder).path(blob_id)
    for path in (whole, whole.parent, folder):
        assert path.name in left[path.parent], path


def test_a_piece_that_comes_again_or_too_early_changes_nothing(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    phone, blob_id = new_client(sara), new_id()
    assert put(phone, blob_id, first=CHUNK).json == {"received": 0, "complete": False}
    put(phone, blob_id, last=CHUNK - 1)
    assert put(phone, blob_id, last=CHUNK - 1).json["received"] == CHUNK
    assert put(phone, blob_id).json["complete"], "the whole, of which a part was here"
    assert put(phone, blob_id).json == {"received": len(JPEG), "complete": True}
    assert phone.get(f"/attachments/{blob_id}").data == JPEG


def test_eight_deliveries_at_once_make_one_photo(
    app: Flask, new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    blob_id, sha256 = new_id(), hashlib.sha256(JPEG).hexdigest()
    pieces = [
        Piece(JPEG[first : first + CHUNK], first, len(JPEG), "image/jpeg", sha256)
        for first in range(0, len(JPEG), CHUNK)
    ]

    def deliver(_turn: int) -> bool:
        with app.app_context():
            said = [receive_piece(sara, blob_id, piece, folder) for piece in pieces]
            db.session.remove()
            return said[-1].complete

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(deliver, range(8)))
    assert new_client(sara).get(f"/attachments/{blob_id}").data == JPEG
    assert db.session.query(Attachment).count() == 1


def test_a_delivery_never_takes_another_ones_photo_away(folder: Path) -> None:
    files, sha256 = BlobFiles(folder), hashlib.sha256(JPEG).hexdigest()

    def deliver(blob_id: str) -> bool:
        for first in range(0, len(JPEG), CHUNK):
            here = files.add(blob_id, first, JPEG[first : first + CHUNK], len(JPEG))
        return here == len(JPEG) and files.finish(blob_id, sha256) == JPEG[:HEAD]

    with ThreadPoolExecutor(8) as pool:
        for _round in range(60):
            blob_id = new_id()
            assert all(pool.map(deliver, [blob_id] * 8))
            assert files.path(blob_id).read_bytes() == JPEG
    assert not list((folder / PART).iterdir())


def test_what_arrived_otherwise_than_it_was_sent_begins_anew(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    phone, blob_id = new_client(sara), new_id()
    right = hashlib.sha256(JPEG).hexdigest()
    spoiled = JPEG[:-1] + b"x"
    assert code(put(phone, blob_id, spoiled, sha256=right)) == (422, "start_over")
    assert state(phone, blob_id) == (0, False)
    assert put(phone, blob_id).json["complete"]


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"%PDF-1.7 ....", "application/pdf"),
        (b"<html><script>alert(1)</script>", "image/jpeg"),
        (b"<svg onload='alert(1)'/>            ", "image/png"),
        (b"MZ\x90\x00 a program", "audio/ogg"),
        (JPEG, "image/png"),
        (b"\x00\x00\x00\x20ftypavif....", "image/heic"),
        (b"", "image/jpeg"),
    ],
)
def test_nothing_but_photos_and_voice_notes_is_kept(
    new_client: NewClient, sara: Viewer, folder: Path, data: bytes, type_: str
) -> None:
    phone, blob_id = new_client(sara), new_id()
    answer = put(phone, blob_id, data, type=type_)
    assert code(answer) in ((415, "wrong_type"), (400, "malformed"))
    assert phone.get(f"/attachments/{blob_id}").status_code == 404
    assert state(phone, blob_id) == (0, False)
    assert not db.session.query(Attachment).count()


HEADS = {
    "image/jpeg": JPEG,
    "image/png": factories.PIXEL,
    "image/webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ....",
    "image/heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
    "audio/mp4": b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00",
    "audio/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81",
    "audio/ogg": b"OggS\x00\x02\x00\x00",
    "audio/mpeg": b"\xff\xfb\x90\x64\x00\x0f",
}


@pytest.mark.parametrize("type_", TYPES)
def test_each_type_that_is_kept_is_known_by_its_first_bytes_and_served_as_that(
    new_client: NewClient, sara: Viewer, folder: Path, type_: str
) -> None:
    phone, blob_id, data = new_client(sara), new_id(), HEADS[type_]
    assert put(phone, blob_id, data, type=f"{type_};codecs=x").json["complete"]
    answer = phone.get(f"/attachments/{blob_id}")
    assert (answer.data, answer.mimetype) == (data, type_)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("length", range(17))
def test_the_look_at_the_first_bytes_takes_any_length(length: int) -> None:
    for head in HEADS.values():
        assert sniff(head[:length]) in {None, *TYPES}


def test_a_player_may_ask_for_a_part(new_client: NewClient, sara: Viewer, folder: Path) -> None:
    phone, blob_id = new_client(sara), new_id()
    put(phone, blob_id)
    answer = phone.get(f"/attachments/{blob_id}", headers={"Range": "bytes=4-9"})
    assert (answer.status_code, answer.data) == (206, JPEG[4:10])


def test_too_big_is_said_before_anything_is_written(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    answer = put(new_client(sara), new_id(), last=CHUNK - 1, size=LARGEST + 1)
    assert code(answer) == (413, "too_big")
    assert "15 MB" in answer.json["error"]["message"]
    assert not list(folder.rglob("????????-*"))


def test_a_piece_over_a_megabyte_is_too_big(
    new_client: NewClient, sara: Viewer, folder: Path
) -> None:
    answer = put(new_client(sara), new_id(), JPEG + bytes(1024 * 1024))
    assert code(answer) == (413, "too_big")


def test_a_disk_that_is_nearly_full_keeps_photos_waiting_on_the_phone(
    new_client: NewClient, sara: Viewer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    phone, blob_id = new_client(sara), new_id()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=200_000_000))
        answer = put(phone, blob_id)
    assert code(answer) == (507, "disk_full")
    assert answer.headers["Retry-After"] == "600"
    assert put(phone, blob_id).json["complete"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 0-9/5"},
        {"Content-Range": "bytes 5-2/100"},
        {"Content-Range": "rubbish"},
        {"X-Content-SHA256": "abc"},
        {"X-Content-SHA256": ""},
    ],
)
def test_what_does_not_fit_together_is_malformed(
    new_client: NewClient, sara: Viewer, headers: dict[str, str]
) -> None:
    right = {
        "Content-Type": "image/jpeg",
        "X-Content-SHA256": hashlib.sha256(JPEG).hexdigest(),
    }
    answer = new_client(sara).put(f"/api/v1/blobs/{new_id()}", data=JPEG, headers=right | headers)
    assert code(answer) == (400, "malformed")


def test_anothers_upload_is_not_there(
    new_client: NewClient, sara: Viewer, omid: Viewer, folder: Path
) -> None:
    blob_id = new_id()
    put(new_client(sara), blob_id, last=CHUNK - 1)
    stranger = new_client(omid)
    assert stranger.get(f"/api/v1/blobs/{blob_id}").status_code == 404
    assert put(stranger, blob_id).status_code == 404
    assert state(new_client(sara), blob_id) == (CHUNK, False)
