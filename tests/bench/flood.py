"""Captures while a website's visitors are told of: a thousand touches a second for a minute."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from crm.database import db
from crm.tracking.bounds import MOST_VISITORS
from crm.tracking.models import ONLY, Visitor, Website
from tests.bench.figures import Figures
from tests.bench.phones import Lap, Phone, capture
from tests.bench.places import Place
from tests.bench.processes import Server, running

BEACONS, TOUCHES = 100, 10
SHOP = "shop.example.com"
TIMES_QUIET = 2.0
#: Between two captures, as of a team in a busy hour.
PAUSE = 0.02


def measure(figures: Figures, place: Place, engine: str, seconds: float) -> None:
    """Print the p99 of captures alone and under the flood, and what the flood left behind."""
    key = _open_site(place)
    # In a process of its own: visitors do not hold up the phone that is measured.
    with (
        running(**place.served()) as server,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        pool.submit(int).result()
        quiet = _captures(server, place, seconds / 3)
        flood = pool.submit(_flood, urlsplit(server.url).netloc, key, seconds)
        busy = _captures(server, place, seconds)
        told = flood.result()
    figures.add(f"flood.{engine}.quiet.p99", quiet, unit="ms")
    figures.add(f"flood.{engine}.busy.p99", busy, unit="ms")
    figures.add(f"flood.{engine}.busy_to_quiet", busy / quiet, most=TIMES_QUIET)
    sent = told * TOUCHES / seconds
    figures.add(f"flood.{engine}.touches_a_second", sent, least=BEACONS * TOUCHES * 0.98)
    with place.app().app_context():
        visitors = db.session.scalar(select(func.count(Visitor.id))) or 0
        db.session.remove()
        db.engine.dispose()
    figures.add(f"flood.{engine}.visitors", visitors, most=MOST_VISITORS)


def _open_site(place: Place) -> str:
    with place.app().app_context():
        website = db.session.get_one(Website, ONLY)
        website.hosts = [SHOP]
        key = website.site_key
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return key


def _captures(server: Server, place: Place, seconds: float) -> float:
    phone = Phone(server, place.cookies["rep"])
    body = capture(place.ids["rep"], place.ids["contact"])
    lap = Lap(phone, "/api/v1/captures", body=body)
    for _ in range(20):
        lap.once(keep=False)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lap.once()
        time.sleep(PAUSE)
    return lap.quantile(0.99)


def _flood(netloc: str, key: str, seconds: float) -> int:
    """Send so many beacons a second, each of another visitor; return how many were answered."""
    connection = http.client.HTTPConnection(netloc, timeout=60)
    agent = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/140 Mobile Safari/537.36"
    headers = {"Content-Type": "text/plain", "Origin": f"https://{SHOP}", "User-Agent": agent}
    begun, told = time.monotonic(), 0
    for number in range(int(seconds * BEACONS)):
        time.sleep(max(0.0, begun + number / BEACONS - time.monotonic()))
        connection.request("POST", "/t", _beacon(key, number), headers)
        answer = connection.getresponse()
        answer.read()
        told += answer.status == http.HTTPStatus.NO_CONTENT
    connection.close()
    return told


def _beacon(key: str, number: int) -> bytes:
    seen: list[list[Any]] = [
        ["p", f"https://{SHOP}/page-{number % 50}-{n}", ""] for n in range(TOUCHES)
    ]
    return json.dumps({"k": key, "v": str(uuid.uuid4()), "t": seen}).encode()
