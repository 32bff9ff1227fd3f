"""Whose an address is: what limits count by, cut to the network that one customer is given."""

from __future__ import annotations

import ipaddress


def network_of(address: str | None, *, of_ipv4: int, of_ipv6: int) -> str:
    """Return the network of an address, so many bits of it; "" where it is no address."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    # A server that listens on IPv6 says ::ffff:a.b.c.d: one /64 would hold the whole of IPv4.
    found = getattr(found, "ipv4_mapped", None) or found
    bits = of_ipv4 if found.version == 4 else of_ipv6
    return str(ipaddress.ip_network((found, bits), strict=False))
