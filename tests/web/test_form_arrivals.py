"""What a visitor's form carries along, in pages and in bytes."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from crm.database import new_id
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import a_form
from tests.web.test_public_forms import filled, leads


@pytest.fixture
def at(admin: Viewer) -> str:
    return f"/f/{a_form(admin).slug}"


@pytest.mark.parametrize("is_given", [True, False])
def test_where_he_came_in_names_neither_him_nor_the_rep(
    client: FlaskClient, clock: MovableClock, at: str, is_given: bool
) -> None:
    query = f"v={new_id()}&utm_source=mail&%62y={new_id()}&look=small"
    more = {"landing": f"/shop?{query}"} if is_given else {}
    given = filled(client, clock, f"{at}?{query}")
    client.post(at, data=given | more)
    (lead,) = leads()
    assert lead.first_touch is not None
    where = "/shop" if is_given else at
    assert lead.first_touch["landing"] == f"{where}?utm_source=mail&look=small"
