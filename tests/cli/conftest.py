"""The server as a process of its own, as it runs on a machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`flask serve` on a data folder."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env=environment(self.folder),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def answers(self, path: str = "/") -> int:
        """Wait until the server answers and return the status."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                    return int(answer.status)
            except HTTPError as error:
                return error.code
            except OSError:
                time.sleep(0.02)  # it is not listening yet
        raise AssertionError(f"no answer: {self.stop(signal.SIGKILL)}")

    def stop(self, with_signal: int = signal.SIGTERM) -> str:
        """Stop the server and return all that it said."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        said, _nothing = self.process.communicate(timeout=PATIENCE_SECONDS)
        return said


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process on this data folder."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"DATA_DIR": str(folder), "BASE_URL": "", "PYTHONWARNINGS": "ignore"} | more


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Server]]:
    """Start a server on a folder; whatever still runs at the end is killed."""
    started: list[Server] = []

    def start(folder: Path) -> Server:
        started.append(Server(folder))
        return started[-1]

    yield start
    for server in started:
        server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a first start leaves it: the database, and the files for browsers."""
    folder = tmp_path_factory.mktemp("migrated")
    assert flask(folder, "migrate").returncode == 0
    return folder


@pytest.fixture
def data(tmp_path: Path, migrated: Path) -> Path:
    """A data folder of a server that was started before."""
    shutil.copy(migrated / "hamrah.sqlite3", tmp_path)
    shutil.copytree(migrated / "assets", tmp_path / "assets")
    return tmp_path


def flask(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one `flask` command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=ROOT,
        env=environment(folder, **more),
        text=True,
        capture_output=True,
        check=False,
    )
