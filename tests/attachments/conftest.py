"""An empty folder for what is uploaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask


@pytest.fixture
def folder(app: Flask) -> Iterator[Path]:
    """The folder of blobs, empty before and after."""
    folder = Path(app.config["DATA_DIR"]) / "blobs"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
