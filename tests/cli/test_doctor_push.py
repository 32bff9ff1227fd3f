"""What the doctor says of alerts."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from crm import clock
from crm.cli.doctor_push import push
from crm.database import db
from crm.push import keys
from crm.push.commands import subscribe
from crm.push.models import PushSubscription
from crm.users.models import User
from crm.users.viewer import Viewer
from tests.push.service import Phone

HOST = "web.push.apple.com"


@pytest.fixture(autouse=True)
def _own_keys(app: Flask) -> None:
    """Those of this app, whichever was made last."""
    keys.configure(Path(app.config["DATA_DIR"]), "", "")


def said(app: Flask, *, is_well: bool) -> str:
    return "\n".join(found.said for found in push(app.config) if found.is_well is is_well)


def fails(sara: Viewer, many: int) -> None:
    for number in range(many):
        subscribe(sara, Phone(f"https://{HOST}/{number}").says())
    failure = {"failed_at": clock.now(), "failure": "403 BadJwtToken"}
    db.session.execute(update(PushSubscription).values(**failure))
    db.session.commit()


def test_all_is_well_where_the_key_is_ours_and_somebody_answers_for_it(app: Flask) -> None:
    assert said(app, is_well=False) == ""
    well = said(app, is_well=True)
    assert "vapid-key" in well
    assert "mailto:ada@example.com" in well


def test_a_key_that_others_can_read_is_named(app: Flask) -> None:
    file = keys.key_file(Path(app.config["DATA_DIR"]))
    file.chmod(0o644)
    assert "chmod 600" in said(app, is_well=False)
    file.chmod(0o600)


def test_where_nobody_answers_for_us_it_says_so_once_there_is_a_device(
    app: Flask, sara: Viewer
) -> None:
    db.session.execute(update(User).values(email=None))
    db.session.commit()
    assert "VAPID_SUBJECT" in said(app, is_well=True)
    subscribe(sara, Phone(f"https://{HOST}/1").says())
    assert "VAPID_SUBJECT" in said(app, is_well=False)


def test_failures_are_counted_by_service_and_reason(app: Flask, sara: Viewer) -> None:
    fails(sara, 3)
    wrong = said(app, is_well=False)
    assert wrong == f"{HOST} said «403 BadJwtToken» for 3 devices in the last 7 days"
