"""What survives a power cut: bytes that were synced, under names whose folder was synced."""

from __future__ import annotations

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Make what was written to a file survive a power cut."""
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut."""
    _sync(folder, os.O_RDONLY)


def make_folder(folder: Path) -> None:
    """Make a folder for our eyes only, if it is not there; its name survives a power cut."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for made in missing:
        sync_folder(made.parent)


def write_durably(path: Path, text: str) -> None:
    """Write a small file and have it on the disk before returning."""
    path.write_text(text)
    sync_file(path)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
