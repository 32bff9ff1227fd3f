"""Nothing leads inside, however it is written and whatever the resolver says."""

from __future__ import annotations

import pytest

from crm import outgoing
from crm.outgoing import addresses
from crm.push.endpoints import HOSTS
from tests.outgoing import hostile
from tests.outgoing.internet import HERE, Internet, listening

BOTH = ("http", "https")


def refusal(url: str, **rules: object) -> str:
    with pytest.raises(outgoing.Refused) as refused:
        outgoing.send("POST", url, body=b"x", **rules)  # type: ignore[arg-type]
    return refused.value.reason


def test_no_hostile_address_is_connected_to(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet.names = dict(hostile.NAMES)
    with listening() as listener:
        monkeypatch.setattr(addresses, "PORTS", addresses.PORTS | {listener.port})
        urls = hostile.everywhere(listener.port)
        assert len(set(urls)) >= 60
        for url in urls:
            assert refusal(url, schemes=BOTH), url
            assert refusal(url, schemes=BOTH, redirects=3), url
        assert (listener.hits, internet.dialled) == (0, [])


def test_where_hosts_are_named_nothing_else_is_asked(internet: Internet) -> None:
    internet.names = dict(hostile.NAMES)
    for url in (*hostile.ELSEWHERE, *hostile.everywhere(443)):
        assert refusal(url, hosts=HOSTS), url
    assert (internet.dialled, internet.asked) == ([], [])


def test_a_push_service_whose_name_leads_inside_is_not_asked(internet: Internet) -> None:
    internet.names = {host: ["127.0.0.1"] for host in HOSTS}
    for host in HOSTS:
        assert refusal(f"https://{host}/push", hosts=HOSTS) == "inside"
    assert internet.dialled == []


def test_each_way_to_be_refused_has_its_word(internet: Internet) -> None:
    internet.names = dict(hostile.NAMES)
    said = {
        "https://user@example.com/": "userinfo",
        "http://example.com/": "scheme",
        "https://example.com:22/": "port",
        "https://0x7f000001/": "address",
        "https://localtest.example.com/": "inside",
    }
    assert {url: refusal(url) for url in said} == said
    assert refusal("https://example.com/", hosts=["example.org"]) == "host"


def test_a_name_is_looked_up_once_and_its_second_answer_never_heard(internet: Internet) -> None:
    answers = iter([[HERE], ["127.0.0.1"], ["127.0.0.1"]])
    outgoing.configure(resolve=lambda _host, _port: next(answers))
    with pytest.raises(outgoing.Unreachable):
        outgoing.send("GET", "https://rebinding.example.com/")
    assert internet.dialled == [(HERE, 443)]
    assert refusal("https://rebinding.example.com/") == "inside"
    assert internet.dialled == [(HERE, 443)]


def test_without_asking_anybody_the_same_is_refused_as_far_as_it_shows(internet: Internet) -> None:
    for url in hostile.WHOLE:
        with pytest.raises(outgoing.Refused):
            outgoing.check(url.replace("{port}", "443"))
    for url in (
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "http://a.example.com/",
    ):
        with pytest.raises(outgoing.Refused):
            outgoing.check(url)
    outgoing.check("https://localtest.example.com/")
    assert internet.asked == []


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        *((at, True) for at in ("10.1.2.3", "127.0.0.1", "::1", "fd12::1", "192.168.1.1")),
        *((at, False) for at in ("169.254.169.254", "0.0.0.1", "224.0.0.1", "fe80::1%2")),
        *((at, False) for at in ("100.100.100.200", "fd00:ec2::254", "::ffff:10.0.0.1")),
        *((at, False) for at in ("64:ff9b::a00:1", "2002:a00:1::", "::10.0.0.1")),
    ],
)
def test_an_admin_may_allow_the_companys_own_network_and_no_more(
    address: str, inside: bool
) -> None:
    assert not addresses.may_connect(address, inside=False)
    assert addresses.may_connect(address, inside=True) is inside


@pytest.mark.parametrize("address", [HERE, "8.8.8.8", "2606:4700::1111", "2001:4860:4860::8888"])
def test_what_is_public_may_be_asked(address: str) -> None:
    assert addresses.may_connect(address, inside=False)


def test_a_mail_server_is_found_by_the_same_rule(internet: Internet) -> None:
    internet.names = {
        **hostile.NAMES,
        "mail.example.com": ["2606:4700::1111", HERE],
    }
    assert outgoing.public_address("mail.example.com", 25) == HERE
    assert outgoing.public_address("private.example.com", 25, inside=True) == "10.0.0.7"
    for host in hostile.LITERALS:
        with pytest.raises(outgoing.Refused):
            outgoing.public_address(host.strip("[]"), 25)
    for host in ("cloud.example.com", "nat64.example.com", "zone.example.com"):
        with pytest.raises(outgoing.Refused):
            outgoing.public_address(host, 25, inside=True)
    with pytest.raises(outgoing.Unreachable, match="name"):
        outgoing.public_address("nowhere.example.com", 25)
