"""The JSON API: quick capture and look-ups."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the API's blueprints."""
