"""The one door for every request that leaves this machine: it goes to public addresses only.

Nobody else opens a connection (tests/house_rules/test_outgoing.py). docs/adr/0020 says why.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from crm.outgoing import wire
from crm.outgoing.addresses import (
    Rules,
    may_connect,
    place,
    read_host,
    read_target,
    refuse_address,
)
from crm.outgoing.errors import Refused, Unreachable
from crm.outgoing.wire import Answer, Deadline, Request

__all__ = [
    "Answer",
    "Refused",
    "Unreachable",
    "check",
    "configure",
    "public_address",
    "send",
]

Resolver = Callable[[str, int], list[str]]
_MOVED = (301, 302, 303, 307, 308)
#: Said to the host that it was meant for, never to the one that it sends us to.
_SECRET = ("authorization", "cookie")


@dataclass(frozen=True)
class Surroundings:
    """What stands around this process: its resolver, whom it trusts, and what tests let it reach.

    `loopback` are places, `127.0.0.1:41234`, that are asked whatever the rules say.
    """

    loopback: frozenset[str] = frozenset()
    resolve: Resolver = wire.resolve
    trust: ssl.SSLContext | None = None


class _Current:
    surroundings = Surroundings()


def configure(
    *,
    loopback: Iterable[str] = (),
    resolve: Resolver = wire.resolve,
    trust: ssl.SSLContext | None = None,
) -> Surroundings:
    """Set what stands around this process and return it: `create_app` does, and tests do.

    No environment variable reaches this: no server in use opens itself by accident.
    """
    _Current.surroundings = Surroundings(frozenset(loopback), resolve, trust)
    return _Current.surroundings


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = 5.0,
    max_bytes: int = 2_000_000,
    cut: bool = False,
    hosts: Iterable[str] | None = None,
    inside: bool = False,
    schemes: Iterable[str] = ("https",),
    redirects: int = 0,
) -> Answer:
    """Send one request and return the answer. Raises Refused (never connected) or Unreachable.

    `timeout` is for all of it, redirects included. Of a longer answer than `max_bytes` there is
    none, or with `cut` its beginning. `hosts`: only these and names under them, on the usual port.
    `inside`: the company's own networks too, for an admin who said so. Where `redirects` are used
    up, the answer is the redirect. Never call it inside a command.
    """
    around, deadline, origin = _Current.surroundings, Deadline(timeout), ""
    request = Request(method, dict(headers or {}), body, max_bytes, cut)
    rules = Rules(tuple(schemes), None if hosts is None else tuple(hosts), inside)
    for left in range(redirects, -1, -1):
        target = read_target(url, rules, around.loopback)
        if origin not in ("", target.origin):
            request = _without_secrets(request)
        addresses = _addresses(around, target.host, target.port, deadline, inside)
        answer = wire.exchange(request, target, addresses, deadline, around.trust)
        to = answer.headers.get("location")
        if not left or not to or answer.status not in _MOVED:
            break
        origin, url = target.origin, _joined(url, to)
        if answer.status == 303 and method != "HEAD":
            request = replace(request, method="GET", body=None)
    return answer


def check(
    url: str,
    *,
    hosts: Iterable[str] | None = None,
    inside: bool = False,
    schemes: Iterable[str] = ("https",),
) -> None:
    """Raise Refused where `send` would, as far as that can be told without asking anybody."""
    rules = Rules(tuple(schemes), None if hosts is None else tuple(hosts), inside)
    target = read_target(url, rules, _Current.surroundings.loopback)
    if place(target.host, target.port) not in _Current.surroundings.loopback:
        refuse_address(target.host, inside=inside)


def _without_secrets(request: Request) -> Request:
    kept = {name: said for name, said in request.headers.items() if name.lower() not in _SECRET}
    return replace(request, headers=kept)


def _joined(url: str, to: str) -> str:
    try:
        return urljoin(url, to)
    except ValueError:
        raise Refused("address") from None


def public_address(host: str, port: int, *, inside: bool = False, timeout: float = 5.0) -> str:
    """Return the address to connect to for a mail server: its name is looked up here, once.

    Every address of it must be public, or with `inside` the company's own. Connect to what is
    returned and check the certificate against `host`. Raises Refused or Unreachable.
    """
    return _addresses(_Current.surroundings, read_host(host), port, Deadline(timeout), inside)[0]


def _addresses(
    around: Surroundings, host: str, port: int, deadline: Deadline, inside: bool
) -> list[str]:
    try:
        found = wire.within(deadline, lambda: around.resolve(host, port))
    except TimeoutError:
        raise Unreachable("timeout") from None
    except (OSError, UnicodeError) as error:
        raise Unreachable("name") from error
    if not found:
        raise Unreachable("name")
    exempt = place(host, port) in around.loopback
    if not exempt and not all(may_connect(address, inside=inside) for address in found):
        raise Refused("inside")
    # IPv4 first: where both are known, it is the one that is never half there.
    return sorted(dict.fromkeys(found), key=lambda address: ":" in address)
