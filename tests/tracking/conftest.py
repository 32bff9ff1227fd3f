"""The company's website as the tests know it, and beacons from its pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.database import db
from crm.tracking.models import ONLY, Website

VISITOR = "11111111-2222-4333-8444-555555555555"
OTHER = "11111111-2222-4333-8444-666666666666"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36"
)
SHOP = "https://shop.example.com"


class Site:
    """The pages of the website: `look` opens one, `written` waits until it is in the database."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.client = client
        self.tracker = app.extensions["tracking"]
        self.tracker.reset()
        website = db.session.get_one(Website, ONLY)
        website.hosts = ["shop.example.com"]
        self.key = website.site_key
        db.session.commit()

    def beacon(self, *touches: list[Any], visitor: Any = VISITOR, **more: Any) -> Any:
        return self.post(json.dumps({"k": self.key, "v": visitor, "t": touches} | more))

    def post(self, body: str | bytes, **headers: str) -> Any:
        said = {
            "Sec-Fetch-Site": "cross-site",
            "Origin": SHOP,
            "User-Agent": PHONE,
            "Content-Type": "text/plain;charset=UTF-8",
        }
        return self.client.post("/t", data=body, headers=said | headers)

    def look(self, *paths: str, visitor: str = VISITOR, referrer: str = "") -> None:
        for path in paths:
            answer = self.beacon(["p", f"{SHOP}{path}", referrer], visitor=visitor)
            assert (answer.status_code, answer.data) == (204, b"")

    def written(self) -> None:
        self.tracker.flush()
        db.session.rollback()
        db.session.expire_all()


@pytest.fixture
def site(app: Flask, client: FlaskClient) -> Iterator[Site]:
    made = Site(app, client)
    yield made
    made.tracker.reset()


@pytest.fixture
def rows() -> Callable[[Any], list[Any]]:
    """`rows(Touch)`: every row of a table, afresh."""

    def read(model: Any) -> list[Any]:
        db.session.rollback()
        return list(db.session.scalars(db.select(model).order_by(model.id)))

    return read
