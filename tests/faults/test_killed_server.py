"""The server is killed in the middle of a request: what it had answered is there, once."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from crm.database import db, sqlite_module
from tests import factories, people
from tests.api.phone import CAPTURES, capture, message, met

ROOT = Path(__file__).resolve().parents[2]
#: Where a request may end; `dying_server` knows them.
POINTS = ("asked", "begun", "applied", "entered", "committed", "answered")
TIMES = 2


class Server:
    """A server of its own process on a copy of the database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "DATA_DIR": str(self.folder), "DATABASE_URL": ""}
        flask = [sys.executable, "-m", "flask", "--app", "tests.faults.dying_server:app"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*flask, "serve", "--port", str(self.port)],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        for _ in range(300):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError("the server did not come up")

    def ask(self, body: dict[str, Any], cookie: str, dies_at: str = "") -> Any:
        """Return the answer's results, or None where the server died of the request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": "application/json", "Cookie": cookie, "X-Die": dies_at}
        try:
            headers |= {"Sec-Fetch-Site": "same-origin"}
            connection.request("POST", CAPTURES, json.dumps(body), headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            assert answer.status == 200, said
            return said["results"]
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def ended(self) -> int | None:
        return self.process.wait(10) if self.process else None

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture
def server(sqlite_app: Flask, tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


def copy(folder: Path) -> None:
    db.session.rollback()
    connection = sqlite_module().connect(str(db.engine.url.database))
    connection.execute("VACUUM INTO ?", (str(folder / "hamrah.sqlite3"),))
    connection.close()


def rows(folder: Path, query: str) -> list[Any]:
    connection = sqlite_module().connect(folder / "hamrah.sqlite3")
    try:
        return list(connection.execute(query).fetchall())
    finally:
        connection.close()


@pytest.mark.mission(117)
@pytest.mark.timeout(240)
def test_a_server_killed_anywhere_loses_and_doubles_nothing(server: Server, sara) -> None:
    contact = factories.a_contact(sara)
    deal = factories.a_deal(sara, contact_id=contact.id)
    stages = [factories.stage(key).id for key in ("qualified", "proposal")]
    cookie = "=".join(people.session_cookie(sara))
    meetings = [
        capture(
            met(
                contact.id,
                note=f"{point} {n}",
                deal={"id": deal.id, "to_stage_id": stages[m % 2]},
            )
        )
        for m, (point, n) in enumerate((p, n) for p in POINTS for n in range(TIMES))
    ]
    messages = [message(sara, meeting) for meeting in meetings]
    copy(server.folder)
    server.start()
    for one in messages:
        point = one["captures"][0]["body"]["note"].split()[0]
        server.ask(one, cookie, point)
        assert server.ended() == -9, "it died where it was told to"
        assert rows(server.folder, "PRAGMA integrity_check") == [("ok",)]
        kept = len(rows(server.folder, f"SELECT 1 FROM capture WHERE id = '{one_id(one)}'"))
        assert kept == (1 if point in ("committed", "answered") else 0)
        server.start()
        (said,) = server.ask(one, cookie)
        assert said["verdict"] == ("duplicate" if kept else "applied")
    server.stop()
    assert len(rows(server.folder, "SELECT 1 FROM activity")) == len(meetings)
    assert len(rows(server.folder, "SELECT 1 FROM capture")) == len(meetings)
    moved = "SELECT 1 FROM timeline_entry WHERE kind = 'deal.stage_changed'"
    assert len(rows(server.folder, moved)) == len(meetings)
    assert rows(server.folder, "SELECT version FROM deal") == [(1 + len(meetings),)]


def one_id(message_: dict[str, Any]) -> str:
    return str(message_["captures"][0]["capture_id"])
