"""Deals, activities, products and users from files."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from crm import errors
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import db
from crm.deals.models import Deal, DealContact
from crm.imports.commands import import_rows
from crm.products.models import Product
from crm.timeline.models import TimelineEntry
from crm.users.models import Team, User
from crm.users.viewer import Viewer
from tests.factories import a_contact, a_deal, a_product, an_account, stage
from tests.imports.files import bring, outcomes, plan, said

HEAD = "opportunity_id,account,product,deal_stage,engage_date,close_date,close_value\n"


def deal() -> Deal:
    return db.session.scalars(select(Deal)).one()


def test_a_won_deal_has_its_own_past(app: Flask, admin: Viewer) -> None:
    a_product("GTX Pro")
    bring(admin, f"{HEAD}1,Acme,GTXPro,Won,2016-10-20,2017-03-01,1054\n", currency="USD")
    won = deal()
    assert (won.name, won.amount, won.currency) == ("GTX Pro", 105_400, "USD")
    assert (won.status, won.stage_id) == ("won", stage("won").id)
    assert won.opened_on == date(2016, 10, 20)
    assert won.closed_at == datetime(2017, 3, 1, 8, 30, tzinfo=UTC)
    created, moved = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.deal_id == won.id).order_by(TimelineEntry.at)
    ).all()
    assert created.data["stage_id"] == moved.data["from_stage_id"] == stage("lead").id
    assert (moved.kind, moved.data["to_stage_id"]) == ("deal.stage_changed", won.stage_id)
    assert moved.at == won.closed_at == won.stage_entered_at
    assert moved.data["seconds"] == (moved.at - created.at).total_seconds()


def test_the_first_deal_won_says_since_when_somebody_is_a_customer(
    app: Flask, admin: Viewer
) -> None:
    """Also where a later file tells of an earlier one; what an older word says stays."""
    since = {"Old": date(2010, 5, 1), "Late": date(2020, 1, 1)}
    for name, day in since.items():
        an_account(admin, name, customer_since=day)
    rows = "".join(
        f"{number},{name},Thing,{word},2016-10-20,{day},10\n"
        for number, (name, word, day) in enumerate(
            [
                ("Acme", "Won", "2018-03-01"), ("Acme", "Won", "2017-03-01"),
                ("Acme", "Lost", "2016-12-01"), ("Old", "Won", "2017-03-01"),
                ("Late", "Won", "2017-03-01"), ("Never", "Lost", "2017-03-01"),
            ]
        )
    )  # fmt: skip
    bring(admin, HEAD + rows)
    bring(admin, f"{HEAD}9,Acme,Thing,Won,2016-10-20,2016-11-01,10\n")
    found = dict(db.session.execute(select(Account.name, Account.customer_since)).all())
    assert found == {
        "Acme": date(2016, 11, 1),
        "Old": date(2010, 5, 1),
        "Late": date(2017, 3, 1),
        "Never": None,
    }


def test_the_closing_date_of_an_open_deal_is_only_expected(app: Flask, admin: Viewer) -> None:
    bring(admin, f"{HEAD}1,Acme,Thing,Engaging,2026-10-20,2027-03-01,10\n")
    engaged = deal()
    assert (engaged.status, engaged.closed_at) == ("open", None)
    assert engaged.expected_close_on == date(2027, 3, 1)
    assert engaged.stage_id == stage("qualified").id


def test_a_stage_nobody_knows_fails_until_somebody_says_which_it_is(
    app: Flask, admin: Viewer
) -> None:
    text = f"{HEAD}1,Acme,Thing,Simmering,2026-10-20,,10\n"
    made = bring(admin, text)
    assert outcomes(made) == ["failed"]
    assert "Simmering" in said(made.verdicts[0])
    assert outcomes(bring(admin, text, stages={"simmering": "Proposal"})) == ["created"]
    assert deal().stage_id == stage("proposal").id


def test_engaging_can_be_corrected(app: Flask, admin: Viewer) -> None:
    bring(admin, f"{HEAD}1,Acme,Thing,Engaging,2026-10-20,,10\n", stages={"Engaging": "Proposal"})
    assert deal().stage_id == stage("proposal").id


def test_a_later_file_moves_the_deal_and_changes_its_amount(app: Flask, admin: Viewer) -> None:
    bring(admin, f"{HEAD}1,Acme,Thing,Engaging,2026-10-20,,10\n")
    made = bring(admin, f"{HEAD}1,Acme,Thing,Won,2026-10-20,2026-11-01,12\n")
    assert outcomes(made) == ["updated"]
    assert set(made.verdicts[0].changes) == {"amount", "stage"}
    won = deal()
    assert (won.status, won.amount) == ("won", 120)
    assert won.closed_at is not None
    assert won.closed_at.date() == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("1,Acme,Thing,Won,2016-10-20,2017-03-01,lots", "Amount"),
        ("1,Acme,Thing,Won,2016-10-20,2017-03-01,-5", "Amount"),
        ("1,Acme,Thing,Won,2016-10-32,2017-03-01,5", "Opened on"),
        ("1,Acme,Thing,Won,2016-10-20,soon,5", "Closing date"),
    ],
)
def test_money_and_dates_of_a_deal_are_right_or_the_row_fails(
    app: Flask, admin: Viewer, row: str, field: str
) -> None:
    made = bring(admin, f"{HEAD}{row}\n2,Acme,Thing,Won,2016-10-20,2017-03-01,5\n")
    assert outcomes(made) == ["failed", "created"]
    assert made.verdicts[0].messages[0].field == field


def test_two_deals_alike_without_numbers_are_two_and_stay_two(app: Flask, admin: Viewer) -> None:
    text = "deal name,account,amount\nSeats,Acme,10\nSeats,Acme,10\n"
    assert outcomes(bring(admin, text)) == ["created", "created"]
    assert outcomes(bring(admin, text)) == ["skipped", "skipped"]


def test_the_contact_of_a_deal_is_found_or_added(app: Flask, admin: Viewer) -> None:
    acme = an_account(None, "Acme")
    sara = a_contact(None, "Sara Nouri", acme)
    a_contact(None, "Sara Nouri")
    sara_id = sara.id
    made = bring(
        admin, "deal name,account,contact person\nA,Acme,Sara Nouri\nB,Acme,Omid\nC,,Omid\n"
    )
    assert made.counts["added_contact"] == 1
    by_name = {d.name: d.contact_id for d in db.session.scalars(select(Deal))}
    omid = db.session.scalars(select(Contact.id).where(Contact.name == "Omid")).one()
    assert by_name == {"A": sara_id, "B": omid, "C": omid}
    assert len(db.session.scalars(select(DealContact)).all()) == 3


def test_a_product_that_is_not_here_is_remarked_once_more_when_it_is(
    app: Flask, admin: Viewer
) -> None:
    text = f"{HEAD}1,Acme,GTXPro,Won,2016-10-20,2017-03-01,5\n"
    made = bring(admin, text)
    assert "GTXPro" in said(made.verdicts[0])
    bring(admin, "product,sales_price\nGTX Pro,4821\n")
    assert outcomes(bring(admin, text)) == ["updated"]
    assert deal().product_id == db.session.scalar(select(Product.id))


def test_products_match_however_they_are_spaced(app: Flask, admin: Viewer) -> None:
    bring(admin, "product,sales_price\nGTX Pro,4821\n", currency="USD")
    made = bring(admin, "product,sales_price\nGTXPro,5000\n", currency="USD")
    assert outcomes(made) == ["updated"]
    product = db.session.scalars(select(Product)).one()
    assert (product.name, product.amount) == ("GTX Pro", 500_000)


def test_activities_are_done_or_promised_and_stand_by_their_people(
    app: Flask, admin: Viewer
) -> None:
    acme = an_account(None, "Acme")
    a_contact(None, "Sara Nouri", acme)
    a_deal(None, "50 seats", account_id=acme.id)
    made = bring(admin, "activity type,subject,activity date,due date,done,contact,deal,notes\n"
                        "Call,Prices,2026-11-02 09:30,,yes,Sara Nouri,50 seats,went well\n"
                        "To-do,Send quote,,2026-12-01,no,,,\nLunch,Hello,,,,,,\n")  # fmt: skip
    assert outcomes(made) == ["created", "created", "failed"]
    call, todo = db.session.scalars(select(Activity).order_by(Activity.subject)).all()
    assert (call.kind, call.done_at, call.note) == (
        "call", datetime(2026, 11, 2, 6, 0, tzinfo=UTC), "went well",
    )  # fmt: skip
    assert call.contact_id
    assert call.deal_id
    assert call.account_id == db.session.scalar(select(Deal.account_id))
    assert deal().last_activity_at == call.done_at
    assert (todo.kind, todo.done_at, todo.has_time) == ("task", None, False)
    assert todo.due_at is not None
    assert todo.due_at.date() == date(2026, 12, 1)


def test_team_members_cannot_sign_in_until_they_are_invited(app: Flask, admin: Viewer) -> None:
    text = "sales agent,manager,regional office\nAnna,Dustin,Central\nCecily,Dustin,Central\n"
    made = bring(admin, text)
    assert made.counts == {"rows": 2, "created": 2, "added_team": 1, "added_user": 1}
    team = db.session.scalars(select(Team).where(Team.name == "Dustin · Central")).one()
    fresh = db.session.scalars(select(User).where(User.team_id == team.id)).all()
    assert {(u.name, u.role, u.is_active, u.password_hash) for u in fresh} == {
        ("Anna", "rep", False, None), ("Cecily", "rep", False, None),
        ("Dustin", "manager", False, None),
    }  # fmt: skip
    assert team.manager_id == next(u.id for u in fresh if u.role == "manager")
    assert outcomes(bring(admin, text)) == ["skipped", "skipped"]


def test_nobody_takes_over_somebody_elses_sign_in(app: Flask, admin: Viewer) -> None:
    made = bring(admin, "user name,email,role\nMallory,sara@example.com,admin\n", kind="users")
    assert outcomes(made) == ["skipped"], "that is Sara, who is here"
    bring(admin, "user name,email,role\nNew,new@example.com,admin\n", kind="users")
    assert db.session.scalars(select(User.role).where(User.name == "New")).one() == "rep"


def test_users_are_for_admins_and_files_for_managers(
    app: Flask, leila: Viewer, sara: Viewer
) -> None:
    with pytest.raises(errors.NotAllowed):
        plan(leila, "sales agent,manager\nAnna,Dustin\n")
    with pytest.raises(errors.NotAllowed):
        plan(sara, "account,city\nAcme,Tehran\n")
    ready = plan(leila, "account,city\nAcme,Tehran\n")
    with pytest.raises(errors.NotAllowed):
        import_rows(sara, ready.guess.spec, ready.rows)
