"""More and its pages, and deletion with what goes along shown first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from crm.accounts.commands import create_account, create_contact
from crm.accounts.models import Account
from crm.database import db
from crm.deals.commands import create_deal
from crm.users.viewer import Viewer

NewClient = Callable[..., FlaskClient]


@pytest.mark.mission(148)
@pytest.mark.parametrize(
    ("name", "sees", "not_sees"),
    [
        ("sara", ["/settings", "/products", "/sign-out"], ["/team", "/imports", "/administration"]),
        ("leila", ["/team", "/imports"], ["/administration"]),
        ("admin", ["/team", "/imports", "/administration"], []),
    ],
)
def test_each_sees_what_he_may_use(
    new_client: NewClient,
    request: pytest.FixtureRequest,
    name: str,
    sees: list[str],
    not_sees: list[str],
) -> None:
    body = new_client(request.getfixturevalue(name)).get("/more").get_data(as_text=True)
    assert all(f'"{url}"' in body for url in sees)
    assert not any(f'"{url}"' in body for url in not_sees)


def test_help_is_one_short_page(new_client: NewClient, sara: Viewer) -> None:
    assert "After a meeting" in new_client(sara).get("/help").get_data(as_text=True)


def test_a_deletion_says_what_goes_along_before_it_is_done(
    new_client: NewClient, sara: Viewer, admin: Viewer
) -> None:
    account_id = create_account(sara, {"name": "Doomed Ltd"})
    create_contact(sara, {"name": "Person", "account_id": account_id})
    create_deal(sara, {"name": "Seats", "account_id": account_id})
    client = new_client(admin)
    body = client.get(f"/accounts/{account_id}/deletion").get_data(as_text=True)
    for said in ("Doomed Ltd", "1 contact", "1 deal", "1 line of the timeline", "cannot be undone"):
        assert said in body
    assert db.session.get(Account, account_id) is not None
    answer = client.post(f"/accounts/{account_id}/deletion")
    assert answer.location == "/people?tab=accounts"
    db.session.rollback()
    assert db.session.get(Account, account_id) is None
    assert client.post(f"/accounts/{account_id}/deletion").status_code == 404
    assert client.get(f"/users/{account_id}/deletion").status_code == 404
