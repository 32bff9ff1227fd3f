"""However an outbox is cut, repeated and sent again, the database ends up the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm import clock
from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.captures.models import Capture
from crm.database import db, new_id
from crm.deals.models import Deal
from crm.timeline.models import TimelineEntry
from tests import databases, factories
from tests.api.phone import capture, message, met, send

KINDS = ("log", "move", "plan", "person", "refused", "complete")


class Outbox:
    """Captures that hang on each other, in the order in which a rep made them."""

    def __init__(self, kinds: list[str]) -> None:
        self.deal, self.person = new_id(), new_id()
        self.promises: list[str] = []
        first = {"id": self.person, "name": "Nima"}
        self.captures = [
            capture(first, "contact.create"),
            capture({"id": self.deal, "name": "50 seats"}, "deal.create"),
        ]
        for n, kind in enumerate(kinds):
            self.captures.append(getattr(self, f"_{kind}")(n))

    def _stage(self, n: int) -> str:
        return factories.stage(("qualified", "proposal", "won", "lost", "lead")[n % 5]).id

    def _log(self, n: int) -> dict[str, Any]:
        move = {"id": self.deal, "to_stage_id": self._stage(n)}
        return capture(met(self.person, deal=move, note=f"Meeting {n}"))

    def _move(self, n: int) -> dict[str, Any]:
        return capture({"deal_id": self.deal, "stage_id": self._stage(n)}, "deal.move")

    def _plan(self, n: int) -> dict[str, Any]:
        self.promises.append(new_id())
        due_at = clock.now().isoformat()
        body = {"id": self.promises[-1], "kind": "call", "due_at": due_at, "deal_id": self.deal}
        return capture(body, "activity.plan")

    def _person(self, n: int) -> dict[str, Any]:
        someone = {"id": new_id(), "name": f"Person {n}"}
        return capture(met(new_contact=someone))

    def _refused(self, n: int) -> dict[str, Any]:
        return capture(met(new_id()))

    def _complete(self, n: int) -> dict[str, Any]:
        promise = self.promises[-1] if self.promises else new_id()
        return capture({"activity_id": promise}, "followup.complete")


def everything() -> list[Any]:
    """Return what the database says, without the ids that the server made."""
    activity = (
        Activity.id,
        Activity.kind,
        Activity.note,
        Activity.done_at,
        Activity.deal_id,
        Activity.contact_id,
        Activity.version,
    )
    entry = (TimelineEntry.kind, TimelineEntry.at, TimelineEntry.deal_id, TimelineEntry.activity_id)
    return [
        sorted(map(repr, db.session.execute(select(*columns)).all()))
        for columns in (
            activity,
            entry,
            (Capture.id, Capture.verdict, Capture.fingerprint),
            (Deal.id, Deal.stage_id, Deal.status, Deal.version, Deal.last_activity_at),
            (Contact.id, Contact.name, Contact.version, Contact.last_activity_at),
        )
    ]


@pytest.mark.mission(117)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_way_of_sending_an_outbox_ends_the_same(
    database: databases.TestDatabase, app, new_client, sara, data: st.DataObject
) -> None:
    def begin() -> Any:
        db.session.remove()
        database.reset(databases.COMPANY)
        return new_client(sara)

    phone = begin()
    outbox = Outbox(data.draw(st.lists(st.sampled_from(KINDS), max_size=10))).captures
    send(phone, sara, *outbox)
    wanted, phone, done = everything(), begin(), 0
    while done < len(outbox):
        # From anywhere that was reached already, up to anywhere further on; the answer may be lost.
        start = data.draw(st.integers(0, done))
        end = data.draw(st.integers(done + 1, len(outbox)))
        for _ in range(data.draw(st.integers(1, 2))):
            phone.post("/api/v1/captures", json=message(sara, *outbox[start:end]))
        done = end
    assert everything() == wanted
