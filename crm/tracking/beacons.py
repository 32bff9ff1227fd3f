"""What a page of the website tells us, made into touches; pure, and nothing in it is believed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from crm.database import is_id
from crm.networks import network_of

MOST_BYTES = 4096
MOST_TOUCHES = 20
URL_LENGTH, DETAIL_LENGTH = 2000, 300
OLDEST = timedelta(days=1)
#: The signals of the website, those that are a page first.
PAGES = ("page", "key_page")
SIGNALS = (*PAGES, "download", "campaign")
#: Two looks farther apart than this are two visits.
VISIT_GAP = timedelta(minutes=30)

_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_ROBOT = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|headless|preview|monitor|lighthouse|curl|wget|python|scrapy",
    re.IGNORECASE,
)
#: What no text on a page may hold: controls, halves of letters, and marks that turn the line round.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Rules:
    """What of the website's settings every beacon is judged by."""

    site_key: str
    hosts: tuple[str, ...]
    key_pages: tuple[tuple[str, str], ...]
    endings: tuple[str, ...]

    def allows(self, address: str | None) -> bool:
        """Whether a page at this address, or of this origin, may tell us anything."""
        parts = _split(address or "")
        host = parts.netloc.lower().rpartition("@")[2].removeprefix("www.")
        names = {host, host.partition(":")[0]}
        return any(name.removeprefix("www.") in names for name in self.hosts)

    def key_page(self, path: str) -> str | None:
        """Return what the key page with this path is called; None for any other page."""
        folded = path.casefold()
        return next((name for piece, name in self.key_pages if piece.casefold() in folded), None)


class Seen(NamedTuple):
    """A touch of a visitor; `origin` says how he came to the page, where one was opened."""

    visitor_id: str
    signal: str
    at: datetime
    detail: str
    origin: Mapping[str, str] | None = None


def is_robot(agent: str) -> bool:
    """Whether a user agent is none, or says itself that nobody sits in front of it."""
    return not agent or _ROBOT.search(agent) is not None


def cut_net(address: str | None) -> str:
    """Return the network of an address, cut so that it names no one: what a provider gives one
    customer, a /24 of IPv4 or a /56 of IPv6; "" where it is no address."""
    return network_of(address, of_ipv4=24, of_ipv6=56)


def read_beacon(body: bytes, rules: Rules, now: datetime) -> list[Seen]:
    """Return the touches of a beacon, none where it is rubbish.

    {"k": site key, "v": visitor, "t": [[kind, address, referrer, milliseconds ago] …]}: how long
    ago, because the clocks of phones go wrong.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(said, dict) or said.get("k") != rules.site_key or not is_id(said.get("v")):
        return []
    touches = said.get("t")
    if not isinstance(touches, list):
        return []
    return [
        seen
        for one in touches[:MOST_TOUCHES]
        if isinstance(one, list)
        for seen in _read(said["v"], one, rules, now)
    ]


def _read(visitor_id: str, said: list[Any], rules: Rules, now: datetime) -> Iterator[Seen]:
    kind, address, referrer, ago = (*said[:4], None, None, None, None)[:4]
    parts = _split(address)
    at = now - _age(ago)
    path = _text(unquote(parts.path, errors="replace")) or "/"
    if kind == "d":
        if path.casefold().endswith(rules.endings):
            yield Seen(visitor_id, "download", at, path)
        return
    if kind != "p" or parts.scheme not in ("http", "https"):
        return
    utm = _utm(parts)
    asked = "&".join(f"{name}={value}" for name, value in utm.items())
    signal = "page" if rules.key_page(path) is None else "key_page"
    came = _referrer(referrer, parts.netloc)
    origin = {**utm, **({"referrer": came} if came else {}), "landing": path}
    yield Seen(visitor_id, signal, at, f"{path}?{asked}"[:DETAIL_LENGTH] if asked else path, origin)
    if utm:
        detail = utm.get("utm_campaign") or utm.get("utm_source") or asked
        yield Seen(visitor_id, "campaign", at, detail[:DETAIL_LENGTH])


def _split(address: Any) -> SplitResult:
    try:
        return urlsplit(str(address)[:URL_LENGTH] if isinstance(address, str) else "")
    except ValueError:  # «http://[» is no address
        return urlsplit("")


def _text(text: str) -> str:
    return _UNSEEN.sub("", text).strip()[:DETAIL_LENGTH]


def _utm(parts: SplitResult) -> dict[str, str]:
    try:
        asked = dict(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        return {}
    return {name: text for name in _UTM if (text := _text(asked.get(name, "")))}


def _referrer(referrer: Any, host: str) -> str:
    """Return the page of another site, without its query; of the same one nothing.

    Within the site it would join two pages of somebody who did not agree to that.
    """
    parts = _split(referrer)
    if parts.scheme not in ("http", "https") or parts.netloc == host:
        return ""
    return _text(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def _age(ago: Any) -> timedelta:
    if not isinstance(ago, int | float) or not ago > 0:  # nor is NaN
        return timedelta(0)
    return timedelta(milliseconds=min(ago, OLDEST.total_seconds() * 1000))


def is_arrival(origin: Mapping[str, str]) -> bool:
    """Whether he came from elsewhere, rather than from another page of the site."""
    return origin.keys() != {"landing"}
