"""A beacon is judged, taken apart and cut; what is wrong with it is nobody's business."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from crm import clock
from crm.tracking.beacons import Rules, cut_net, is_robot, read_beacon
from crm.tracking.flood import BURST, MOST_NETS, Buckets
from tests.tracking.conftest import PHONE, SHOP, VISITOR

RULES = Rules(
    "key", ("shop.example.com", "127.0.0.1:9"), (("/pricing", "Pricing"),), (".pdf", ".zip")
)


def read(*touches: object, visitor: object = VISITOR, key: object = "key") -> list[tuple[str, str]]:
    body = json.dumps({"k": key, "v": visitor, "t": touches}).encode()
    return [(seen.signal, seen.detail) for seen in read_beacon(body, RULES, clock.now())]


def test_pages_key_pages_downloads_and_campaigns_are_told_apart() -> None:
    assert read(
        ["p", f"{SHOP}/"],
        ["p", f"{SHOP}/en/Pricing/?session=secret&utm_source=mail&utm_campaign=Autumn"],
        ["d", f"{SHOP}/files/List.PDF?x=1"],
        ["d", f"{SHOP}/index.html"],
    ) == [
        ("page", "/"),
        ("key_page", "/en/Pricing/?utm_source=mail&utm_campaign=Autumn"),
        ("campaign", "Autumn"),
        ("download", "/files/List.PDF"),
    ]


def test_a_page_is_read_as_people_write_it_without_what_turns_a_line_round() -> None:
    assert read(["p", f"{SHOP}/%D9%82%DB%8C%D9%85%D8%AA%E2%80%AE%00"]) == [("page", "/قیمت")]


def test_addresses_are_cut() -> None:
    ((_signal, detail),) = read(["p", f"{SHOP}/{'x' * 5000}"])
    assert len(detail) == 300
    assert len(read(*[["p", f"{SHOP}/"]] * 50)) == 20


def test_when_it_was_lies_within_a_day_of_now() -> None:
    now = clock.now()
    ages = [0, 60_000, 10**30, -5, "x", None, True]
    touches = [["p", SHOP, "", age] for age in ages]
    body = json.dumps({"k": "key", "v": VISITOR, "t": touches}).encode()
    body = body.replace(b"null", b"NaN")
    seen = [now - one.at for one in read_beacon(body, RULES, now)]
    assert seen[:4] == [timedelta(0), timedelta(minutes=1), timedelta(days=1), timedelta(0)]
    assert all(timedelta(0) <= age <= timedelta(days=1) for age in seen)


def test_where_somebody_came_from_is_another_site_without_what_he_asked_it() -> None:
    def origin(referrer: object) -> object:
        touch = ["p", f"{SHOP}/a?utm_medium=cpc", referrer]
        body = json.dumps({"k": "key", "v": VISITOR, "t": [touch]}).encode()
        return read_beacon(body, RULES, clock.now())[0].origin

    came = {"utm_medium": "cpc", "landing": "/a"}
    assert origin("https://me@search.example/?q=secret") == came | {
        "referrer": "https://search.example/"
    }
    assert origin(f"{SHOP}/before") == came, "no join of two pages by the back door"
    assert origin("javascript:alert(1)") == origin(7) == came


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b"null",
        b"{",
        b"[" * 4000,
        b'{"k":"key"}',
        b'{"k":"key","v":"' + VISITOR.encode() + b'","t":{}}',
        b'{"k":"key","v":"'
        + VISITOR.encode()
        + b'","t":[1,null,"p",[],[[]],["p"],["p","http://["]]}',
    ],
)
def test_rubbish_is_nothing(body: bytes) -> None:
    assert read_beacon(body, RULES, clock.now()) == []


def test_only_our_key_and_a_visitors_id_are_taken() -> None:
    page = ["p", f"{SHOP}/"]
    assert read(page)
    assert not read(page, key="other")
    assert not read(page, visitor=VISITOR.upper().replace("1", "A"))
    assert not read(page, visitor="x")
    assert not read(page, visitor=["x"])


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("https://shop.example.com", True),
        ("https://www.shop.example.com", True),
        ("https://shop.example.com:8443/page", True),
        ("http://127.0.0.1:9", True),
        ("http://127.0.0.1:8", False),
        ("https://evil.com/shop.example.com", False),
        ("https://shop.example.com.evil.com", False),
        ("https://shop.example.com@evil.com", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_only_named_websites_may_tell_us_anything(address: str | None, is_ours: bool) -> None:
    assert RULES.allows(address) is is_ours


def test_a_site_that_is_named_with_www_is_the_one_without() -> None:
    rules = Rules("key", ("www.shop.example.com",), (), ())
    assert rules.allows("https://shop.example.com")


def test_robots_say_so_themselves() -> None:
    assert not is_robot(PHONE)
    for agent in ("", "Googlebot/2.1", "curl/8.5", "HeadlessChrome/140", "python-requests/2"):
        assert is_robot(agent), agent


def test_a_network_is_cut_so_that_it_names_no_one() -> None:
    assert cut_net("203.0.113.77") == "203.0.113.0/24"
    assert cut_net("::ffff:203.0.113.77") == "203.0.113.0/24"
    assert cut_net("2001:db8:1:2345:6789::1") == "2001:db8:1:2300::/56"
    assert cut_net(None) == cut_net("nonsense") == cut_net("unix:") == ""


def test_a_network_that_floods_is_stopped_and_the_others_are_not() -> None:
    buckets = Buckets()
    taken = sum(buckets.take("a", 0.0) for _ in range(3000))
    assert taken == BURST
    assert buckets.take("b", 0.0)
    assert buckets.take("a", 1.0), "a second later there is room again"


def test_networks_are_forgotten_before_memory_is() -> None:
    buckets = Buckets()
    for number in range(MOST_NETS + 500):
        buckets.take(str(number), 0.0)
    assert len(buckets._left) == MOST_NETS
