"""Every path by which something could go to a customer by itself: blocked, then it flows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.accounts.models import Account
from crm.database import db
from crm.deals.commands import update_deal
from crm.deals.models import Deal, DealContact
from crm.stops.queries import is_stopped
from crm.users.viewer import Viewer
from tests import factories
from tests.mail import paths
from tests.stops.cases import BELOW, LIMIT, call, opened

#: Says whether something would go to whom these ids name. A path that is new (a letter, a message)
#: adds its line here, and tries to send for real.
Path = Callable[[dict[str, str]], bool]
PATHS: dict[str, Path] = {
    "the gate that all of them ask": lambda who: not is_stopped(**who),
    "a letter that is queued": paths.queues,
    "a letter that waited already": paths.sends,
}


@pytest.fixture
def customer(deal: Deal, sara: Viewer, acme: Account) -> dict[str, dict[str, str]]:
    """Every way to name the deal's customer."""
    colleague = factories.a_contact(sara, "Mina Rad", acme)
    guest = factories.a_contact(sara, "Omar Said")
    db.session.add(DealContact(deal_id=deal.id, contact_id=guest.id))
    db.session.commit()
    return {
        "the account": {"account_id": acme.id},
        "the deal's person": {"contact_id": str(deal.contact_id)},
        "a colleague": {"contact_id": colleague.id},
        "somebody with a part in the deal": {"contact_id": guest.id},
        "a lead at the account": {"lead_id": factories.a_lead(sara, account_id=acme.id).id},
        "all at once": {"account_id": acme.id, "contact_id": colleague.id},
    }


@pytest.mark.mission(111, 112)
@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_tried_and_blocked_and_flows_after_the_call(
    path: str, customer: dict[str, dict[str, str]], deal: Deal, sara: Viewer
) -> None:
    def goes() -> set[str]:
        return {name for name, who in customer.items() if PATHS[path](who)}

    assert goes() == set(customer)
    update_deal(sara, deal.id, {"amount": LIMIT, "currency": "IRR"})
    assert goes() == set()
    call(sara, outcome="no_answer", deal={"id": deal.id})
    assert goes() == set()
    call(sara, deal={"id": deal.id})
    assert goes() == set(customer)


STEPS = st.lists(st.sampled_from(["up", "more", "down", "call", "no answer"]), max_size=10)


@settings(max_examples=12)
@given(steps=STEPS)
def test_whatever_happens_in_whatever_order_it_is_stopped_from_a_crossing_to_the_next_call(
    steps: list[str], rule: str, sara: Viewer, acme: Account
) -> None:
    deal = factories.a_deal(sara, account_id=acme.id, amount=BELOW)
    amounts = {"up": LIMIT, "more": 2 * LIMIT, "down": BELOW}
    above = stopped = False
    for step in steps:
        if step in amounts:
            update_deal(sara, deal.id, {"amount": amounts[step], "currency": "IRR"})
            stopped |= step != "down" and not above
            above = step != "down"
        else:
            call(sara, "no_answer" if step == "no answer" else None, deal={"id": deal.id})
            stopped &= step == "no answer"
        assert len(opened(deal_id=deal.id)) == stopped, steps
    call(sara, deal={"id": deal.id})
