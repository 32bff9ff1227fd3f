"""`flask serve`: checks the ground, migrates, prints where to go, and serves in one process."""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

#: So many phones may stand still in the middle of an upload before another has to wait.
BLOCKING_THREADS = 64


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(serve_command)


@click.command("serve")
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", default=8000, show_default=True)
@with_appcontext
def serve_command(host: str, port: int) -> None:
    """Serve the pages and the API until stopped (Ctrl+C or SIGTERM)."""
    from crm.cli.migration import migrate
    from crm.cli.place import only_one_here, refuse_network_folder, unclean_stop

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    refuse_network_folder(app.config)
    _refuse_taken_port(host, port)
    with only_one_here(app.config), unclean_stop(app.config) as was_unclean:
        if was_unclean:
            _look_after_unclean_stop()
        migrate()
        _say_where(host, port)
        with _backups(), _worker(app), _visitors(app):
            _serve(app, host, port)
        _close_database()


def _refuse_taken_port(host: str, port: int) -> None:
    # The server itself shares its port with whoever asks, another Hamrah included.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Cannot listen on {host}:{port} ({error.strerror}). Choose another by PORT=8001."
            ) from error


def _look_after_unclean_stop() -> None:
    from sqlalchemy import text

    from crm.database import db, is_sqlite

    if not is_sqlite():
        return
    click.echo("The last stop was not clean: looking through the database …")
    with db.engine.connect() as connection:
        said = list(connection.scalars(text("PRAGMA quick_check(3)")))
    if said != ["ok"]:
        raise click.ClickException(
            "The database is damaged: " + "; ".join(said) + ". Restore the last backup with"
            " `flask restore` into a new folder."
        )


def _say_where(host: str, port: int) -> None:
    from crm.company.queries import find_company
    from crm.database import db
    from crm.setup.commands import setup_token

    config = current_app.config
    shown = socket.gethostname() if host in ("0.0.0.0", "::") else host  # noqa: S104  # compared
    address = (
        config["BASE_URL"].rstrip("/") or f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    )
    click.echo(f"Hamrah is at {address}")
    if find_company() is None:
        token = setup_token(config["DATA_DIR"], config["SECRET_KEY"])
        click.echo(f"Begin here, once: {address}/setup?token={token}")
    db.session.remove()


@contextmanager
def _backups() -> Iterator[None]:
    from crm.attachments.storage import blob_folder
    from crm.backup.hourly import Hourly
    from crm.cli.place import backup_folder, sqlite_file

    file = sqlite_file(current_app.config)
    if file is None:  # with several machines on one PostgreSQL, its keeper backs it up
        yield
        return
    hourly = Hourly(file, backup_folder(current_app.config), blob_folder(current_app.config))
    hourly.start()
    try:
        yield
    finally:
        hourly.stop()


@contextmanager
def _worker(app: Flask) -> Iterator[None]:
    from crm.worker import ALL, Worker

    workers = [Worker(app.app_context, jobs) for jobs in ALL]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()


@contextmanager
def _visitors(app: Flask) -> Iterator[None]:
    """Write what the website's visitors did in the last second, before the database is closed."""
    try:
        yield
    finally:
        app.extensions["tracking"].stop()


def _serve(app: Flask, host: str, port: int) -> None:
    from granian.constants import HTTPModes, Interfaces

    server = _server_class()(
        "app:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        blocking_threads=BLOCKING_THREADS,
        log_enabled=False,
    )
    # What was made while starting lives until the end: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    # A page makes thousands of objects that die with it: looking every 700 costs a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    loaded: Callable[[], Any] = lambda: app  # noqa: E731
    server.serve(target_loader=loaded, wrap_loader=False)


def _server_class() -> Any:
    from granian.server.mt import MTServer

    class InThisProcess(MTServer):
        """granian's server with its worker in a thread of this process.

        The one with worker processes would leave a writer behind when its parent is killed, and
        SQLite has one writing process. granian asks for this one only where Python has no global
        lock, but needs that for several workers; here is one.
        """

        def _check_gil(self) -> None:
            pass

    return InThisProcess


def _close_database() -> None:
    from crm.database import db

    db.session.remove()
    db.engine.dispose()
