"""Commands for whoever runs the server."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the commands; each module has a `register(app)`."""
    from crm.cli import modules

    for module in modules():
        module.register(app)


def modules() -> list:  # type: ignore[type-arg]
    """Return the command modules."""
    return []
