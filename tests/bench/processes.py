"""Starts servers in processes of their own; what a tree of processes has used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60


@dataclass
class Server:
    """A running server: its address and the processes whose CPU its requests cost."""

    url: str
    process: subprocess.Popen[bytes]
    #: A database's postmaster beside it, if any.
    others: tuple[int, ...] = ()

    @property
    def pids(self) -> list[int]:
        return [self.process.pid, *self.others]


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Iterable[str],
    environment: dict[str, str],
    path: str = "/",
    others: tuple[int, ...] = (),
) -> Iterator[Server]:
    """Run a server until the block ends; `{port}` in the command becomes its port.

    It is ready when it answers at `path`.
    """
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, **environment, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Server(f"http://127.0.0.1:{port}", process, others)
    try:
        _await(server, path)
        yield server
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here, and what it started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(server: Server, path: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            urllib.request.urlopen(server.url + path, timeout=5).read()  # noqa: S310  # our own
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"no answer from {server.process.args!r}")


def product(data_dir: Path, database_url: str = "", postmaster: int = 0) -> dict[str, Any]:
    """Return how `running` starts the product on this data, with the options of `flask serve`.

    Without its hourly backup, whose first one would fall into the measuring.
    """
    return {
        "command": [sys.executable, "-m", "tests.bench.serve", "{port}"],
        "environment": {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url},
        "path": "/sign-in",
        "others": (postmaster,) if postmaster else (),
    }


def tree(roots: Iterable[int]) -> list[int]:
    """Return these processes and all below them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except (OSError, ValueError):
                continue
    found, todo = [], list(roots)
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.append(pid)
            todo += children.get(pid, [])
    return found


def _stat(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return what the trees have used so far, ended children included."""
    used = 0
    for pid in tree(roots):
        try:
            used += sum(int(ticks) for ticks in _stat(pid)[11:15])
        except OSError:
            continue
    return used / TICKS


def memory_mb(roots: Iterable[int]) -> float:
    """Return the resident memory of the trees; what processes share is shared out (PSS)."""
    used = 0
    for pid in tree(roots):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        used += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return used * 1024 / 1e6
