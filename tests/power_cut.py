"""What a power cut leaves of the folders: the names they had when they were last synced."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest


def watch_syncs(monkeypatch: pytest.MonkeyPatch) -> defaultdict[Path, set[str]]:
    """Return a mapping that says from now on which names in a folder are on the disk."""
    left: defaultdict[Path, set[str]] = defaultdict(set)
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        fsync(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            left[path] = {entry.name for entry in path.iterdir()}

    monkeypatch.setattr(os, "fsync", noting)
    return left
