"""The server starts from nothing, stops well, and stands alone on its data."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from crm.database import sqlite_module
from tests.cli.conftest import Server, flask

Serve = Callable[[Path], Server]


def test_from_nothing_it_serves_and_prints_a_link_to_begin(serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path / "data")
    assert server.answers("/sign-in") < 500
    said = server.stop()
    assert f"Hamrah is at http://127.0.0.1:{server.port}" in said
    assert f"http://127.0.0.1:{server.port}/setup?token=" in said
    assert server.process.returncode == 0
    assert (tmp_path / "data" / "hamrah.sqlite3").stat().st_mode & 0o077 == 0


def test_a_second_start_takes_at_most_five_seconds(serve: Serve, tmp_path: Path) -> None:
    first = serve(tmp_path)
    first.answers()
    first.stop()
    # In seconds of a processor, so that a busy machine does not decide; they are most of a start.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    second = serve(tmp_path)
    assert second.answers() < 500
    second.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 4


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_well_when_asked(serve: Serve, data: Path, stop: int) -> None:
    server = serve(data)
    server.answers()
    server.stop(stop)
    assert server.process.returncode == 0
    assert not (data / "running").exists()


def test_after_a_kill_the_next_start_looks_through_the_database(serve: Serve, data: Path) -> None:
    server = serve(data)
    server.answers()
    server.stop(signal.SIGKILL)
    again = serve(data)
    assert again.answers() < 500
    assert "not clean" in again.stop()
    third = serve(data)
    third.answers()
    assert "not clean" not in third.stop()


def test_a_damaged_database_is_not_served(data: Path) -> None:
    (data / "running").touch()
    file = data / "hamrah.sqlite3"
    content = bytearray(file.read_bytes())
    content[40960:81920] = b"\xff" * 40960
    file.write_bytes(content)
    for _turn in range(2):  # it is looked at again, not forgotten
        refused = flask(data, "serve", "--port", "0")
        assert refused.returncode == 1
        assert "damaged" in refused.stderr


def test_two_processes_never_share_one_file(serve: Serve, data: Path) -> None:
    server = serve(data)
    server.answers()
    refused = flask(data, "serve", "--port", "0")
    assert refused.returncode == 1
    assert "Stop that one first" in refused.stderr
    assert server.answers() < 500


def test_a_port_that_is_taken_is_said(serve: Serve, data: Path) -> None:
    server = serve(data)
    server.answers()
    refused = flask(data / "two", "serve", "--port", str(server.port))
    assert refused.returncode == 1
    assert "PORT=" in refused.stderr


def test_data_of_a_newer_version_is_left_alone(data: Path) -> None:
    file = data / "hamrah.sqlite3"
    connection = sqlite_module().connect(file)
    connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    connection.commit()
    connection.close()
    refused = flask(data, "serve", "--port", "0")
    assert refused.returncode == 1
    assert "newer version" in refused.stderr
