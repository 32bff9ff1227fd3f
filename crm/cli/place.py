"""The data folder: where it is, that one process at a time has it, and whether it was left well."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from crm.backup.kept import backup_folder

__all__ = [
    "backup_folder",
    "only_one_here",
    "refuse_network_folder",
    "sqlite_file",
    "unclean_stop",
]


def sqlite_file(config: Mapping[str, Any]) -> Path | None:
    """Return the file of the SQLite database, or None where another database is used."""
    from crm.config import database_url

    url = database_url(dict(config))
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def refuse_network_folder(config: Mapping[str, Any]) -> None:
    """Raise ClickException where SQLite's file would lie on another machine."""
    from crm.backup.disk import file_system_of, is_network

    file = sqlite_file(config)
    if file is not None and is_network(kind := file_system_of(file.parent)):
        raise click.ClickException(
            f"{file.parent} is on a network file system ({kind}): SQLite's locks do not hold there."
            " Choose a folder of this machine by DATA_DIR, or use PostgreSQL by DATABASE_URL."
        )


@contextmanager
def only_one_here(
    config: Mapping[str, Any], unless: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Have the data folder for this process alone, where it holds the SQLite file.

    Raises ClickException when another process has it; with `unless` only if that is not so.
    """
    if sqlite_file(config) is None:
        yield
        return
    # The lock is on the open file: it ends with the process, however that ends.
    descriptor = os.open(Path(config["DATA_DIR"]) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not unless():
                raise click.ClickException(
                    f"Another Hamrah runs on {config['DATA_DIR']}. Stop that one first: SQLite"
                    " is written by one process."
                ) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def unclean_stop(config: Mapping[str, Any]) -> Iterator[bool]:
    """Tell whether the last server here did not end well, and mark that one runs until the end.

    The mark stays when the block raises: what was found wrong is looked at again next time.
    """
    marker = Path(config["DATA_DIR"]) / "running"
    was_unclean = marker.exists()
    marker.touch()
    yield was_unclean
    marker.unlink(missing_ok=True)
