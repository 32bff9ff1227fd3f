"""Commands for whoever runs the server."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from flask import Flask

#: Each has a `register(app)`; what a command needs beyond Flask it imports when it runs.
MODULES = ("serve", "migration", "data", "backup", "doctor", "users", "imports")


def init_app(app: Flask) -> None:
    """Register the commands."""
    for module in modules():
        module.register(app)


def modules() -> list[ModuleType]:
    """Return the command modules."""
    return [import_module(f"{__name__}.{name}") for name in MODULES]
