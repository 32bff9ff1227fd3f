"""Invented calendars, as text."""

from __future__ import annotations

from typing import Any

#: Whom the meetings are with.
NOURI = "nouri@anar.example"


def event(uid: str = "one", start: str = "20261126T100000Z", *lines: str, **said: str) -> str:
    """Return an event; `said` are its plain properties, `lines` whatever else."""
    plain = [f"{name.upper().replace('_', '-')}:{value}" for name, value in said.items()]
    when = start if start.startswith(";") else f":{start}"
    return "\r\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART{when}", *plain, *lines, "END:VEVENT"]
    )


def file(*events: str, before: str = "") -> str:
    """Return a calendar file."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//EN"]
    parts = [*head, *([before] if before else []), *events, "END:VCALENDAR", ""]
    return "\r\n".join(parts)


def guest(email: str, **params: Any) -> str:
    """Return an attendee's line."""
    more = "".join(f";{name}={value}" for name, value in params.items())
    return f"ATTENDEE{more}:mailto:{email}"


def meeting(uid: str = "one", start: str = "20261126T100000Z", **said: str) -> str:
    """Return a meeting with Nouri."""
    return event(uid, start, guest(NOURI), **{"summary": "Contract", **said})
