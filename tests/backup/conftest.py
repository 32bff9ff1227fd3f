"""A live SQLite file with something in it; PostgreSQL is backed up by its own tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from crm.database import db
from crm.users.viewer import Viewer
from tests.databases import COMPANY, Sqlite
from tests.factories import a_contact, a_deal, an_account, an_activity


@pytest.fixture
def live(database_of: Callable[[str], Sqlite], sara: Viewer) -> Iterator[Path]:
    """The file of a database in use, with Sara's account, contact, deal and activities."""
    database = database_of("sqlite")
    database.reset(COMPANY)
    with database.app.app_context():
        account = an_account(sara)
        contact = a_contact(sara, account=account)
        deal = a_deal(sara, account_id=account.id, contact_id=contact.id)
        for _number in range(40):
            an_activity(sara, deal_id=deal.id, note="Asked for a quote, «تا آخر هفته»")
        yield database.file
        db.session.remove()


@pytest.fixture
def live_app(database_of: Callable[[str], Sqlite], live: Path) -> Flask:
    """The app that writes the live file."""
    return database_of("sqlite").app
