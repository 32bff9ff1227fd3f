"""What the main pages weigh: first flight, elements, and all that Chromium fetches, cold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from crm.database import db
from tests.bench.figures import Figures
from tests.bench.phones import Phone
from tests.bench.places import Place
from tests.bench.processes import Server, running
from tests.browser.devices import chromium, chromium_path

FIRST_FLIGHT, ELEMENTS, COLD, REQUESTS, FONT = 14_000, 1_000, 60_000, 7, 60_000


def pages(place: Place) -> dict[str, str]:
    """Return the three pages that a rep's day is made of."""
    return {"today": "/today", "pipeline": "/pipeline", "deal": f"/deals/{place.ids['deal']}"}


def measure(figures: Figures, place: Place, languages: tuple[str, ...]) -> None:
    """Print the weight of the main pages in these languages."""
    with running(**place.served()) as server, _browser(figures) as browser:
        for language in languages:
            speak(place, language)
            for name, path in pages(place).items():
                label = f"weight.{place.name}.{language}.{name}"
                first, elements = first_flight(server, place.cookies["rep"], path)
                figures.add(f"{label}.first_flight", first, unit="B", most=FIRST_FLIGHT)
                figures.add(f"{label}.elements", elements, most=ELEMENTS)
                if browser:
                    _cold(figures, label, cold(browser, server, place.cookies["rep"], path))


def speak(place: Place, language: str) -> None:
    """Let the measured rep read in this language from now on."""
    with place.app().app_context():
        place.speak(place.ids["rep"], language)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


class _Tags(HTMLParser):
    count = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.count += 1


def count_elements(html: str) -> int:
    """Return how many elements a page has."""
    tags = _Tags()
    tags.feed(html)
    return tags.count


def first_flight(server: Server, cookie: str, path: str) -> tuple[int, int]:
    """Return a page's bytes on the wire (gzip, with its headers) and its elements."""
    phone = Phone(server, cookie)
    html = phone.text(path)
    return phone.wire, count_elements(html)


@dataclass
class Cold:
    """What a first visit fetched: bytes by request, and how it stood to paint and load."""

    bytes: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    early: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def of(self, *kinds: str) -> list[str]:
        return [url for url, kind in self.kinds.items() if kind in kinds]


@contextmanager
def _browser(figures: Figures) -> Iterator[Any]:
    path = chromium_path()
    if path is None:
        figures.note("no Chromium: what pages fetch is not counted")
        yield None
        return
    with chromium(path) as browser:
        yield browser


_EARLY = """() => {
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const [page] = performance.getEntriesByType("navigation");
  const seen = Math.max(paint.startTime, page.loadEventStart);
  const all = performance.getEntriesByType("resource");
  const early = all.filter((one) => one.startTime < seen);
  return early.map((one) => one.name);
}"""


def cold(browser: Any, server: Server, cookie: str, path: str) -> Cold:
    """Visit a page with nothing cached, as a phone, and write down what was fetched."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": server.url}])
    page, seen = context.new_page(), Cold()
    wire = context.new_cdp_session(page)
    urls: dict[str, str] = {}

    def on_request(event: Any) -> None:
        url = event["request"]["url"]
        if not url.startswith("http"):
            return
        urls[event["requestId"]] = url
        seen.kinds[url] = event.get("type", "Other")
        if urlsplit(url).netloc != urlsplit(server.url).netloc:
            seen.foreign.append(url)

    def on_finished(event: Any) -> None:
        if event["requestId"] in urls:
            seen.bytes[urls[event["requestId"]]] = event["encodedDataLength"]

    wire.on("Network.requestWillBeSent", on_request)
    wire.on("Network.loadingFinished", on_finished)
    wire.send("Network.enable")
    page.goto(server.url + path, wait_until="load")
    page.wait_for_load_state("networkidle")
    seen.early = page.evaluate(_EARLY)
    context.close()
    return seen


def _cold(figures: Figures, label: str, seen: Cold) -> None:
    fonts = seen.of("Font")
    rest = [url for url in seen.kinds if url not in fonts]
    figures.add(f"{label}.cold", sum(seen.bytes.get(url, 0) for url in rest), unit="B", most=COLD)
    figures.add(f"{label}.requests", len(rest), most=REQUESTS)
    if fonts:
        figures.add(f"{label}.fonts", len(fonts), most=1)
        figures.add(
            f"{label}.font", max(seen.bytes.get(url, 0) for url in fonts), unit="B", most=FONT
        )
    figures.add(f"{label}.foreign", len(seen.foreign), most=0)
    figures.add(f"{label}.stylesheets", len(seen.of("Stylesheet")), most=1)
    early = [url for url in seen.of("Script") if url in seen.early]
    figures.add(f"{label}.early_scripts", len(early), most=0)
