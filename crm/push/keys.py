"""Who we are to the push services: a key pair made on the first start, and whom they may write to.

Whoever subscribed did so to this key: under another one every device is lost.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from crm.config import kept_secret

FILE_NAME = "vapid-key"
_MAIL = re.compile(r"[^\s@<>:/?]+@([^\s@<>:/?]+)")
#: Names that are nobody's. Apple refuses them, and nobody could be asked.
_NOBODYS = {"localhost", "local", "internal", "example", "invalid", "test"}


@dataclass(frozen=True)
class VapidKeys:
    """The keys as PEM, the public one also as browsers take it; the subject, if there is one."""

    private: bytes
    public_pem: bytes
    public: str
    subject: str | None


@dataclass(frozen=True)
class _Place:
    data_dir: Path
    subject: str
    base_url: str


class _Current:
    place: _Place | None = None


def configure(data_dir: Path, subject: str, base_url: str) -> None:
    """Remember where this installation's key is, and make it on the first start."""
    _Current.place = _Place(data_dir, subject.strip(), base_url.strip())
    if not key_file(data_dir).exists():
        _private(data_dir)


def key_file(data_dir: Path) -> Path:
    """Return where the private key lies."""
    return data_dir / FILE_NAME


def find_keys(admin_email: str | None = None) -> VapidKeys:
    """Return this installation's keys; `admin_email` is whom to ask where no setting says it."""
    place = _Current.place
    if place is None:
        raise RuntimeError("create_app has not said where the keys are")
    private = _private(place.data_dir)
    said = (place.subject, place.base_url, f"mailto:{admin_email or ''}")
    # Where it was set by hand and is wrong, the doctor says so: nothing else takes its place.
    subjects = said[:1] if place.subject else said
    public, pem = _public(private)
    return VapidKeys(private, pem, public, next(filter(is_real, subjects), None))


def needs_admin() -> bool:
    """Tell whether the subject hangs on an admin's address, for lack of a setting."""
    place = _Current.place
    return place is not None and not place.subject and not is_real(place.base_url)


def is_real(subject: str) -> bool:
    """Tell whether a subject is a `mailto:` or `https:` that somebody can be reached by."""
    if subject.startswith("mailto:"):
        found = _MAIL.fullmatch(subject.removeprefix("mailto:"))
        return found is not None and _is_somebodys(found[1])
    try:
        parts = urlsplit(subject)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and _is_somebodys(host)


def _is_somebodys(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.lower().split(".")
        return len(labels) > 1 and all(labels) and labels[-1] not in _NOBODYS
    return False


def _private(data_dir: Path) -> bytes:
    return kept_secret(key_file(data_dir), _make).encode() + b"\n"


def _make() -> str:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def _public(private: bytes) -> tuple[str, bytes]:
    """Return the public key as browsers take it, and as PEM."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    key = load_pem_private_key(private, None).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode(), pem
