"""Which addresses a request may go to: what is written in a URL, and what its name resolves to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from crm.outgoing.errors import Refused

MOST_CHARACTERS = 4000
DEFAULT_PORTS = {"http": 80, "https": 443}
PORTS = frozenset({80, 443, 8008, 8080, 8443})
FIRST_FREE_PORT = 1024
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_AS_IT_IS = "/?%:@!$&'()*+,;=~-._"
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\]")

IPv4, IPv6 = ipaddress.IPv4Network, ipaddress.IPv6Network
#: Our own: Python's `is_global` says yes to addresses that lead back to this machine.
_DENIED_4 = [
    IPv4(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
    )
]
#: All that is public lies here: not ::1, ::127.0.0.1, ::ffff:127.0.0.1, NAT64, fc00::, fe80::.
_PUBLIC_6 = IPv6("2000::/3")
#: Teredo and other protocols' own, 6to4, and what is for documents.
_DENIED_6 = [IPv6(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
#: What an admin may allow: the company's own networks, and this machine.
_INSIDE_4 = [
    IPv4(net)
    for net in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
]
_INSIDE_6 = [IPv6("::1/128"), IPv6("fc00::/7")]
#: Where clouds tell a machine its secrets; nobody may allow these.
_NEVER = {ipaddress.ip_address(at) for at in ("100.100.100.200", "fd00:ec2::254")}


@dataclass(frozen=True)
class Target:
    """A URL that may be asked, as far as that can be told from how it is written."""

    scheme: str
    host: str
    port: int
    #: Path and query, as they go over the wire.
    path: str

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{place(self.host, self.port)}"


def place(host: str, port: int) -> str:
    """Return a host with its port."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True)
class Rules:
    """What the caller allows. Where `hosts` are named, only those and names under them."""

    schemes: tuple[str, ...]
    hosts: tuple[str, ...] | None
    inside: bool


def read_target(url: str, rules: Rules, loopback: frozenset[str]) -> Target:
    """Return what a URL names. Raises Refused for what is not plainly written or not allowed."""
    target = _parts(url)
    if place(target.host, target.port) in loopback:
        return target
    if target.scheme not in rules.schemes:
        raise Refused("scheme")
    if rules.hosts is not None:
        if not any(_is_under(target.host, host) for host in rules.hosts):
            raise Refused("host")
        if target.port != DEFAULT_PORTS[target.scheme]:
            raise Refused("port")
    if target.port not in PORTS and not (rules.inside and target.port >= FIRST_FREE_PORT):
        raise Refused("port")
    return target


def _is_under(host: str, allowed: str) -> bool:
    return host == allowed or host.endswith(f".{allowed}")


def _parts(url: str) -> Target:
    if len(url) > MOST_CHARACTERS or _UNPRINTABLE.search(url):
        raise Refused("address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("address") from None
    scheme = parts.scheme
    if scheme not in DEFAULT_PORTS:
        raise Refused("scheme")
    if "@" in parts.netloc:
        raise Refused("userinfo")
    if port == 0 or parts.netloc.endswith(":"):
        raise Refused("port")
    host = read_host(parts.hostname or "")
    path = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=_AS_IT_IS)
    return Target(scheme, host, port or DEFAULT_PORTS[scheme], path)


def read_host(text: str) -> str:
    """Return a host as it is looked up: an address in its usual form, or a name in ASCII.

    Raises Refused for `127.1`, `0x7f000001`, `2130706433` and their kind: what looks like a name
    to one program and like an address to the next.
    """
    if "%" in text:  # a zone of an IPv6 address, or letters in disguise
        raise Refused("address")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        name = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise Refused("address") from None
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > 253:
        raise Refused("address")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        raise Refused("address")
    return name


def may_connect(address: str, *, inside: bool) -> bool:
    """Tell whether an address is public, or where `inside` says so the company's own."""
    if "%" in address:  # a zone, as link-local ones have
        return False
    ip = ipaddress.ip_address(address)
    if ip in _NEVER:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        public = not any(ip in net for net in _DENIED_4)
        return public or (inside and any(ip in net for net in _INSIDE_4))
    public = ip in _PUBLIC_6 and not any(ip in net for net in _DENIED_6)
    return public or (inside and any(ip in net for net in _INSIDE_6))


def refuse_address(host: str, *, inside: bool) -> None:
    """Raise Refused for a host that is itself an address which may not be asked."""
    is_address = ":" in host or host.replace(".", "").isdigit()
    if is_address and not may_connect(host, inside=inside):
        raise Refused("inside")
