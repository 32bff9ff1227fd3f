"""Encrypts one message for one device and hands it to its push service; says what came of it.

The one place that uses webpush, which encrypts well and does nothing else: docs/adr/0020.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crm import clock, outgoing
from crm.push.endpoints import HOSTS
from crm.push.keys import VapidKeys
from crm.push.outcomes import Outcome, OutcomeKind
from crm.push.queries import Device

if TYPE_CHECKING:
    from webpush import WebPush

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
#: What fits one record of 4,096 bytes; webpush would encrypt more, and no browser read it.
MOST_BYTES = 3993
ANSWER_BYTES = 8_000
#: A ticket is good for at most 24 hours (RFC 8292); renewed well before, for clocks differ.
TICKET = timedelta(hours=12)
RENEWED_BEFORE = timedelta(hours=2)
LONGEST_TTL = 28 * 86_400
URGENCIES = frozenset({"very-low", "low", "normal", "high"})
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,60}")
_TICKET_NOT_TAKEN = (401, 403)


def send(
    device: Device, payload: bytes, *, ttl: int, urgency: str, topic: str | None, keys: VapidKeys
) -> Outcome:
    """Send one message. `ttl` in seconds; of several with one topic a phone that was off gets the
    last. Never call it inside a command: it may take five seconds."""
    if urgency not in URGENCIES or (topic is not None and not _TOPIC.fullmatch(topic)):
        raise ValueError(f"no such urgency or topic: {urgency}, {topic}")
    if keys.subject is None:
        return _refused(device, "no_subject")
    if len(payload) > MOST_BYTES:
        return _refused(device, "too_big")
    sealer = _sealer(keys)
    try:
        body, authorization = sealer.seal(device, payload)
    except ValueError:  # keys that no browser made
        return _refused(device, "bad_keys")
    headers = {
        "Authorization": authorization,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(min(max(ttl, 0), LONGEST_TTL)),
        "Urgency": urgency,
    } | ({"Topic": topic} if topic else {})
    try:
        answer = _post(device.endpoint, headers, body)
    except outgoing.Refused as error:
        return _refused(device, error.reason)
    except outgoing.Unreachable as error:
        return Outcome(OutcomeKind.RETRY, error.reason)
    if answer.status in _TICKET_NOT_TAKEN:
        sealer.tickets.tear(device.endpoint)
    return _outcome(device, answer)


def _post(endpoint: str, headers: dict[str, str], body: bytes) -> outgoing.Answer:
    return outgoing.send(
        "POST",
        endpoint,
        headers=headers,
        body=body,
        timeout=TIMEOUT_SECONDS,
        max_bytes=ANSWER_BYTES,
        cut=True,
        hosts=HOSTS,
    )


def encrypt(device: Device, payload: bytes, keys: VapidKeys) -> bytes:
    """Return the message as only this device can read it. Raises ValueError for keys of nobody."""
    return _sealer(keys).seal(device, payload)[0]


def _outcome(device: Device, answer: outgoing.Answer) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Outcome(OutcomeKind.DELIVERED)
    if status in (404, 410):
        return Outcome(OutcomeKind.GONE, str(status))
    if status == 429 or status >= 500:
        return Outcome(OutcomeKind.RETRY, str(status), _after(answer.headers.get("retry-after")))
    return _refused(device, f"{status} {_word(answer.body)}".strip())


def _refused(device: Device, reason: str) -> Outcome:
    log.error(
        "a push message was refused: %s by %s", reason, urlsplit(device.endpoint).hostname or "?"
    )
    return Outcome(OutcomeKind.REFUSED, reason)


def _after(said: str | None) -> float | None:
    """Return how many seconds to wait, from a number or a date; None where it says neither."""
    if said is None:
        return None
    if said.strip().isdecimal():
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - clock.now()).total_seconds(), 0.0)


def _word(body: bytes) -> str:
    """Return the reason that a service gives in JSON (Apple `reason`, Mozilla `error`), if any."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    reason = (said.get("reason") or said.get("error")) if isinstance(said, dict) else None
    return reason if isinstance(reason, str) and _WORD.fullmatch(reason) else ""


class _Tickets:
    """One signed ticket for each push service, kept until shortly before it runs out."""

    def __init__(self, keys: VapidKeys) -> None:
        self._keys = keys
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, str]] = {}

    def get_authorization_header(self, endpoint: Any, *_args: Any, **_kwargs: Any) -> str:
        """Return the header for an endpoint: what webpush asks of its own VAPID."""
        origin, now = _origin(str(endpoint)), clock.now()
        with self._lock:
            ends, header = self._kept.get(origin, (now, ""))
            # Also one that is of tomorrow: a clock was put right.
            if not RENEWED_BEFORE < ends - now <= TICKET:
                ends = now + TICKET
                header = self._sign(origin, ends)
                self._kept[origin] = (ends, header)
        return header

    def tear(self, endpoint: str) -> None:
        """Forget a ticket that was not taken; the next message brings a new one."""
        with self._lock:
            self._kept.pop(_origin(endpoint), None)

    def _sign(self, origin: str, ends: datetime) -> str:
        import jwt

        claims = {"aud": origin, "exp": int(ends.timestamp()), "sub": self._keys.subject}
        token = jwt.encode(claims, self._keys.private, algorithm="ES256")
        return f"vapid t={token}, k={self._keys.public}"


def _origin(endpoint: str) -> str:
    """Return scheme, host and, where it is unusual, the port: webpush leaves that out."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.removesuffix(':443')}"


class _Sealer:
    """webpush, set up once: what it takes per call it writes onto itself, for all threads."""

    def __init__(self, keys: VapidKeys) -> None:
        from webpush import WebPush, WebPushSubscription

        self._subscription: Callable[..., Any] = WebPushSubscription
        self._webpush: WebPush = WebPush(keys.private, keys.public_pem, subscriber="in our tickets")
        self.tickets = _Tickets(keys)
        self._webpush.vapid = self.tickets

    def seal(self, device: Device, payload: bytes) -> tuple[bytes, str]:
        """Return the encrypted message and the Authorization header."""
        there = self._subscription(
            endpoint=device.endpoint, keys={"p256dh": device.p256dh, "auth": device.auth}
        )
        message = self._webpush.get(payload, there)
        return message.encrypted, message.headers["authorization"]


@lru_cache(maxsize=4)
def _sealer(keys: VapidKeys) -> _Sealer:
    return _Sealer(keys)
