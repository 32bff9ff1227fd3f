"""Asks servers over one kept connection each, in turn, so that noise hits all of them alike."""

from __future__ import annotations

import gzip
import http.client
import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from crm.database import new_id
from tests.bench.processes import Server, cpu_seconds

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
Body = Callable[[], bytes]


class Phone:
    """One signed-in client with one connection."""

    #: How the last answer was encoded, and its bytes with its headers.
    encoding = ""
    wire = 0

    def __init__(self, server: Server, cookie: str, **headers: str) -> None:
        self.server = server
        self.headers = {
            "Cookie": cookie,
            "Accept-Encoding": "gzip",
            "Sec-Fetch-Site": "same-origin",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self.connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        return self._ask("POST", path, body, {"Content-Type": "application/json"})

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        self.connection.request(method, path, body, self.headers | headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.encoding = answer.headers.get("Content-Encoding", "")
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        self.wire = len(f"HTTP/1.1 {answer.status} {answer.reason}\r\n\r\n") + head + len(content)
        return answer.status, content

    def text(self, path: str) -> str:
        """Return a page's HTML. Raises RuntimeError for any other answer than 200."""
        status, content = self.get(path)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        return (gzip.decompress(content) if self.encoding == "gzip" else content).decode()


def capture(user_id: str, contact_id: str, deal_id: str | None = None) -> Body:
    """Return what makes the body of one logged call after another, each with ids of its own."""

    def make() -> bytes:
        now = datetime.now(UTC).isoformat()
        body: dict[str, Any] = {
            "id": new_id(),
            "kind": "call",
            "outcome": "follow_up",
            "contact_id": contact_id,
            "note": "Spoke about price, wants a quote by Friday",
        }
        if deal_id:
            body["deal"] = {"id": deal_id}
        return json.dumps(
            {
                "sent_at": now,
                "app": "bench",
                "user_id": user_id,
                "captures": [
                    {
                        "capture_id": new_id(),
                        "v": 1,
                        "kind": "activity.log",
                        "captured_at": now,
                        "body": body,
                    }
                ],
            }
        ).encode()

    return make


@dataclass
class Lap:
    """One request to repeat on one server, and how long each took (ms)."""

    phone: Phone
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Body | None = None
    times: list[float] = field(default_factory=list)

    def once(self, *, keep: bool = True) -> None:
        body = self.body() if self.body else None
        start = time.perf_counter()
        status, content = (
            self.phone.post(self.path, body) if body else self.phone.get(self.path, **self.headers)
        )
        spent = (time.perf_counter() - start) * 1000
        if status != 200:
            raise RuntimeError(f"{self.path}: {status} {content[:200]!r}")
        if keep:
            self.times.append(spent)

    def quantile(self, share: float) -> float:
        """Return the time that this share of the requests took at most."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    @property
    def median(self) -> float:
        return statistics.median(self.times)


def in_turn(laps: Sequence[Lap], times: int, warm: int = 20) -> None:
    """Run all laps alternately, in a new order each round."""
    order = list(laps)
    for n in range(warm + times):
        random.shuffle(order)
        for lap in order:
            lap.once(keep=n >= warm)


def cpu_ms(lap: Lap, times: int) -> float:
    """Return the CPU that one request costs the server and its database."""
    for _ in range(10):
        lap.once(keep=False)
    before = cpu_seconds(lap.phone.server.pids)
    for _ in range(times):
        lap.once()
    return (cpu_seconds(lap.phone.server.pids) - before) * 1000 / times


def crowd(laps: Sequence[Callable[[], Lap]], requests: int) -> None:
    """Run a mix of requests from as many connections as there are laps."""
    faults: list[BaseException] = []

    def one(make: Callable[[], Lap]) -> None:
        lap = make()
        try:
            for _ in range(requests // len(laps)):
                lap.once(keep=False)
        except Exception as error:  # said below, in the thread that waits
            faults.append(error)

    threads = [threading.Thread(target=one, args=(make,)) for make in laps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
