"""A deal that crosses a rule is stopped once, in the transaction that makes it cross."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm import clock as product_clock
from crm import errors
from crm.accounts.models import Account
from crm.activities.commands import (
    log_activity,
)
from crm.alerts.models import Alert
from crm.conversions.commands import convert_lead
from crm.database import command, db
from crm.deals.commands import create_deal, move_deal, undo_move, update_deal
from crm.deals.models import Deal, DealContact
from crm.deals.stage_removal import remove_stage
from crm.deletion.commands import delete_record
from crm.i18n import Locale, use_locale
from crm.stops.models import Stop
from crm.stops.noticing import notice_crossings
from crm.stops.queries import is_stopped, stopped_by
from crm.stops.rule_book import (
    create_stop_rule,
)
from crm.users.models import User
from crm.users.viewer import Viewer, system_viewer
from tests import factories
from tests.faults.test_at_once import at_once
from tests.imports.files import bring
from tests.stops.cases import BELOW, BIG, LIMIT, call, count, grow, kinds, opened


@pytest.mark.mission(112)
def test_a_deal_that_reaches_the_limit_is_stopped_once(deal: Deal, sara: Viewer) -> None:
    assert not is_stopped(deal.account_id)
    grow(sara, deal)
    (stop,) = opened()
    assert (stop.deal_id, stop.account_id) == (deal.id, deal.account_id)
    assert stop.reason == {
        "field": "amount",
        "comparison": "at_least",
        "value": LIMIT,
        "currency": "IRR",
        "actual": LIMIT,
    }
    grow(sara, deal, 2 * LIMIT)
    assert len(opened()) == 1
    assert kinds(deal_id=deal.id) == ["deal.automation_stopped"]
    assert kinds(account_id=deal.account_id) == ["deal.automation_stopped"]


@pytest.mark.mission(112)
def test_the_whole_customer_is_stopped_and_nobody_else(
    deal: Deal, sara: Viewer, acme: Account
) -> None:
    other_contact = factories.a_contact(sara, "Mina Rad", acme)
    guest = factories.a_contact(sara, "Omar Said", factories.an_account(sara, "Guests"))
    db.session.add(DealContact(deal_id=deal.id, contact_id=guest.id))
    lead = factories.a_lead(sara, account_id=acme.id)
    stranger = factories.an_account(sara, "Other")
    grow(sara, deal)
    stop = opened()[0].id
    for who in (
        {"account_id": acme.id},
        {"contact_id": deal.contact_id},
        {"contact_id": other_contact.id},
        {"contact_id": guest.id},
        {"lead_id": lead.id},
    ):
        found = stopped_by(**who)
        assert found is not None, who
        assert found.stop_id == stop
    assert stopped_by(account_id=stranger.id) is None
    assert stopped_by(account_id=guest.account_id) is None
    assert stopped_by(contact_id=factories.a_contact(sara, "Nobody").id) is None
    assert stopped_by(lead_id=factories.a_lead(sara).id) is None
    assert stopped_by() is None


def test_a_deal_that_changes_hands_leaves_neither_customer_free(
    deal: Deal, sara: Viewer, acme: Account
) -> None:
    before = acme.id
    grow(sara, deal)
    other = factories.an_account(sara, "Other")
    update_deal(sara, deal.id, {"account_id": other.id})
    assert is_stopped(before)
    assert is_stopped(other.id)


def by_change(sara: Viewer, deal: Deal) -> None:
    grow(sara, deal)


def by_birth(sara: Viewer, deal: Deal) -> None:
    payload = {"name": "More", "account_id": deal.account_id, "amount": LIMIT, "currency": "IRR"}
    create_deal(sara, payload)


def by_move(sara: Viewer, deal: Deal) -> None:
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    move_deal(sara, deal.id, {"stage_id": factories.stage("proposal").id})


def by_log(sara: Viewer, deal: Deal) -> None:
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    to = factories.stage("proposal").id
    log_activity(sara, {"kind": "meeting", "deal": {"id": deal.id, "to_stage_id": to}})


def by_undo(sara: Viewer, deal: Deal) -> None:
    entry = move_deal(sara, deal.id, {"stage_id": factories.stage("won").id})
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    undo_move(sara, deal.id, str(entry))


def by_conversion(sara: Viewer, deal: Deal) -> None:
    lead = factories.a_lead(sara, account_id=deal.account_id)
    payload = {"account_id": deal.account_id, "deal_name": "Seats"}
    person = {"contact_id": deal.contact_id, "amount": LIMIT, "currency": "IRR"}
    convert_lead(sara, lead.id, {**payload, **person})


WAYS: dict[str, Callable[[Viewer, Deal], None]] = {
    "change": by_change,
    "birth": by_birth,
    "move": by_move,
    "log": by_log,
    "undo": by_undo,
    "conversion": by_conversion,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_crossing_is_noticed_with_what_caused_it(way: str, deal: Deal, sara: Viewer) -> None:
    account_id = deal.account_id
    WAYS[way](sara, deal)
    assert len(opened()) == 1
    assert is_stopped(account_id)


def test_what_nobody_noticed_yet_blocks_all_the_same(
    deal: Deal, sara: Viewer, admin: Viewer
) -> None:
    db.session.execute(update(Deal).where(Deal.id == deal.id).values(amount=LIMIT))
    db.session.commit()
    found = stopped_by(account_id=deal.account_id)
    assert found is not None
    assert (found.stop_id, found.deal_id) == (None, deal.id)
    system = system_viewer(Locale())
    assert notice_crossings(system, 100) == 1
    assert notice_crossings(system, 100) == 0
    found = stopped_by(account_id=deal.account_id)
    assert found is not None
    assert found.stop_id == opened()[0].id
    assert db.session.scalars(select(Alert.user_id)).all() == [opened()[0].told_user_id]


def test_one_below_another_currency_and_what_is_closed_stop_nothing(
    rule: str, sara: Viewer, acme: Account
) -> None:
    factories.a_deal(sara, account_id=acme.id, amount=BELOW)
    factories.a_deal(sara, account_id=acme.id, amount=LIMIT, currency="EUR")
    factories.a_deal(sara, account_id=acme.id, amount=None)
    factories.a_deal(sara, account_id=acme.id, amount=LIMIT, stage_key="won")
    factories.a_deal(sara, account_id=acme.id, amount=LIMIT, archived_at=product_clock.now())
    assert not is_stopped(acme.id)
    assert notice_crossings(system_viewer(Locale()), 100) == 0


def test_what_is_undone_stopped_nothing(deal: Deal, sara: Viewer) -> None:
    @command
    def fail(actor: Viewer) -> None:
        update_deal.inside(actor, deal.id, {"amount": LIMIT, "currency": "IRR"})
        raise errors.Conflict("no")

    with pytest.raises(errors.Conflict):
        fail(sara)
    assert count(Stop) == count(Alert) == 0


@pytest.mark.mission(112)
def test_eight_at_once_make_one_stop(app: Flask, deal: Deal, sara: Viewer) -> None:
    deal_id, account_id = deal.id, deal.account_id
    system = system_viewer(Locale())

    def grow_it(n: int) -> None:
        update_deal(sara, deal_id, {"amount": LIMIT + n, "currency": "IRR"})

    for _round in range(5):
        calls = [lambda n=n: grow_it(n) for n in range(7)]
        at_once(app, [*calls, lambda: notice_crossings(system, 100)])
        assert len(opened()) == 1
        assert count(Alert) == count(Stop)
        at_once(app, [lambda: call(sara, deal={"id": deal_id}) for _n in range(8)])
        assert opened() == []
        assert not is_stopped(account_id)
        update_deal(sara, deal_id, {"amount": BELOW, "currency": "IRR"})
    resumed = [kind for kind in kinds(deal_id=deal_id) if kind == "deal.automation_resumed"]
    assert len(resumed) == count(Stop) == 5


PERSIAN = Locale("fa", "jalali", "Asia/Tehran")


@pytest.mark.mission(111, 112)
def test_the_missions_example_in_persian_with_toman(
    app: Flask, admin: Viewer, sara: Viewer, leila: Viewer
) -> None:
    """A deal reaching 500,000,000 toman stops automation and the sales director calls."""
    db.session.execute(update(User).values(language="fa", money_unit="toman"))
    db.session.commit()
    with use_locale(PERSIAN):
        create_stop_rule(
            admin, {**BIG, "value": "۵۰۰٬۰۰۰٬۰۰۰", "currency": "IRT", "user_id": leila.id}
        )
        account = factories.an_account(sara, "پارس پلاست")
        payload = {"name": "قرارداد سالانه", "account_id": account.id, "currency": "IRT"}
        deal_id = create_deal(sara, {**payload, "amount": "۴۹۹٬۹۹۹٬۹۹۹"})
        assert not is_stopped(account.id)
        update_deal(sara, deal_id, {"amount": "۵۰۰ میلیون", "currency": "IRT"})
    assert is_stopped(account.id)
    alert = db.session.scalars(select(Alert)).one()
    assert alert.user_id == leila.id
    assert "۵۰۰ میلیون تومان" in alert.data["line"]
    call(leila, account_id=account.id)
    assert not is_stopped(account.id)


@pytest.mark.mission(112)
def test_a_deal_from_a_file_is_stopped_with_the_file(rule: str, admin: Viewer) -> None:
    head = "opportunity_id,account,product,deal_stage,engage_date,close_date,close_value\n"
    rows = f"1,Acme,Thing,Engaging,2026-10-20,,{LIMIT}\n2,Beta,Thing,Engaging,2026-10-20,,{BELOW}\n"
    bring(admin, head + rows, currency="IRR")
    (stop,) = opened()
    assert db.session.get_one(Account, stop.account_id).name == "Acme"


def test_a_stage_that_is_taken_away_moves_its_deals_under_another_chance(
    app: Flask, sara: Viewer, admin: Viewer
) -> None:
    chance = {"field": "probability", "comparison": "at_least", "value": "60", "is_active": "on"}
    create_stop_rule(admin, chance)
    deal = factories.a_deal(sara, stage_key="qualified")
    to = {"to_stage_id": factories.stage("proposal").id}
    remove_stage(admin, factories.stage("qualified").id, to)
    assert [stop.deal_id for stop in opened()] == [deal.id]


def test_an_invented_deal_is_stopped_only_by_who_makes_it_large(
    rule: str, admin: Viewer, sara: Viewer
) -> None:
    invented = factories.a_deal(sara, amount=LIMIT, is_sample=True)
    assert notice_crossings(system_viewer(Locale()), 100) == 0
    move_deal(sara, invented.id, {"stage_id": factories.stage("proposal").id})
    assert opened() == []
    grow(sara, invented, 2 * LIMIT)
    assert len(opened()) == 1


def test_a_deal_that_is_deleted_takes_its_stop_along(
    deal: Deal, sara: Viewer, admin: Viewer
) -> None:
    grow(sara, deal)
    account_id = deal.account_id
    delete_record(admin, "deal", deal.id)
    assert count(Stop) == 0
    assert not is_stopped(account_id)
