"""An address is cut to the network that one customer is given, however it is written."""

from __future__ import annotations

import pytest

from crm.networks import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.77/32"),
        ("::ffff:203.0.113.77", "203.0.113.77/32"),
        ("2001:db8:1:2345:6789::1", "2001:db8:1:2345::/64"),
        ("", ""),
        (None, ""),
        ("unix:", ""),
    ],
)
def test_a_network_is_told_by_its_address(address: str | None, network: str) -> None:
    assert network_of(address, of_ipv4=32, of_ipv6=64) == network


def test_two_of_ipv4_are_two_also_where_the_server_listens_on_ipv6() -> None:
    one, other = (f"::ffff:203.0.113.{n}" for n in (7, 8))
    assert network_of(one, of_ipv4=32, of_ipv6=64) != network_of(other, of_ipv4=32, of_ipv6=64)
