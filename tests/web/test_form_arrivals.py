"""What a visitor's form carries along, in pages and in bytes."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from crm.database import new_id
from crm.forms.models import FIELD_NAMES
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


def test_long_answers_in_persian_are_taken_and_too_long_ones_told_of(
    client: FlaskClient, clock: MovableClock, admin: Viewer
) -> None:
    asked = [{"name": name} for name in FIELD_NAMES]
    at = f"/f/{a_form(admin, fields=asked).slug}"
    longest = {"needs": "می‌خواهم " * 111, "interests": "چه می‌شود " * 90}
    given = filled(client, clock, f"{at}?utm_campaign={'نوروز' * 20}", **longest)
    assert client.post(at, data=given | {"needs": "ن" * 3000}).status_code == 422
    assert client.post(at, data=given).status_code == 303
    (lead,) = leads()
    assert lead.needs == longest["needs"].strip()
