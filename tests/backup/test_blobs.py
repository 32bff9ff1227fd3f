"""Photos and voice notes are in the backups, checked, brought back, and gone when erased."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from crm.attachments.models import Attachment
from crm.attachments.queries import whole_hashes
from crm.attachments.storage import BlobFiles
from crm.backup.contents import Damaged
from crm.backup.kept import blobs_of
from crm.backup.postgresql import dump
from crm.backup.restore import restore, verify
from crm.cli.doctor import blobs as look_at_blobs
from crm.database import db, sqlite_module
from crm.users.viewer import Viewer
from tests.backup.making import back_up
from tests.clock import MovableClock
from tests.databases import COMPANY, Postgresql
from tests.factories import PIXEL, a_photo, an_activity
from tests.power_cut import watch_syncs


@pytest.fixture
def folder(live_app: Flask) -> Iterator[Path]:
    """The folder of blobs of the live app, empty before and after."""
    folder = Path(live_app.config["DATA_DIR"]) / "blobs"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def photo(live: Path, folder: Path, sara: Viewer) -> str:
    """The id of a photo at a meeting of Sara's."""
    return str(a_photo(sara, folder, an_activity(sara).id).id)


def test_a_backup_holds_the_photos_and_a_restore_brings_them_back(
    live: Path, tmp_path: Path, photo: str
) -> None:
    made = back_up(live, tmp_path / "backups")
    assert list(made.blobs) == [photo]
    assert verify(made.path) == made
    restore(made.path, tmp_path / "new")
    assert BlobFiles(tmp_path / "new" / "blobs").path(photo).read_bytes() == PIXEL


def test_a_power_cut_leaves_the_photos_that_a_manifest_names(
    live: Path, tmp_path: Path, photo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = watch_syncs(monkeypatch)
    made = back_up(live, tmp_path / "backups")
    restore(made.path, tmp_path / "new")
    for files in (BlobFiles(blobs_of(tmp_path / "backups")), BlobFiles(tmp_path / "new" / "blobs")):
        for path in (files.path(photo), files.path(photo).parent, files.folder):
            assert path.name in left[path.parent], path


def test_the_next_backup_copies_only_what_is_new(
    live: Path, tmp_path: Path, photo: str, folder: Path, sara: Viewer, clock: MovableClock
) -> None:
    back_up(live, tmp_path)
    kept = BlobFiles(blobs_of(tmp_path)).path(photo)
    before = kept.stat()
    a_photo(sara, folder, an_activity(sara).id)
    clock.move(hours=1)
    made = back_up(live, tmp_path)
    assert len(made.blobs) == 2
    assert kept.stat().st_mtime_ns == before.st_mtime_ns
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", ["flip", "lose"])
def test_a_photo_that_is_spoiled_or_lost_beside_the_backup_is_noticed(
    live: Path, tmp_path: Path, photo: str, spoil: str
) -> None:
    made = back_up(live, tmp_path / "backups")
    kept = BlobFiles(blobs_of(tmp_path / "backups")).path(photo)
    if spoil == "flip":
        kept.write_bytes(bytes([kept.read_bytes()[0] ^ 1]) + kept.read_bytes()[1:])
    else:
        kept.unlink()
    with pytest.raises(Damaged, match=photo):
        verify(made.path)
    with pytest.raises(Damaged, match=photo):
        restore(made.path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("spoil", ["flip", "lose"])
def test_a_photo_that_is_spoiled_here_stops_no_backup_and_the_doctor_names_what_is_missing(
    live: Path,
    live_app: Flask,
    tmp_path: Path,
    photo: str,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: str,
) -> None:
    (well,) = look_at_blobs(live_app.config)
    assert well.is_well
    file = BlobFiles(folder).path(photo)
    if spoil == "flip":
        file.write_bytes(b"other bytes")
    else:
        file.unlink()
    made = back_up(live, tmp_path)
    assert made.blobs == {}
    assert made.tables["activity"]["rows"] == 41
    assert photo in caplog.text
    (sick,) = look_at_blobs(live_app.config)
    assert not sick.is_well
    assert photo in sick.said


def test_what_was_erased_is_gone_from_the_backups_with_the_last_that_names_it(
    live: Path, tmp_path: Path, photo: str, clock: MovableClock
) -> None:
    back_up(live, tmp_path)
    kept = BlobFiles(blobs_of(tmp_path)).path(photo)
    db.session.delete(db.session.get_one(Attachment, photo))
    db.session.commit()
    os.utime(kept, (0, 0))
    for days, is_there in ((1, True), (35, False)):
        clock.move(days=days)
        back_up(live, tmp_path)
        assert kept.exists() == is_there


def test_a_backup_of_the_version_before_photos_is_made_and_verified(
    live: Path, tmp_path: Path, folder: Path
) -> None:
    old = tmp_path / "old.sqlite3"
    shutil.copyfile(back_up(live, tmp_path / "whole").path, old)
    with closing(sqlite_module().connect(old)) as connection:
        connection.execute("DROP TABLE attachment")
        connection.commit()
    made = back_up(old, tmp_path / "backups")
    assert verify(made.path).blobs == {}


def test_a_dump_of_postgresql_holds_the_photos_too(
    database_of: Callable[[str], Postgresql], tmp_path: Path, sara: Viewer
) -> None:
    database = database_of("postgresql")
    database.reset(COMPANY)
    source = tmp_path / "blobs"
    with database.app.app_context():
        photo = a_photo(sara, source, an_activity(sara).id)
        kept = tmp_path / "kept"

        def wanted() -> dict[str, str]:
            (dumped,) = kept.glob(".*.part")
            assert dumped.stat().st_size, "a photo that is finished now is not whole in the dump"
            return whole_hashes()

        made = dump(db.engine.url, kept, "0003", blobs=source, wanted=wanted)
        assert verify(made.path).blobs == {photo.id: photo.sha256}
        BlobFiles(blobs_of(kept)).path(photo.id).unlink()
        with pytest.raises(Damaged, match="missing"):
            verify(made.path)
        db.session.remove()
