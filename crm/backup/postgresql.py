"""Backs a PostgreSQL database up with its own tool, pg_dump, and checks what came out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy.engine import URL

from crm import clock
from crm.backup.blobs import keep_blobs, prune_blobs
from crm.backup.contents import Damaged
from crm.backup.kept import Backup, digest_of, manifest_of, prune
from crm.durable import make_folder, sync_file, sync_folder, write_durably

_WHERE_DEBIAN_PUTS_THEM = Path("/usr/lib/postgresql")


def tool(name: str) -> str:
    """Return the path of pg_dump or pg_restore. Raises Damaged with what to install."""
    found = shutil.which(name)
    if found is None and _WHERE_DEBIAN_PUTS_THEM.is_dir():
        versions = sorted(
            _WHERE_DEBIAN_PUTS_THEM.glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3])
        )
        found = str(versions[-1]) if versions else None
    if found is None:
        raise Damaged(f"{name} is not here: apt install postgresql-client, of the server's version")
    return found


def dump(
    url: URL,
    folder: Path,
    schema: str,
    reason: str = "hourly",
    *,
    blobs: Path,
    wanted: Callable[[], Mapping[str, str]],
) -> Backup:
    """Back the database up into `folder` and return the backup. Raises Damaged.

    `wanted` returns id and hash of the photos and voice notes that come along out of the folder
    `blobs`. It is asked when the rows are safe: so the backup lacks none that the rows call whole.
    """
    make_folder(folder)
    now = clock.now()
    path = folder / f"hamrah-{now:%Y%m%dT%H%M%S}-{reason}.dump"
    part = folder / f".{path.name}.part"
    part.touch(mode=0o600)
    address, environment = _address(url)
    try:
        _run([tool("pg_dump"), "--format=custom", f"--file={part}", address], environment)
        readable(part)
        sync_file(part)
        along = keep_blobs(blobs, folder, wanted())
        size, digest = part.stat().st_size, digest_of(part)
        made = Backup(path, now, size, digest, schema, reason, blobs=along)
        write_durably(part.with_suffix(".part-json"), made.to_json())
        part.rename(path)
        part.with_suffix(".part-json").rename(manifest_of(path))
        sync_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    prune_blobs(folder, prune(folder, now), now)
    return made


def readable(path: Path) -> None:
    """Let pg_restore read the whole dump into nothing. Raises Damaged."""
    _run([tool("pg_restore"), f"--file={os.devnull}", str(path)], {})


def _address(url: URL) -> tuple[str, dict[str, str]]:
    # The password goes by the environment: arguments are for everybody on the machine to read.
    plain = url.set(drivername="postgresql", password=None)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    return plain.render_as_string(hide_password=False), secret


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    ran = subprocess.run(  # noqa: S603  # our own arguments, no shell
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        said = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Damaged(f"{Path(command[0]).name}: {said}")
