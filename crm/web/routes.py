"""Every page family, in one place; each module's `blueprint` is its table of addresses."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

FAMILIES = (
    "accounts",
    "activities",
    "administration",
    "attachments",
    "captures",
    "contacts",
    "conversions",
    "deals",
    "decisions",
    "deletion",
    "health",
    "hooks",
    "imports",
    "join",
    "leads",
    "mail",
    "more",
    "people",
    "phone",
    "products",
    "public_forms",
    "qr_codes",
    "settings",
    "setup",
    "stops",
    "tags",
    "team",
    "today",
    "tracking",
    "worker_files",
)


def init_app(app: Flask) -> None:
    """Register the blueprints."""
    for family in FAMILIES:
        app.register_blueprint(import_module(f"crm.web.{family}").blueprint)
