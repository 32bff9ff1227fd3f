"""The HTML pages."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_compress import Compress

from crm.web import (
    assets,
    errors,
    proxy,
    rendering,
    security,
    sessions,
    tracking,
    wipe,
    worker_files,
)


def init_app(app: Flask) -> None:
    """Register the pages, their guard and their helpers."""
    from crm.web import routes

    app.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=4,
        COMPRESS_MIN_SIZE=600,
    )
    sessions.init_app(app)
    wipe.init_app(app)
    security.init_app(app)
    rendering.init_app(app)
    errors.init_app(app)
    worker_files.init_app(app)
    tracking.init_app(app)
    routes.init_app(app)
    Compress(app)
    assets.init_app(app, Path(app.root_path) / "static", security.HEADERS)
    proxy.init_app(app)
