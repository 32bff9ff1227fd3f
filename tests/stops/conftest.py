"""The mission's rule, and a deal that is one rial below it."""

from __future__ import annotations

import pytest
from flask import Flask

from crm.accounts.models import Account
from crm.deals.models import Deal
from crm.stops.rule_book import (
    create_stop_rule,
)
from crm.users.viewer import Viewer
from tests import factories
from tests.stops.cases import BELOW, BIG


@pytest.fixture
def rule(app: Flask, admin: Viewer) -> str:
    return create_stop_rule(admin, BIG)


@pytest.fixture
def acme(app: Flask, sara: Viewer) -> Account:
    return factories.an_account(sara, "Acme")


@pytest.fixture
def deal(rule: str, sara: Viewer, acme: Account) -> Deal:
    person = factories.a_contact(sara, "Daniel Okafor", acme)
    return factories.a_deal(sara, account_id=acme.id, contact_id=person.id, amount=BELOW)
