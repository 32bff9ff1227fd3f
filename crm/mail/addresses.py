"""E-mail addresses: which can be written to, how they are compared, how they stand on the wire."""

from __future__ import annotations

import re
from email.headerregistry import Address

from crm.mail.faults import MailFault

_SHAPE = re.compile(r"[^@\s,;<>?\"()\[\]\\:]+@[^@\s,;<>?\"()\[\]\\:]+\.[^@\s,;<>?\"()\[\]\\:.]{2,}")
#: Controls, and marks that turn the line round.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
MOST = 254


def is_address(text: str) -> bool:
    """Whether it can be written to."""
    return len(text) <= MOST and _SHAPE.fullmatch(text) is not None and not _UNSEEN.search(text)


def fold_address(text: str) -> str:
    """Return the address as it is compared: of two that differ in case, one opt-out holds."""
    name, _at, domain = text.strip().casefold().rpartition("@")
    return f"{name}@{_ascii(domain) or domain}"


def on_the_wire(text: str) -> str:
    """Return the address with its domain in ASCII. Raises MailFault for what is none."""
    name, _at, domain = text.strip().rpartition("@")
    ascii_domain = _ascii(domain)
    if not is_address(text.strip()) or ascii_domain is None:
        raise MailFault("bad_address")
    return f"{name}@{ascii_domain}"


def _ascii(domain: str) -> str | None:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return None


def one_line(text: str) -> str:
    """Return text as a header may hold it: no line breaks, no controls."""
    return _UNSEEN.sub("", " ".join(text.split()))


def mailbox(name: str, address: str) -> Address:
    """Return a name and an address for a header. Raises MailFault."""
    try:
        return Address(one_line(name)[:100], addr_spec=on_the_wire(address))
    except (ValueError, IndexError) as error:
        raise MailFault("bad_address") from error
