"""The tests' own ground: fresh data each time, people as the product sees them, no other hosts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm import clock as product_clock
from crm.accounts.models import Account
from crm.company.queries import find_company
from crm.database import db, is_sqlite
from crm.users.models import User
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer
from tests import people
from tests.clock import START, MovableClock
from tests.factories import an_account


@pytest.mark.parametrize("name", list(people.PEOPLE))
def test_a_person_is_the_viewer_that_the_product_makes(app: Flask, name: str) -> None:
    assert viewer_of(people.PEOPLE[name].id) == people.PEOPLE[name]


@pytest.mark.parametrize("_turn", [1, 2])
def test_what_one_test_writes_the_next_does_not_find(app: Flask, sara: Viewer, _turn: int) -> None:
    an_account(sara)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_before_set_up_there_is_no_company_and_nobody(empty_app: Flask) -> None:
    assert find_company() is None
    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_each_database_is_the_one_it_says(app: Flask, request: pytest.FixtureRequest) -> None:
    wanted = "sqlite" if request.node.get_closest_marker("sqlite") else "postgresql"
    assert db.engine.dialect.name == wanted
    assert is_sqlite() == (wanted == "sqlite")


def test_the_clock_stands_until_it_is_moved(clock: MovableClock) -> None:
    assert product_clock.now() == START
    clock.move(hours=2)
    assert product_clock.now() == START + timedelta(hours=2)


def test_a_request_has_a_context_of_its_own(app: Flask, client: FlaskClient) -> None:
    g.of_the_test = True
    seen = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append("of_the_test" in g))
    try:
        client.get("/nothing-here")
    finally:
        del app.before_request_funcs[None][0]
    assert seen == [False]


def test_a_signed_in_phone_is_known(new_client: Callable[..., FlaskClient], sara: Viewer) -> None:
    assert new_client(sara).get("/sign-in").status_code == 303


def test_no_test_reaches_another_machine() -> None:
    with (
        socket.socket() as outward,
        pytest.raises(RuntimeError, match="tried to reach"),
    ):
        outward.connect(("192.0.2.1", 80))


@pytest.mark.real_data
def test_the_real_data_is_found(real_data: Path) -> None:
    assert (real_data / "maven-crm" / "accounts.csv").exists()


@pytest.mark.parametrize(("in_ci", "outcome"), [("true", "1 error"), ("", "1 skipped")])
def test_in_ci_what_is_missing_fails_and_elsewhere_is_skipped(
    tmp_path: Path, in_ci: str, outcome: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "the_real_data_is_found", __file__],
        env=os.environ | {"CI": in_ci, "REAL_DATA": str(tmp_path / "none"), "PYTEST_ADDOPTS": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in run.stdout
