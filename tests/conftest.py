"""The app under test on both databases, its people and its clock; what may not be skipped."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from crm import clock as product_clock
from crm.database import db
from crm.users.viewer import Viewer
from tests import mission, people
from tests.clock import MovableClock
from tests.databases import COMPANY, EMPTY, KINDS, TestDatabase
from tests.postgres import Missing

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
#: DATABASES=sqlite runs one, for speed while developing.
DATABASES = os.environ.get("DATABASES", "sqlite postgresql").replace(",", " ").split()


# Two workers on two cores: how long one example took says nothing.
settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mission", action="store_true", help="list the mission's numbers shown")


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()
    if config.getoption("--mission"):
        config.pluginmanager.register(mission.Collector())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mission.label(items)
    seldom = [] if os.environ.get("EVERY") else [i for i in items if i.get_closest_marker("seldom")]
    if seldom:
        config.hook.pytest_deselected(items=seldom)
        items[:] = [item for item in items if item not in seldom]


def pytest_collection_finish() -> None:
    """Keep what was collected out of the collector's passes: one over eight thousand tests takes a
    second of CPU, which a request that it fell into seemed to take."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a missing database, browser or real-data folder is a failure, not a skip."""
    report: Any = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Nothing in the tests may speak to another machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host and host not in ("::1", "localhost") and not str(host).startswith("127."):
            raise RuntimeError(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def _session_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(autouse=True)
def clock(_session_clock: MovableClock) -> Iterator[MovableClock]:
    """10:45 in Tehran on 24 November 2026, until `clock.move(hours=2)`."""
    _session_clock.reset()
    with product_clock.using_clock(_session_clock):
        yield _session_clock


@pytest.fixture(scope="session")
def database_of(
    tmp_path_factory: pytest.TempPathFactory, _session_clock: MovableClock
) -> Iterator[Callable[[str], TestDatabase]]:
    """Return the named database, made at its first use."""
    made: dict[str, TestDatabase] = {}

    def get(kind: str) -> TestDatabase:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            _session_clock.reset()
            with product_clock.using_clock(_session_clock):
                try:
                    made[kind] = KINDS[kind](folder, _session_clock, people.settle)
                except Missing as missing:
                    pytest.skip(str(missing))
        return made[kind]

    yield get
    for database in made.values():
        database.close()


@pytest.fixture(params=[pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in DATABASES])
def database(request: pytest.FixtureRequest, database_of: Callable[[str], TestDatabase]) -> Any:
    """Each test that uses it runs once a database."""
    return database_of(request.param)


def _fresh(database: TestDatabase, start: str) -> Iterator[Flask]:
    database.reset(start)
    with database.app.app_context():
        yield database.app
        db.session.remove()


@pytest.fixture
def app(database: TestDatabase) -> Iterator[Flask]:
    """The app with a company, two teams and their people; its context is pushed."""
    yield from _fresh(database, COMPANY)


@pytest.fixture
def empty_app(database: TestDatabase) -> Iterator[Flask]:
    """The app before set-up: no company, nobody."""
    yield from _fresh(database, EMPTY)


@pytest.fixture
def sqlite_app(database_of: Callable[[str], TestDatabase]) -> Iterator[Flask]:
    """As `app`, on SQLite only: for the browser, and for what concerns SQLite alone."""
    yield from _fresh(database_of("sqlite"), COMPANY)


class Client(FlaskClient):
    """A phone: each request lives in a context of its own, as on a server.

    Without that, Flask would reuse the test's app context, and with it `g`, the session and the
    locale. Afterwards the test's session forgets what it read, so that it sees what was written.
    Its requests come from our own pages, unless a test says otherwise in `headers`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()
        try:
            # Read to its end and closed, as a server does with a file that it sends.
            return Context().run(super().open, *args, buffered=True, **kwargs)
        finally:
            db.session.rollback()


@pytest.fixture
def new_client(app: Flask) -> Callable[[Viewer | None], FlaskClient]:
    """Return a phone of its own for each call, signed in as the person given, if any."""
    app.test_client_class = Client

    def new(person: Viewer | None = None) -> FlaskClient:
        client = app.test_client()
        if person:
            people.sign_in(client, person)
        return client

    return new


@pytest.fixture
def client(new_client: Callable[..., FlaskClient]) -> FlaskClient:
    """A phone on which nobody is signed in."""
    return new_client()


@pytest.fixture
def sign_in() -> Callable[[FlaskClient, Viewer], None]:
    """`sign_in(client, sara)`: a session row and its cookie, without the form."""
    return people.sign_in


def _person(name: str) -> Any:
    return pytest.fixture(name=name)(lambda: people.PEOPLE[name])


sara = _person("sara")  # owns the record
omid = _person("omid")  # a rep of the same team
leila = _person("leila")  # their manager
nika = _person("nika")  # a rep of another team
reza = _person("reza")  # the other team's manager
admin = _person("admin")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data that no one here wrote; never copied into the project."""
    folder = Path(os.environ.get("REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set REAL_DATA")
    return folder
