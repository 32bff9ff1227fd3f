"""Every page family, in one place."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the blueprints; each module's `blueprint` is its table of addresses."""
    modules: list[object] = []
    for module in modules:
        app.register_blueprint(module.blueprint)  # type: ignore[attr-defined]
