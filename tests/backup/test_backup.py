"""A backup counts only when it is whole, and one byte more or less is noticed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from flask import Flask

from crm.backup.contents import Damaged, open_read_only
from crm.backup.kept import last_backup, list_backups, manifest_of
from crm.backup.restore import restore, verify
from crm.database import db, sqlite_module
from crm.users.viewer import Viewer
from tests.backup.making import back_up
from tests.clock import MovableClock
from tests.factories import an_account


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    with closing(open_read_only(path)) as connection:
        return list(connection.execute(question))


def test_a_backup_of_a_live_file_holds_all_that_was_committed(live: Path, tmp_path: Path) -> None:
    made = back_up(live, tmp_path)
    assert made.tables["activity"]["rows"] == 40
    assert rows(made.path, "SELECT count(*) FROM activity") == [(40,)]
    assert verify(made.path) == made
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        made.path.name,
        manifest_of(made.path).name,
    ]


def test_only_this_account_can_read_a_backup(live: Path, tmp_path: Path) -> None:
    made = back_up(live, tmp_path / "backups")
    assert made.path.stat().st_mode & 0o077 == 0
    assert made.path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("seed", range(12))
def test_one_flipped_bit_is_noticed(live: Path, tmp_path: Path, seed: int) -> None:
    made = back_up(live, tmp_path)
    content = bytearray(made.path.read_bytes())
    dice = Random(seed)
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    made.path.write_bytes(content)
    with pytest.raises(Damaged):
        verify(made.path)


def test_a_row_that_differs_is_noticed_even_where_the_file_matches(
    live: Path, tmp_path: Path
) -> None:
    made = back_up(live, tmp_path)
    manifest = manifest_of(made.path)
    manifest.write_text(manifest.read_text().replace(made.tables["deal"]["sha256"], "0" * 64))
    with pytest.raises(Damaged, match="deal"):
        verify(made.path)


def test_a_file_cut_short_and_one_without_manifest_are_refused(live: Path, tmp_path: Path) -> None:
    made = back_up(live, tmp_path)
    other = tmp_path / "other.sqlite3"
    shutil.copyfile(made.path, other)
    with pytest.raises(Damaged, match="manifest"):
        verify(other)
    made.path.write_bytes(made.path.read_bytes()[:-4096])
    with pytest.raises(Damaged, match="bytes"):
        verify(made.path)


def lose_an_index_entry(file: Path) -> None:
    """Spoil a page that holds no row, so that only a look through the whole file notices."""
    (root, size), *_more = rows(
        file,
        "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema"
        " WHERE name = 'ix_deal_owner_id_closed_at'",
    )
    content = bytearray(file.read_bytes())
    content[int(str(root)) * int(str(size)) - 20] ^= 0xFF
    file.write_bytes(content)


def lose_an_account(file: Path) -> None:
    with closing(sqlite_module().connect(file)) as connection:
        connection.execute("DELETE FROM account")
        connection.commit()


@pytest.mark.parametrize("spoil", [lose_an_index_entry, lose_an_account])
def test_a_damaged_database_gives_no_backup(
    live: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    broken = tmp_path / "broken.sqlite3"
    shutil.copyfile(back_up(live, tmp_path / "whole").path, broken)
    spoil(broken)
    with pytest.raises(Damaged):
        back_up(broken, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_last_backup_is_the_newest(live: Path, live_app: Flask, clock: MovableClock) -> None:
    assert last_backup(live_app.config) is None
    folder = Path(live_app.config["DATA_DIR"]) / "backups"
    try:
        first = back_up(live, folder, reason="hourly")
        clock.move(hours=1)
        newest = back_up(live, folder, reason="by-hand")
        assert last_backup(live_app.config) == newest
        assert len(list_backups(folder)) == 2
        newest.path.unlink()
        assert last_backup(live_app.config) == first
        first.manifest.write_text("{}")
        assert last_backup(live_app.config) is None
    finally:
        shutil.rmtree(folder)


def test_a_write_does_not_wait_for_a_backup(
    live: Path, live_app: Flask, tmp_path: Path, sara: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the copy stands still in its middle a write is done: the drill measures how fast."""
    written: list[int] = []
    to_disk = os.fdatasync

    def write() -> None:
        with live_app.app_context():
            an_account(sara)
            db.session.remove()
        written.append(1)

    def in_the_middle(descriptor: int) -> None:
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(timeout=10)
        assert not writer.is_alive(), "the write waits for the backup"
        to_disk(descriptor)

    monkeypatch.setattr(os, "fdatasync", in_the_middle)
    back_up(live, tmp_path)
    assert written


def test_a_restored_folder_is_new_and_has_an_epoch_of_its_own(live: Path, tmp_path: Path) -> None:
    made = back_up(live, tmp_path)
    before = rows(made.path, "SELECT epoch FROM company")
    restore(made.path, tmp_path / "new")
    file = tmp_path / "new" / "hamrah.sqlite3"
    assert rows(file, "SELECT count(*) FROM activity") == [(40,)]
    assert rows(file, "SELECT epoch FROM company") != before


def test_nothing_is_restored_into_a_folder_that_is_there(live: Path, tmp_path: Path) -> None:
    made = back_up(live, tmp_path)
    there = tmp_path / "there"
    there.mkdir()
    with pytest.raises(Damaged, match="exists already"):
        restore(made.path, there)
    assert list(there.iterdir()) == []


def test_a_damaged_backup_leaves_no_folder(live: Path, tmp_path: Path) -> None:
    made = back_up(live, tmp_path)
    made.path.write_bytes(made.path.read_bytes() + b"x")
    with pytest.raises(Damaged):
        restore(made.path, tmp_path / "new")
    assert not (tmp_path / "new").exists()
