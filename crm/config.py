"""Settings from the environment, with defaults that work on a laptop."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from crm.durable import sync_folder, write_durably

ROOT = Path(__file__).resolve().parent.parent


def from_environment() -> dict[str, Any]:
    """Return the settings; each can be overridden by `create_app(config)`."""
    return {
        "DATA_DIR": os.environ.get("DATA_DIR", str(ROOT / ".data")),
        "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
        "BACKUP_DIR": os.environ.get("BACKUP_DIR", ""),
        "BASE_URL": os.environ.get("BASE_URL", ""),
        "TRUSTED_HOSTS": _words(os.environ.get("TRUSTED_HOSTS", "")) or None,
        "TRUSTED_PROXIES": _words(os.environ.get("TRUSTED_PROXIES", "")),
        # Whom a push service may write to: mailto:… or https://…; else BASE_URL or an admin.
        "VAPID_SUBJECT": os.environ.get("VAPID_SUBJECT", ""),
        # Set it where a worker does harm: phones take it off themselves at their next contact.
        "KILL_WORKER": os.environ.get("KILL_WORKER", "") == "1",
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "ARGON2_MEMORY_KIB": 19456,
        "ARGON2_TIME_COST": 2,
        "POOL_SIZE": int(os.environ.get("POOL_SIZE", "10")),
        "CLOCK": None,
        # Places such as 127.0.0.1:41234 that requests may go to all the same: tests name theirs.
        "LOOPBACK": (),
    }


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def secret_key(data_dir: Path) -> str:
    """Return this installation's secret, made on the first start and kept in the data folder."""
    return kept_secret(data_dir / "secret-key", lambda: secrets.token_urlsafe(48))


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return what stands in a file, for our eyes only; made where it is not there yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        write_durably(fresh, make())
        with suppress(FileExistsError):  # another process was quicker: its secret holds
            os.link(fresh, path)
        fresh.unlink()
        sync_folder(path.parent)
    return path.read_text().strip()


def database_url(config: dict[str, Any]) -> str:
    """Return the SQLAlchemy address: `DATABASE_URL`, else SQLite in the data folder."""
    url = str(config["DATABASE_URL"] or "")
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if url.startswith("postgresql://"):
        return "postgresql+psycopg://" + url.removeprefix("postgresql://")
    return url or f"sqlite:///{Path(config['DATA_DIR']) / 'hamrah.sqlite3'}"
