"""A page asks the database as often for thirty rows as for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from crm import clock
from crm.accounts.models import Account, Contact
from crm.activities.commands import log_activity, plan_activity
from crm.database import db
from crm.deals.models import Deal
from crm.users.viewer import Viewer
from tests import factories

MANY = 30
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that the block sends, the transactions' own apart."""
    sent: list[str] = []

    def on_execute(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "SET LOCAL")):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", on_execute)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", on_execute)


def statements(phone: FlaskClient, path: str, **headers: str) -> list[str]:
    """Return what one answer costs; a first one has filled what is kept in memory."""
    assert phone.get(path, headers=headers).status_code == 200
    with counted() as sent:
        phone.get(path, headers=headers)
    return list(sent)


def grow(sara: Viewer, times: int, account: Account, contact: Contact, deal: Deal) -> None:
    """Add so many of everything that pages list, around one account, contact and deal."""
    now = clock.now()
    for n in range(times):
        about: dict[str, Any] = {"contact_id": contact.id, "account_id": account.id}
        factories.an_account(sara, f"Firm {n}", phones=factories.labelled(f"+98210000{n:04}"))
        factories.a_contact(sara, f"Person {n}", account, phones=factories.labelled("+4930123456"))
        factories.a_lead(sara, f"Prospect {n}", heat="hot")
        other = factories.a_deal(sara, f"Seats {n}", **about)
        old = now - timedelta(days=40)
        factories.a_deal(sara, f"Quiet {n}", stage_entered_at=old, last_activity_at=old)
        plan = {"kind": "call", "subject": f"Call {n}", "due_at": now.isoformat(), **about}
        plan_activity(sara, {**plan, "deal_id": other.id})
        log_activity(sara, {"kind": "call", "note": "Spoke", **about, "deal": {"id": deal.id}})


@pytest.fixture
def shop(app: Any, sara: Viewer) -> tuple[Account, Contact, Deal]:
    account = factories.an_account(sara, "Acme")
    contact = factories.a_contact(sara, "Sara Nouri", account)
    deal = factories.a_deal(sara, "50 seats", account_id=account.id, contact_id=contact.id)
    grow(sara, 1, account, contact, deal)
    return account, contact, deal


PAGES = (
    "/today", "/pipeline", "/pipeline?whose=team", "/pipeline?stage=closed", "/deals/{deal}",
    "/people", "/people?tab=contacts", "/people?tab=accounts", "/people?tab=leads",
    "/accounts/{account}", "/contacts/{contact}", "/capture", "/capture?deal_id={deal}",
)  # fmt: skip


def test_thirty_rows_cost_as_many_statements_as_one(
    new_client: Callable[..., FlaskClient], sara: Viewer, shop: Any
) -> None:
    account, contact, deal = shop
    phone = new_client(sara)
    pages = [one.format(account=account.id, contact=contact.id, deal=deal.id) for one in PAGES]
    few = {page: statements(phone, page) for page in pages}
    grow(sara, MANY, account, contact, deal)
    for page in pages:
        many = statements(phone, page)
        more = [text for text in many if text not in few[page]]
        assert len(many) == len(few[page]), (page, more)


def test_a_search_with_twenty_hits_costs_as_many_statements_as_with_one(
    new_client: Callable[..., FlaskClient], sara: Viewer, shop: Any
) -> None:
    phone = new_client(sara)
    few = statements(phone, "/people?q=Firm", **PARTIAL)
    grow(sara, 20, *shop)
    assert len(statements(phone, "/people?q=Firm", **PARTIAL)) == len(few)


def test_the_managers_page_of_the_team_costs_the_same_however_much_was_done(
    new_client: Callable[..., FlaskClient], sara: Viewer, leila: Viewer, shop: Any
) -> None:
    phone = new_client(leila)
    few = statements(phone, "/team")
    grow(sara, MANY, *shop)
    assert len(statements(phone, "/team")) == len(few)


def test_the_main_pages_need_few_statements(
    new_client: Callable[..., FlaskClient], sara: Viewer, shop: Any
) -> None:
    *_rest, deal = shop
    phone = new_client(sara)
    for path in ("/today", "/pipeline", f"/deals/{deal.id}", "/people?tab=contacts"):
        assert len(statements(phone, path)) <= 13, path


def test_a_phone_that_is_known_writes_its_own_row_at_a_heartbeat_and_nothing_else(
    new_client: Callable[..., FlaskClient], sara: Viewer
) -> None:
    phone, said = new_client(sara), {"device_id": "phone", "app": "test", "waiting": 0}
    phone.post("/api/v1/heartbeat", json=said)
    with counted() as sent:
        phone.post("/api/v1/heartbeat", json=said | {"waiting": 1})
    writes = [one for one in sent if not one.lstrip().startswith("SELECT")]
    assert [one.split(" SET ")[0] for one in writes] == ["UPDATE device"]
