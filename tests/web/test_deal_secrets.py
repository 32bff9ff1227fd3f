"""What a deal leaves behind, and what it will not guess."""

from __future__ import annotations

import pytest

from crm.activities.commands import log_activity
from crm.deals.commands import create_deal
from crm.deletion.commands import delete_record
from crm.errors import ValidationError
from tests import factories


def test_what_was_said_on_a_deleted_deal_goes_with_it(new_client, sara, nika, admin) -> None:
    contact = factories.a_contact(None, "Everybody's")
    deal = factories.a_deal(sara, "Secret", contact_id=contact.id)
    log_activity(
        sara,
        {"kind": "note", "contact_id": contact.id, "deal": {"id": deal.id}, "note": "our margin"},
    )
    delete_record(admin, "deal", deal.id)
    assert "our margin" not in new_client(nika).get(f"/contacts/{contact.id}").text
    assert "our margin" not in new_client(admin).get(f"/contacts/{contact.id}").text


def test_an_amount_in_words_needs_its_currency(app, sara) -> None:
    with pytest.raises(ValidationError) as refused:
        create_deal(sara, {"name": "Seats", "amount": "200"})
    assert "currency" in refused.value.fields
