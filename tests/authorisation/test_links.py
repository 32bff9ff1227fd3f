"""Every link and every form on every page leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests import databases
from tests.authorisation.rules import RULES
from tests.authorisation.test_matrix import READS, Walk, routes

NewClient = Callable[..., FlaskClient]
LINK = re.compile(r'<a\b[^>]*\shref="([^"]*)"|\shx-get="([^"]*)"')
FORM = re.compile(r'<form\b[^>]*>|\shx-post="([^"]*)"')
ACTION = re.compile(r'\saction="([^"]*)"')


def targets(page: str, address: str) -> set[tuple[str, str]]:
    """Return (method, path) of whatever a page can lead to on this site."""
    found = {("GET", href or get) for href, get in LINK.findall(page)}
    for match in FORM.finditer(page):
        action = ACTION.search(match[0])
        method = "GET" if 'method="get"' in match[0] or "method=" not in match[0] else "POST"
        if match[1] is not None:
            found.add(("POST", match[1]))
        else:
            found.add((method, action[1] if action else ""))
    paths = set()
    for method, where in found:
        parts = urlsplit(urljoin(f"http://here{address}", unescape(where)))
        if parts.netloc == "here" and not parts.path.startswith("/static/"):
            paths.add((method, parts.path))
    return paths


@pytest.mark.parametrize("who", ["sara", "leila", "admin", "anonymous"])
def test_every_link_and_form_leads_to_a_route(
    database: databases.TestDatabase, app: Flask, new_client: NewClient, who: str
) -> None:
    walk = Walk(database, new_client, who)
    known = app.url_map.bind("localhost")
    lost = set()
    for route, method in routes(app):
        if method not in READS or route.endpoint not in RULES:
            continue
        answer = walk.ask(route, method, RULES[route.endpoint])
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for wanted, path in targets(answer.get_data(as_text=True), answer.request.path):
            try:
                known.match(path, method=wanted)
            except RequestRedirect:
                continue
            except HTTPException:
                lost.add(f"{route.rule}: {wanted} {path}")
    assert not lost
