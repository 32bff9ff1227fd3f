"""The application factory: the only place that knows every part."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask import Flask

from crm import clock, config, database, installation, outgoing
from crm.database import db

ROOT = Path(__file__).resolve().parent.parent


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """Return the app. `overrides` win over the environment (see `crm.config`)."""
    from crm import api, cli, models, web  # noqa: F401
    from crm.stops import following
    from crm.web.quick_start import LateRule

    settings = config.from_environment() | (overrides or {})
    app = Flask(
        __name__,
        root_path=str(ROOT),
        static_folder=None,
        template_folder="templates",
    )
    app.url_rule_class = LateRule
    app.config.update(settings)
    data_dir = Path(settings["DATA_DIR"])
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.config.setdefault("SECRET_KEY", None)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or config.secret_key(data_dir)
    installation.configure(str(app.config["SECRET_KEY"]), str(app.config["BASE_URL"] or ""))
    if settings.get("CLOCK"):
        clock.set_clock(settings["CLOCK"])
    outgoing.configure(loopback=settings["LOOPBACK"])
    _open_database(app)
    _configure_passwords(app)
    following.start()
    logging.getLogger("crm").setLevel(logging.INFO)
    web.init_app(app)
    api.init_app(app)
    cli.init_app(app)
    return app


class _LateMigrate:
    """Flask-Migrate when it is asked for: it brings alembic along, which a start can do without."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(self._app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
        return getattr(self._app.extensions["migrate"], name)


def _open_database(app: Flask) -> None:
    url = config.database_url(dict(app.config))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(url, app.config["POOL_SIZE"])
    db.init_app(app)
    app.extensions["migrate"] = _LateMigrate(app)
    with app.app_context():
        database.listen(db.engine)


def _configure_passwords(app: Flask) -> None:
    from crm.users import passwords

    passwords.configure(app.config["ARGON2_MEMORY_KIB"], app.config["ARGON2_TIME_COST"])
