"""The product in a process that is killed again and again, and what is done to its disk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crm.database import sqlite_module
from tests.bench.processes import ROOT, free_port

PRODUCT = (sys.executable, "-m", "crm", "serve", "--port", "{port}")
START_SECONDS = 120


@dataclass
class Killable:
    """A server on one data folder; it has the same port each time."""

    folder: Path
    database_url: str = ""
    command: tuple[str, ...] = PRODUCT
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    async def start(self) -> None:
        """Return when it listens. A start that fails (a full disk) is tried again."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            self._spawn()
            while self.process and self.process.poll() is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.transport.abort()
                    return
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
        raise RuntimeError(f"the server does not start: {self.log.read_text()[-2000:]}")

    def _spawn(self) -> None:
        environment = {
            **os.environ,
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "BACKUP_DIR": str(self.folder.parent / "backups"),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [word.replace("{port}", str(self.port)) for word in self.command],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip

    async def kill(self) -> None:
        """SIGKILL, wherever it is."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self.process.wait, 20)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def complaints(self) -> list[str]:
        """Return what the log says that no fault explains: an error nobody foresaw."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if "unexpected" in line]


@contextmanager
def disk(name: str, megabytes: int) -> Iterator[Path]:
    """Have a folder for data: on a small disk of its own where we may mount one.

    Without the right to mount, a plain folder: `full` then limits the server's files instead.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"hamrah-chaos-{name}-"))
    mounted = os.geteuid() == 0 and not _mount(folder, megabytes)
    try:
        (folder / "data").mkdir()
        yield folder / "data"
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S607
        shutil.rmtree(folder, ignore_errors=True)


def _mount(folder: Path, megabytes: int) -> int:
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "hamrah-chaos", str(folder)]
    return subprocess.run(words, check=False, capture_output=True).returncode


async def full(server: Killable, seconds: float) -> None:
    """Leave no room on the server's disk for a while, whatever happens to the server meanwhile."""
    parent = server.folder.parent
    if parent.is_mount():
        ballast = parent / "ballast"
        await asyncio.to_thread(_fill, ballast)
        await asyncio.sleep(seconds)
        ballast.unlink()
        return
    assert server.process is not None
    pid, forever = server.process.pid, resource.RLIM_INFINITY
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, forever))
    await asyncio.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (forever, forever))


def _fill(ballast: Path) -> None:
    left = shutil.disk_usage(ballast.parent).free
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        while left > 0:
            os.posix_fallocate(file.fileno(), file.seek(0, 2), min(left, 1 << 20))
            left -= 1 << 20
        while True:
            os.write(file.fileno(), b"\0" * 4096)


async def lock(server: Killable, seconds: float) -> None:
    """Let another program hold SQLite's write lock for a while."""

    def hold() -> None:
        module = sqlite_module()
        connection = module.connect(server.folder / "hamrah.sqlite3", timeout=5)
        try:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")
        except module.OperationalError:
            return  # the disk is full, or the server writes without a pause
        finally:
            connection.close()

    await asyncio.to_thread(hold)
