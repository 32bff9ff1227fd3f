"""What comes from a phone, whatever version of the app made it, and what it says of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marshmallow import EXCLUDE, fields

from crm import clock, errors
from crm.attachments.rules import MOST_A_CAPTURE
from crm.i18n import _
from crm.schema import Key, Moment, OneOf, Schema, Str, Whole, load

#: The version of bodies that this server reads as they are.
V = 1
#: A phone's clock may be this far off before the times it says are moved to ours.
CLOCK_SLACK = timedelta(minutes=2)
NO_SKEW = timedelta(0)
MOST_MEASURES = 4_000


class EnvelopeSchema(Schema):
    capture_id = Key(required=True)
    v = Whole(1, 1000, required=True)
    kind = Str(60, required=True)
    captured_at = Moment(required=True)
    supersedes = Key()
    body = fields.Dict(required=True)


class BlobSchema(Schema):
    """A photo or voice note that is sent apart, by its id; what else is said of it is no matter."""

    class Meta:
        unknown = EXCLUDE

    id = Key(required=True)
    kind = OneOf(("photo", "voice"))
    type = Str(100, required=True)
    size = Whole(required=True)
    sha256 = Str(64, required=True)


class NewerThanServer(errors.DomainError):
    """The phone's app is newer than this server: it keeps the capture and tries again later."""

    status = 426


Upcast = Callable[[dict[str, Any]], dict[str, Any]]
#: From (kind, version) to the body of the version after it; what is not named here is unchanged.
#: A line is never removed: a phone may wake with what it kept years ago.
UPCASTS: dict[tuple[str, int], Upcast] = {}


def upcast(
    kind: str,
    v: int,
    body: Mapping[str, Any],
    *,
    to: int = V,
    table: Mapping[tuple[str, int], Upcast] = UPCASTS,
) -> dict[str, Any]:
    """Return the body as this version of the server reads it. Raises NewerThanServer."""
    if v > to:
        raise NewerThanServer(_("This app is newer than the server. What you saved is kept."))
    now = dict(body)
    for version in range(v, to):
        step = table.get((kind, version))
        now = step(now) if step else now
    return now


def fingerprint(kind: str, v: int, body: Mapping[str, Any]) -> str:
    """Return SHA-256 of the canonical JSON of what was captured."""
    text = json.dumps([kind, v, body], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint_of(data: Mapping[str, Any]) -> str:
    """Return the fingerprint of a loaded envelope."""
    return fingerprint(data["kind"], data["v"], data["body"])


def skew_of(sent_at: datetime | None) -> timedelta:
    """Return how far the phone's clock is behind ours."""
    return clock.now() - sent_at if sent_at else NO_SKEW


@dataclass
class Call:
    """One capture on its way through: what its kind's function is told, and what that leaves."""

    capture_id: str
    #: When it was captured, by our clock, and how far the phone's times are moved for that.
    captured_at: datetime
    shift: timedelta
    measures: dict[str, Any] | None = None
    blobs: list[dict[str, Any]] = field(default_factory=list)
    #: What the server kept otherwise, in words, and what is left to decide.
    changes: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def was_offline(self) -> bool:
        return bool((self.measures or {}).get("was_offline"))


def open_envelope(data: Mapping[str, Any], skew: timedelta) -> tuple[dict[str, Any], Call]:
    """Return the body as it is read today, without what is only kept along, and its call."""
    body = upcast(data["kind"], data["v"], data["body"])
    measures, blobs = body.pop("measures", None), body.pop("blobs", None)
    shift = skew if abs(skew) > CLOCK_SLACK else NO_SKEW
    at = min(data["captured_at"] + shift, clock.now())
    return body, Call(data["capture_id"], at, shift, _measures(measures), _blobs(blobs))


def _measures(said: Any) -> dict[str, Any] | None:
    """Return what was measured; nothing odd in it is worth refusing a meeting for."""
    if not isinstance(said, dict) or len(json.dumps(said)) > MOST_MEASURES:
        return None
    return said


def _blobs(said: Any) -> list[dict[str, Any]]:
    """Return the photos that are named; no meeting is refused for one that cannot be read."""
    read: list[dict[str, Any]] = []
    for blob in said if isinstance(said, list) else ():
        with suppress(errors.ValidationError):
            read.append(load(BlobSchema, blob))
    return read[:MOST_A_CAPTURE]
