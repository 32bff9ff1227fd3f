"""At nine of a working morning: what was not kept, and the deals that went quiet; each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from crm.activities.commands import (
    log_activity,
    plan_activity,
)
from crm.reactions.due import tell_promises
from crm.reactions.mornings import tell_days_promises, tell_overdue, tell_quiet_deals
from crm.users.viewer import Viewer
from tests import factories
from tests.clock import START, MovableClock
from tests.leads.test_lists import plan
from tests.reactions.inbox import HAMRAH, kinds, said, told
from tests.reactions.test_due import promise


@pytest.mark.mission(47)
def test_what_was_not_kept_is_told_on_the_next_working_morning_and_never_again(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    # Wednesday is the last working day; Thursday and Friday are free.
    promise(sara, datetime(2026, 11, 25, 12, 0, tzinfo=UTC), subject="Send the offer")
    promise(sara, datetime(2026, 11, 27, 12, 0, tzinfo=UTC), subject="On Friday")
    for day in (26, 27):
        clock.set(datetime(2026, 11, day, 6, 0, tzinfo=UTC))
        assert tell_overdue(HAMRAH) == 0
    clock.set(datetime(2026, 11, 28, 5, 29, tzinfo=UTC))
    assert tell_overdue(HAMRAH) == 0
    clock.move(minutes=1)
    assert tell_overdue(HAMRAH) == 2
    assert {words.title for words in said(sara)} == {
        "Overdue: Send the offer",
        "Overdue: On Friday",
    }
    for _day in range(3):
        clock.move(days=1)
        assert tell_overdue(HAMRAH) == 0


def test_old_promises_from_a_file_are_not_overdue_news(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    promise(sara, START - timedelta(days=1))
    assert tell_overdue(HAMRAH) == 0
    assert tell_promises(HAMRAH) in (0, 1)
    assert told(sara) == []


@pytest.mark.mission(47, 92)
def test_a_quiet_deal_is_told_once_a_quiet_time(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    account = factories.an_account(sara, "Acme")
    quiet = factories.a_deal(sara, "50 seats", account_id=account.id)
    factories.a_deal(sara, "From a file", last_activity_at=START - timedelta(days=200))
    planned = factories.a_deal(sara, "With a step")
    plan_activity(
        sara,
        {"kind": "call", "deal_id": planned.id, "due_at": (START + timedelta(days=40)).isoformat()},
    )
    clock.move(days=9)
    assert tell_quiet_deals(HAMRAH) == 0
    clock.set(datetime(2026, 12, 5, 5, 30, tzinfo=UTC))
    assert tell_quiet_deals(HAMRAH) == 1
    (words,) = said(sara)
    assert words.title == "Quiet: 50 seats · Acme"
    assert words.body == "200m toman · Quiet for 10 days, no next step"
    assert tell_quiet_deals(HAMRAH) == 0
    log_activity(sara, {"kind": "call", "deal": {"id": quiet.id}})
    clock.move(days=7)
    assert tell_quiet_deals(HAMRAH) == 0
    clock.move(days=4)
    assert tell_quiet_deals(HAMRAH) == 1
    assert kinds(sara) == ["deal_quiet", "deal_quiet"]


@pytest.mark.parametrize("job", [tell_days_promises, tell_overdue])
def test_the_mornings_walk_each_persons_promises(sqlite_app: Flask, job: Any) -> None:
    steps = plan(lambda: job(HAMRAH))
    assert any("ix_activity_owner_id_planned" in step for _above, step in steps), steps
    assert not any(step.startswith("SCAN activity") for _above, step in steps), steps
