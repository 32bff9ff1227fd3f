"""A calendar of Sara's, which the worker reads from loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.commands import create_contact
from crm.activities.models import Activity
from crm.calendars.jobs import fetch_due_calendars
from crm.calendars.sources import add_source
from crm.company.models import Company
from crm.database import db
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer, system_viewer
from tests.calendars.files import NOURI
from tests.calendars.servers import PASSWORD, USER, Shelf, serving
from tests.people import TEHRAN

HAMRAH = system_viewer(TEHRAN)


@pytest.fixture
def shelf(app: Flask) -> Iterator[Shelf]:
    """A server on loopback. Its address is in clear, which an admin has to allow."""
    with serving() as shelf:
        db.session.scalars(select(Company)).one().inside_calendars = True
        db.session.commit()
        yield shelf


@pytest.fixture
def nouri(sara: Viewer, app: Flask) -> str:
    """A contact of Sara's, with an address and a mobile."""
    return create_contact(
        sara, {"name": "Nima Nouri", "emails": [NOURI], "phones": ["0912 345 6789"]}
    )


@pytest.fixture
def read(app: Flask) -> Callable[[], int]:
    """Have the worker read what is due."""

    def run() -> int:
        db.session.rollback()
        return fetch_due_calendars(HAMRAH, 100)

    return run


@pytest.fixture
def file_of(shelf: Shelf) -> Callable[[Viewer], str]:
    """Give somebody a calendar file at /cal.ics and return his source's id."""

    def add(owner: Viewer, path: str = "/cal.ics") -> str:
        address = {"kind": "ics", "address": shelf.address + path}
        return add_source(viewer_of(owner.id), address)

    return add


@pytest.fixture
def server_of(shelf: Shelf) -> Callable[..., str]:
    """Give somebody the CalDAV server and return his source's id."""

    def add(owner: Viewer, path: str = "/dav/", password: str = PASSWORD) -> str:
        said = {"kind": "caldav", "address": shelf.address + path, "username": USER}
        return add_source(viewer_of(owner.id), said | {"password": password})

    return add


@pytest.fixture
def planned(app: Flask) -> Callable[[Viewer], list[Activity]]:
    """Return what somebody has planned, in order."""

    def find(owner: Viewer) -> list[Activity]:
        db.session.rollback()
        rows = select(Activity).where(
            Activity.owner_id == owner.id,
            Activity.done_at.is_(None),
            Activity.archived_at.is_(None),
        )
        return list(db.session.scalars(rows.order_by(Activity.due_at, Activity.id)))

    return find
