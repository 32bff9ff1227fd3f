"""The main pages are light: what a phone must fetch before and after it shows them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.database import db
from crm.deals.models import Deal
from crm.sample.commands import add_sample
from crm.users.models import User
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer
from tests.bench.weight import COLD, ELEMENTS, FIRST_FLIGHT, FONT, REQUESTS, count_elements

#: What a page fetches by itself; a plain link may lead anywhere.
_REFERENCE = re.compile(r'<(?:script|img|link|use)\b[^>]*?(?:src|href)="([^"#]+)[^"]*"')


@pytest.fixture
def busiest(app: Any, admin: Viewer) -> Viewer:
    """The rep of the sample company with most open deals."""
    add_sample(admin)
    counts = select(Deal.owner_id).where(Deal.status == "open", Deal.is_sample)
    rep = db.session.scalars(
        counts.group_by(Deal.owner_id).order_by(func.count().desc(), Deal.owner_id)
    ).first()
    return viewer_of(str(rep))


def _speak(person: Viewer, language: str) -> None:
    user = db.session.get_one(User, person.id)
    user.language, user.calendar = language, "jalali" if language == "fa" else "gregorian"
    db.session.commit()


def _addresses(person: Viewer) -> dict[str, str]:
    deal = db.session.scalars(
        select(Deal.id).where(Deal.owner_id == person.id, Deal.status == "open").limit(1)
    ).one()
    return {"today": "/today", "pipeline": "/pipeline", "deal": f"/deals/{deal}"}


class Page:
    """A page as a phone gets it, and all that it asks for itself."""

    def __init__(self, phone: FlaskClient, path: str) -> None:
        self.phone = phone
        answer = self._get(path)
        assert answer.status_code == 200
        self.wire = self._wire(answer)
        self.policy = answer.headers["Content-Security-Policy"]
        self.html = gzip.decompress(answer.data).decode()
        found = set(_REFERENCE.findall(self.html))
        # The manifest is asked for by a browser with nothing else to do.
        self.references = {url for url in found if not url.startswith(("data:", "/manifest."))}

    def _get(self, path: str) -> Any:
        return self.phone.get(path, headers={"Accept-Encoding": "gzip"})

    @staticmethod
    def _wire(answer: Any) -> int:
        return len(answer.data) + sum(len(k) + len(v) + 4 for k, v in answer.headers) + 17

    def scripts(self) -> set[str]:
        """Return a first visit's scripts; others come at a tap, or when the worker has them."""
        (named,) = re.findall(r'<script data-src="([^"]+)"', self.html)
        with self.phone.get(named) as answer:
            body = answer.get_data(as_text=True)
        files = re.findall(r'import\("(\.\./vendor/[^"]+)"\)|new URL\("(outbox[^"]+)"', body)
        found = [one or other for one, other in files]
        assert any("htmx" in name for name in found)
        assert any("outbox" in name for name in found)
        for name in re.findall(r'import\("(\./elements/[^"]+)"\)', body):
            if f"<{name.rpartition('/')[2][:-3]}" in self.html:
                found.append(name)
        return {named, *(_join(named.rpartition("/")[0], name) for name in found)}

    def fetched(self) -> dict[str, int]:
        """Return the bytes of all that is fetched for the page, itself included."""
        urls = self.scripts() | {
            url for url in self.references if not url.endswith(("apple-touch-icon.png", ".js"))
        }
        sizes = {"": self.wire}
        for url in urls:
            with self._get(url) as answer:
                sizes[url] = self._wire(answer)
        return sizes


def _join(folder: str, name: str) -> str:
    parts = folder.split("/")
    for step in name.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("name", ["today", "pipeline", "deal"])
def test_a_main_page_is_light_on_a_slow_line(
    new_client: Callable[..., FlaskClient], busiest: Viewer, name: str, language: str
) -> None:
    _speak(busiest, language)
    page = Page(new_client(busiest), _addresses(busiest)[name])
    assert page.wire <= FIRST_FLIGHT
    assert count_elements(page.html) <= ELEMENTS
    fetched = page.fetched()
    assert len(fetched) <= REQUESTS, sorted(fetched)
    assert sum(fetched.values()) <= COLD
    assert all(url.startswith("/static/") for url in page.references)
    assert page.html.count('rel="stylesheet"') == 1
    (script,) = re.findall(r"<script\b([^>]*)>(.*?)</script>", page.html, re.DOTALL)
    assert re.fullmatch(r' data-src="/static/\w+/js/boot.js"', script[0])
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.policy


def test_the_one_font_is_small(client: FlaskClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    (sheet,) = re.findall(r'href="(/static/[^"]+\.css)"', page)
    with client.get(sheet) as answer:
        fonts = re.findall(r"url\(\"?([^\")]+)", answer.get_data(as_text=True))
    assert len(fonts) == 1
    with client.get(_join(sheet.rpartition("/")[0], fonts[0])) as font:
        assert len(font.data) <= FONT
