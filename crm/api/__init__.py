"""The JSON API: quick capture, look-ups, and what a phone and the server tell each other."""

from __future__ import annotations

from flask import Flask

from crm.api import errors


def init_app(app: Flask) -> None:
    """Register the API's blueprints and the shape of its errors."""
    from crm.api import blobs, book, captures, heartbeat, lookups, missing, openapi, push, receipts

    for module in (blobs, book, captures, heartbeat, lookups, missing, openapi, push, receipts):
        app.register_blueprint(module.blueprint)
    # The web's error handlers stand for the whole app; they hand over what went wrong below /api.
    app.extensions["api_errors"] = errors.answer
