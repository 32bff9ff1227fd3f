"""Which backups stay, when the next is due, and on which disks SQLite may stand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crm.backup.disk import file_system_of, is_network
from crm.backup.hourly import AFTER_A_FAILURE, EVERY, Hourly
from crm.backup.kept import LONGEST, Backup, to_keep
from tests.clock import START, MovableClock


def hourly(hours: int) -> list[Backup]:
    return [
        Backup(Path(f"hamrah-{n}"), START - timedelta(hours=n), 1, "", "0002") for n in range(hours)
    ]


def test_a_day_by_the_hour_a_week_by_the_day_a_month_by_the_week_are_kept() -> None:
    kept = to_keep(hourly(24 * 60), START)
    ages = sorted(int(path.name.removeprefix("hamrah-")) for path in kept)
    assert ages[:24] == list(range(24))
    assert len(ages) <= 24 + 7 + 4
    assert max(ages) >= 24 * 14
    assert timedelta(hours=max(ages)) <= LONGEST


def test_the_only_backup_is_kept_until_it_is_too_old_to_hold_what_was_erased() -> None:
    only = hourly(1)
    assert to_keep(only, START + LONGEST)
    assert not to_keep(only, START + LONGEST + timedelta(seconds=1))


def test_the_next_is_due_an_hour_after_the_last(
    live: Path, tmp_path: Path, clock: MovableClock
) -> None:
    thread = Hourly(live, tmp_path, live.parent / "blobs")
    assert thread.until_due() == timedelta(0)
    assert thread.back_up() == EVERY
    clock.move(minutes=20)
    assert thread.until_due() == timedelta(minutes=40)


def test_a_backup_that_fails_is_tried_again_and_kills_nothing(
    live: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "backups"
    in_the_way.write_text("a file where the folder should be")
    assert Hourly(live, in_the_way, live.parent / "blobs").back_up() == AFTER_A_FAILURE
    assert "failed" in caplog.text


def test_the_thread_ends_when_it_is_told_to(live: Path, tmp_path: Path) -> None:
    thread = Hourly(live, tmp_path, live.parent / "blobs")
    thread.start()
    thread.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert list(tmp_path.iterdir()) == []


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/of\\040mine xfs rw 0 0
cloud: /mnt/cloud fuse.rclone rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind", "network"),
    [
        ("/var/lib/hamrah", "ext4", False),
        ("/home/hamrah", "nfs4", True),
        ("/home/of mine/data", "xfs", False),
        ("/homestead", "ext4", False),
        ("/mnt/cloud/x", "fuse.rclone", True),
    ],
)
def test_a_folder_is_known_to_be_on_another_machine(
    tmp_path: Path, place: str, kind: str, network: bool
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert file_system_of(Path(place), mounts) == kind
    assert is_network(kind) == network


def test_without_a_list_of_mounts_nothing_is_refused(tmp_path: Path) -> None:
    assert file_system_of(tmp_path, tmp_path / "none") == ""
    assert not is_network("")
