"""Phones as the capture protocol wants them: an outbox that outlives them, sent until named."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

CAPTURES = "/api/v1/captures"
FIRST, MOST = 5, 20
#: With one of these the server has the capture, or says why it never will.
KEPT = {"applied", "duplicate", "merged", "conflict"}
PARKED = {"rejected", "forbidden"}
LONGEST_WAIT, FIRST_WAIT = 300.0, 2.0


@dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the JSON object it holds, or None for anything else (a portal's page, half)."""
        if not self.headers.get("content-type", "").startswith("application/json"):
            return None
        try:
            said = json.loads(self.body)
        except ValueError:
            return None
        return said if isinstance(said, dict) else None


@dataclass
class Wire:
    """One kept connection to a server, opened again after every fault."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes) -> Answer:
        """Return the answer. Raises OSError, EOFError or ValueError where there is none."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self.port)
            answer = await self._ask(*self._streams, path, body)
        except BaseException:
            self.close()
            raise
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
    ) -> Answer:
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: application/json",
            "Sec-Fetch-Site: same-origin",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.split(":", 1) for line in rest if ":" in line]
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        length = headers.get("content-length")
        said = await (reader.read() if length is None else reader.readexactly(int(length)))
        return Answer(int(first.split()[1]), headers, said)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


@dataclass
class Outbox:
    """What a phone keeps on its disk, in two places; a crash takes one of them at most."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    journal: dict[str, dict[str, Any]] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)

    def add(self, envelope: dict[str, Any]) -> None:
        """Keep a capture; it is saved once both places have it."""
        capture_id = envelope["capture_id"]
        self.order.setdefault(capture_id, len(self.order))
        self.rows[capture_id] = self.journal[capture_id] = envelope

    def forget(self, capture_id: str, verdict: str) -> None:
        """Let go of a capture that an answer has named."""
        self.named[capture_id] = verdict
        self.rows.pop(capture_id, None)
        self.journal.pop(capture_id, None)

    def reconcile(self) -> None:
        """Write again what one place lacks, the oldest first."""
        both = self.rows | self.journal
        self.rows = {name: both[name] for name in sorted(both, key=self.order.__getitem__)}
        self.journal = dict(self.rows)


class Stopped(Exception):
    """The server says that this queue may not go on: signed out, or another person's."""


@dataclass
class Phone:
    """Sends an outbox in order; made anew after a crash, from the same outbox.

    `now` is the phone's own clock, `sleep` waits that many of its seconds.
    """

    user_id: str
    wire: Wire
    outbox: Outbox
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: random.Random = field(default_factory=random.Random)
    patience: float = 15.0
    batch: int = FIRST
    tries: int = 0
    #: Called at each point where a phone may die; raises to let it.
    alive: Callable[[str], None] = lambda _point: None
    #: Told each answer as it came, before it is believed.
    heard: Callable[[Answer], None] = lambda _answer: None

    def __post_init__(self) -> None:
        self.outbox.reconcile()

    async def drain(self) -> None:
        """Send until nothing waits. Raises Stopped where only a person can help."""
        while self.outbox.rows:
            if await self.send_once():
                self.tries = 0
            else:
                await self.back_off()

    async def back_off(self) -> None:
        """Wait a random while, up to twice as long after each failure."""
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2**self.tries)
        self.tries = min(self.tries + 1, 10)
        await self.sleep(self.chance.uniform(0, longest))

    async def send_once(self) -> bool:
        """Send the head of the queue once; tell whether any of it was named."""
        head = list(self.outbox.rows.values())[: self.batch]
        message = {
            "sent_at": self.now().isoformat(),
            "app": "simulated",
            "device_id": "phone",
            "user_id": self.user_id,
            "captures": head,
        }
        self.alive("before the request")
        try:
            answer = await asyncio.wait_for(
                self.wire.post(CAPTURES, json.dumps(message).encode()), self.patience
            )
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, TimeoutError):
            return False
        self.heard(answer)
        self.alive("after the answer")
        return self._believe(answer, {envelope["capture_id"] for envelope in head})

    def _believe(self, answer: Answer, sent: set[str]) -> bool:
        said = answer.json()
        if said is None:
            return False
        if answer.status == 200:
            return self._settle(said.get("results"), sent)
        if "error" not in said:
            return False
        if answer.status in (401, 403):
            raise Stopped(answer.body.decode())
        if answer.status in (400, 413, 422):
            self._halve(sent)
        return False

    def _settle(self, results: Any, sent: set[str]) -> bool:
        """Let go of what is named, and of nothing else."""
        went_on = False
        for result in results if isinstance(results, list) else []:
            name = result.get("capture_id") if isinstance(result, dict) else None
            if name in sent and result.get("verdict") in KEPT | PARKED:
                self.alive("between two of an answer")
                self.outbox.forget(name, result["verdict"])
                went_on = True
        self.batch = min(MOST, 2 * self.batch) if went_on else self.batch
        return went_on

    def _halve(self, sent: set[str]) -> None:
        if len(sent) > 1:
            self.batch = max(1, len(sent) // 2)
        else:
            self.outbox.forget(sent.pop(), "parked")


def envelope(
    capture_id: str, kind: str, body: dict[str, Any], captured_at: datetime
) -> dict[str, Any]:
    """Return what a phone keeps of one Save."""
    return {
        "capture_id": capture_id,
        "v": 1,
        "kind": kind,
        "captured_at": captured_at.isoformat(),
        "body": body,
    }


def moved(years: float) -> timedelta:
    """Return how far a clock is off."""
    return timedelta(days=365.25 * years)
