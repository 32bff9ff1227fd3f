"""PostgreSQL restarted while the pool held its connections: nobody notices."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text

from crm.database import db, engine
from tests import databases


@pytest.mark.postgresql
def test_a_rested_connection_that_was_cut_is_replaced_before_it_is_used(
    database_of: Callable[[str], databases.TestDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = database_of("postgresql")
    assert isinstance(database, databases.Postgresql)
    database.reset(databases.COMPANY)
    monkeypatch.setattr(engine, "RESTED_SECONDS", 0.0)
    with database.app.app_context():
        db.engine.dispose()  # one connection, and the next test gets none that was cut
        before = db.session.scalar(text("SELECT pg_backend_pid()"))
        db.session.remove()
        with psycopg.connect(database.cluster.url("hamrah"), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
        assert db.session.scalar(text("SELECT pg_backend_pid()")) != before
        db.session.remove()
