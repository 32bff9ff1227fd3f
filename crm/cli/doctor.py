"""`flask doctor`: looks at what the data's safety hangs on and says plainly what is wrong."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

LEAST_FREE_BYTES = 500_000_000
LEAST_FREE_TIMES = 3
#: No clock is right that shows a time before this program was written.
WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and the sentence about it."""

    is_well: bool
    said: str


Check = Callable[[Mapping[str, Any]], Iterator[Finding]]


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(doctor_command)


@click.command("doctor")
@with_appcontext
def doctor_command() -> None:
    """Look over database, disk, backups, clock, address, alerts, mail; exit 1 if one is wrong."""
    from crm.cli.doctor_database import postgresql, sqlite
    from crm.cli.doctor_mail import mail
    from crm.cli.doctor_push import push
    from crm.cli.place import sqlite_file

    database = postgresql if sqlite_file(current_app.config) is None else sqlite
    trouble = False
    for look in (database, folder, blobs, backups, clock, address, push, mail):
        for finding in look(current_app.config):
            click.echo(f"{' ok ' if finding.is_well else 'FIX '} {finding.said}")
            trouble = trouble or not finding.is_well
    if trouble:
        raise SystemExit(1)


def folder(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the data folder: rights and space."""
    place = Path(config["DATA_DIR"])
    yield Finding(os.access(place, os.W_OK), f"The data folder {place} can be written")
    open_to = stat.S_IMODE(place.stat().st_mode) & 0o077
    yield Finding(
        not open_to,
        "Only this account can look into the data folder"
        if not open_to
        else f"Other accounts of this machine can look into {place}: chmod 700 it",
    )
    free = shutil.disk_usage(place).free
    needed = max(LEAST_FREE_BYTES, LEAST_FREE_TIMES * _size(place))
    yield Finding(
        free >= needed,
        f"{free / 1e9:.1f} GB of disk are free"
        if free >= needed
        else f"Only {free / 1e6:.0f} MB of disk are free, {needed / 1e6:.0f} MB should be",
    )


def blobs(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look whether every photo and voice note that was received is here, in its full size."""
    from sqlalchemy.exc import SQLAlchemyError

    from crm.attachments.queries import lost_blobs
    from crm.attachments.storage import blob_folder

    place = blob_folder(config)
    try:
        lost = lost_blobs(place)
    except SQLAlchemyError:  # said by the look at the database, or not yet migrated
        return
    yield Finding(
        not lost,
        "Every photo and voice note is here"
        if not lost
        else f"{len(lost)} photos or voice notes are missing in {place} ({lost[0]} …): bring them"
        " back from the folder blobs beside the backups",
    )


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in place.glob("hamrah.sqlite3*"))


def backups(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the age of the last verified backup."""
    from crm import clock as time
    from crm.backup import OLDEST_BACKUP, last_backup
    from crm.cli.place import sqlite_file

    last = last_backup(config)
    how = (
        "`flask backup` makes one" if sqlite_file(config) is None else "the server makes one hourly"
    )
    if last is None:
        yield Finding(False, f"There is no verified backup yet: {how}")
        return
    age = time.now() - last.made_at
    hours = int(age.total_seconds() // 3600)
    yield Finding(
        age <= OLDEST_BACKUP,
        f"The last verified backup is {hours} hours old ({last.path.name})"
        if age <= OLDEST_BACKUP
        else f"The last verified backup is {hours} hours old: {how}",
    )


def clock(_config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look whether the machine's clock can be right."""
    now = datetime.now(UTC)
    yield Finding(
        now >= WRITTEN,
        f"The clock says {now:%Y-%m-%d %H:%M} UTC"
        if now >= WRITTEN
        else f"The clock says {now:%Y-%m-%d}, which is past: set it (timedatectl set-ntp true)",
    )


def address(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the address under which phones come."""
    base = str(config["BASE_URL"] or "")
    if not base:
        yield Finding(True, "BASE_URL is not set: well for this machine alone; phones need https")
        return
    safe = base.startswith("https://")
    yield Finding(
        safe,
        f"Phones come by {base}"
        if safe
        else f"BASE_URL is {base}: without https a phone installs nothing and gets no alerts",
    )
    yield Finding(
        bool(config["TRUSTED_HOSTS"]),
        "TRUSTED_HOSTS is set"
        if config["TRUSTED_HOSTS"]
        else "TRUSTED_HOSTS is empty: name the host of BASE_URL in it",
    )
