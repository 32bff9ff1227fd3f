"""What `flask doctor` says of alerts: our keys, who answers for them, and what went wrong."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crm.cli.doctor import Finding


def push(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the keys that phones subscribed to, and at the failures of the last seven days."""
    from sqlalchemy.exc import SQLAlchemyError

    from crm.push.keys import key_file

    yield _key(key_file(Path(config["DATA_DIR"])))
    try:
        yield from _subject()
        yield from _failures()
    except SQLAlchemyError:  # said by the look at the database, or not yet migrated
        return


def _key(file: Path) -> Finding:
    open_to = stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(
        not open_to,
        f"The key that phones subscribed to is here ({file.name}): keep a copy of it, without it"
        " every phone has to subscribe anew"
        if not open_to
        else f"Other accounts of this machine can read {file}: chmod 600 it",
    )


def _subject() -> Iterator[Finding]:
    from crm.push.queries import has_subscriptions, vapid_keys

    subject = vapid_keys().subject
    if subject is not None:
        yield Finding(True, f"Push services may write to {subject}")
        return
    yield Finding(
        not has_subscriptions(),
        "No alert leaves: push services want to know whom to write to. Set VAPID_SUBJECT to a real"
        " mailto: or https: address, or BASE_URL to an https one",
    )


def _failures() -> Iterator[Finding]:
    from crm.push.queries import count_failures

    failures = count_failures()
    if not failures:
        yield Finding(True, "No push service refused an alert in the last 7 days")
    for host, reason, devices in failures:
        yield Finding(False, f"{host} said «{reason}» for {devices} devices in the last 7 days")
