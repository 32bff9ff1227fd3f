"""The app, killed by itself at the point of a request that the header X-Die names."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable
from typing import Any

from sqlalchemy import event

from crm import create_app
from crm.database import db

_request = threading.local()


def die_at(point: str) -> None:
    if getattr(_request, "dies_at", None) == point:
        os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """Around the app: knows where this request is to end, and ends it first or last."""

    def __init__(self, wsgi: Any) -> None:
        self.wsgi = wsgi

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        _request.dies_at = environ.get("HTTP_X_DIE")
        die_at("asked")
        answer = b"".join(self.wsgi(environ, start))
        die_at("answered")
        return [answer]


def on_statement(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if statement.startswith("INSERT INTO timeline_entry"):
        die_at("applied")
    if statement.startswith("INSERT INTO capture"):
        die_at("entered")


app = create_app()
app.wsgi_app = Dying(app.wsgi_app)  # type: ignore[method-assign]
with app.app_context():
    event.listen(db.engine, "after_cursor_execute", on_statement)
    # After the product's own listener, which begins the transaction.
    event.listen(
        db.engine,
        "begin",
        lambda c: die_at("begun") if c.get_execution_options().get("writes") else None,
    )
    event.listen(db.session, "after_commit", lambda _session: die_at("committed"))
