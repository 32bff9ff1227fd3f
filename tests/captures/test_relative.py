"""What a sheet says without a server, in full: days, stages, accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.captures.commands import receive_capture
from crm.database import db, new_id
from crm.deals.models import Deal
from crm.leads.models import Lead
from tests import factories
from tests.api.phone import capture, met

#: Tuesday 24 November in Tehran, 23:00; in UTC it is still the same day, 19:30.
LATE = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


def step_of(said: dict[str, Any]) -> Activity:
    return db.session.get_one(Activity, said["result"]["next_step_id"])


@pytest.mark.parametrize(
    ("when", "due_at"),
    [
        ("tomorrow", "2026-11-25T06:30:00+00:00"),
        ("3_days", "2026-11-27T06:30:00+00:00"),  # a Friday: sara reads the Gregorian calendar
        ("next_week", "2026-12-01T06:30:00+00:00"),
        ("2026-12-05", "2026-12-05T06:30:00+00:00"),
    ],
)
def test_a_chip_means_the_day_after_the_capture_not_after_its_arrival(
    app, sara, clock, when: str, due_at: str
) -> None:
    clock.set(LATE)
    body = met(next_step={"id": new_id(), "when": when}, outcome="quote")
    one = capture(body)
    clock.move(days=2)
    step = step_of(receive_capture(sara, one))
    assert step.due_at.isoformat() == due_at
    assert (step.kind, step.subject) == ("task", "Send the quote")


def test_what_the_sheet_says_of_the_step_is_kept(app, sara) -> None:
    step = {"id": new_id(), "when": "tomorrow", "kind": "meeting", "subject": "At theirs"}
    kept = step_of(receive_capture(sara, capture(met(next_step=step, outcome="quote"))))
    assert (kept.kind, kept.subject) == ("meeting", "At theirs")


def test_a_promise_says_when_too(app, sara) -> None:
    one = capture({"id": new_id(), "kind": "call", "when": "tomorrow"}, "activity.plan")
    receive_capture(sara, one)
    due_at = db.session.get(Activity, one["body"]["id"]).due_at
    assert due_at.isoformat() == "2026-11-25T06:30:00+00:00"


@pytest.mark.parametrize("when", ["someday", 5, None, ["tomorrow"], "2026-13-40", "0001-01-01", ""])
def test_a_day_that_cannot_be_read_is_refused_with_its_field(app, sara, when: Any) -> None:
    said = receive_capture(sara, capture(met(next_step={"id": new_id(), "when": when})))
    assert said["verdict"] == "rejected"
    assert next(iter(said["errors"])).startswith("next_step.")


@pytest.mark.parametrize(
    ("to", "outcome", "status"),
    [
        ("won", "interested", "won"),
        ("lost", "lost", "lost"),
        ("closed", "interested", "won"),
        ("closed", "lost", "lost"),
    ],
)
def test_won_lost_and_closed_mean_the_stages_of_the_deals_pipeline(
    app, sara, to: str, outcome: str, status: str
) -> None:
    deal = factories.a_deal(sara)
    body = met(deal={"id": deal.id, "to": to, "lost_reason": "price"}, outcome=outcome)
    assert receive_capture(sara, capture(body))["verdict"] == "applied"
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).status == status


NO_STAGE = "01930000-0000-7000-8000-00000000dead"


@pytest.mark.parametrize("to", [5, ["won"], {"x": 1}, "nowhere", NO_STAGE])
def test_a_stage_that_is_none_is_refused_with_its_field(app, sara, to: Any) -> None:
    deal = factories.a_deal(sara)
    said = receive_capture(sara, capture(met(deal={"id": deal.id, "to": to})))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["deal.to_stage_id"])


NEW = {"contact.create": Contact, "deal.create": Deal}


@pytest.mark.parametrize("kind", NEW)
def test_a_new_account_is_made_under_the_phones_id_and_a_known_one_is_used(
    app, sara, kind: str
) -> None:
    known = factories.an_account(sara, "Alborz")
    ids = [new_id() for _ in range(3)]
    accounts = [{"id": new_id(), "name": "Damavand"}, {"id": new_id(), "name": "alborz"}, None]
    names = ["", "", "Alborz"]
    for record_id, account, name in zip(ids, accounts, names, strict=True):
        body = {"id": record_id, "name": "X", "new_account": account, "account_name": name}
        said = receive_capture(sara, capture({k: v for k, v in body.items() if v}, kind))
        assert said["verdict"] == "applied", said
    linked = [db.session.get(NEW[kind], record_id).account_id for record_id in ids]
    assert accounts[0] is not None
    assert linked == [accounts[0]["id"], known.id, known.id]
    assert db.session.scalar(select(func.count()).select_from(Account)) == 2


def test_a_lead_takes_the_accounts_name_as_its_company(app, sara) -> None:
    body = {"id": new_id(), "name": "Yas", "new_account": {"id": new_id(), "name": "Damavand"}}
    receive_capture(sara, capture(body, "lead.capture"))
    assert db.session.get(Lead, body["id"]).company == "Damavand"
    assert db.session.scalar(select(func.count()).select_from(Account)) == 0


def test_somebody_new_is_met_at_an_account_by_its_name(app, sara) -> None:
    known = factories.an_account(sara, "Alborz")
    person = {"id": new_id(), "name": "Nima", "account_name": "Alborz"}
    assert receive_capture(sara, capture(met(new_contact=person)))["verdict"] == "applied"
    assert db.session.get(Contact, person["id"]).account_id == known.id


@pytest.mark.parametrize("odd", ["Alborz", 5, {"id": new_id()}, {"name": 5}, {"name": " "}])
def test_an_odd_account_is_refused_with_its_field(app, sara, odd: Any) -> None:
    said = receive_capture(sara, capture({"name": "X", "new_account": odd}, "contact.create"))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["new_account"])
