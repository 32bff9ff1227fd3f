"""The invented company: enough of everything, alive today, and gone without a trace."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from crm import clock as product_clock
from crm import errors
from crm.accounts.anniversaries import days_of_mine
from crm.accounts.commands import create_contact
from crm.accounts.models import Account, Contact
from crm.activities.commands import log_activity
from crm.activities.models import Activity
from crm.activities.queries import is_unlogged, promises, quiet_deals
from crm.company.models import Company
from crm.database import Base, db
from crm.deals.commands import create_deal
from crm.deals.models import Deal, Stage
from crm.leads.models import Heat, Lead
from crm.products.models import Product
from crm.sample.commands import add_sample, remove_sample
from crm.search.queries import search
from crm.timeline.models import TimelineEntry
from crm.users.models import Role, Team, User
from crm.users.passwords import is_password
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.web.test_queries_per_page import counted

PERSIAN = re.compile("[آ-ی]")


def count(model: Any, *where: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the timeline's own words about the sample."""
    return {
        table.name: sorted(map(tuple, db.session.execute(select(table))), key=str)
        for table in Base.metadata.sorted_tables
        if table.name not in ("timeline_entry", "company")
    }


def sellers() -> list[Viewer]:
    return [
        viewer_of(user_id) for user_id in db.session.scalars(select(User.id).where(User.is_sample))
    ]


def test_there_is_enough_of_everything(app: Flask, admin: Viewer) -> None:
    with counted() as sent:
        add_sample(admin)
    roles = Counter(db.session.scalars(select(User.role).where(User.is_sample)))
    assert roles == {Role.REP: 6, Role.MANAGER: 2}
    assert count(Team, Team.is_sample, Team.manager_id.is_not(None)) == 2
    numbers = {Account: 120, Contact: 300, Lead: 150, Deal: 200, Activity: 2000}
    assert {model: count(model, model.is_sample) for model in numbers} == numbers
    assert count(Product, Product.is_sample) == 8
    assert {kind for (kind,) in db.session.execute(select(Lead.heat).distinct())} == set(Heat)
    stages = set(db.session.scalars(select(Deal.stage_id).distinct()))
    assert stages == set(db.session.scalars(select(Stage.id)))
    assert len(sent) <= 33, "thousands of rows, a statement for many at a time"


def test_everybody_finds_his_own_day_alive(app: Flask, admin: Viewer) -> None:
    add_sample(admin)
    now = product_clock.now()
    week = [now.date() + timedelta(days=n) for n in range(7)]
    for seller in [*sellers(), viewer_of(admin.id)]:
        due = promises(seller, now + timedelta(days=14))
        ended = [row for row in due if is_unlogged(row, now)]
        assert len(ended) == 2
        assert all(
            timedelta(minutes=5) <= now - row.ends_at <= timedelta(minutes=40) for row in ended
        )
        assert len(due) > 2
        assert len(days_of_mine(seller, week)) >= 3
    assert any(quiet_deals(seller, now) for seller in sellers())
    assert any(not quiet_deals(seller, now) for seller in sellers())


def test_nothing_is_done_in_the_future_and_sums_are_plausible(app: Flask, admin: Viewer) -> None:
    add_sample(admin)
    now = product_clock.now()
    assert not count(Activity, Activity.done_at > now)
    assert not count(TimelineEntry, TimelineEntry.at > now)
    assert not count(Deal, Deal.closed_at > now)
    toman = [
        amount // 10
        for amount in db.session.scalars(select(Deal.amount).where(Deal.currency == "IRR"))
    ]
    assert min(toman) >= 50_000_000
    assert max(toman) <= 20_000_000_000
    assert count(Deal, Deal.currency == "EUR")


@pytest.mark.parametrize(("language", "least", "most"), [("fa", 0.6, 0.95), ("en", 0.05, 0.4)])
def test_most_speak_the_companys_language_and_some_the_other(
    app: Flask, admin: Viewer, language: str, least: float, most: float
) -> None:
    db.session.execute(update(Company).values(language=language))
    db.session.commit()
    add_sample(admin)
    for model in (Account, Contact, Lead):
        names = list(db.session.scalars(select(model.name)))
        share = sum(1 for name in names if PERSIAN.search(name)) / len(names)
        assert least < share < most
        assert len(set(names)) == len(names)


def test_no_number_of_the_sample_belongs_to_anybody(app: Flask, admin: Viewer) -> None:
    kept_free = re.compile(
        r"\+98\d\d00001\d{3}|\+989310002\d{3}|\+442079460\d{3}|\+441(?:13|17|31|61)4960\d{3}"
        r"|\+447700900\d{3}|\+493023125\d{3}|\+494066969\d{3}|\+498999998\d{3}|\+496990009\d{3}"
    )
    add_sample(admin)
    for model in (Account, Contact, Lead):
        for phones in db.session.scalars(select(model.phones)):
            assert all(kept_free.fullmatch(phone["value"]) for phone in phones), phones
        for emails in db.session.scalars(select(model.emails)):
            assert all(email["value"].endswith(".example") for email in emails)


def test_it_is_found_by_search_and_told_in_the_timeline(app: Flask, admin: Viewer) -> None:
    add_sample(admin)
    name = db.session.scalar(select(Contact.name).limit(1))
    assert name is not None
    assert search(admin, name)[0].title == name
    for model, column in (
        (Account, TimelineEntry.account_id),
        (Deal, TimelineEntry.deal_id),
        (Lead, TimelineEntry.lead_id),
        (Activity, TimelineEntry.activity_id),
    ):
        told = select(column).where(column.is_not(None))
        assert not count(model, model.id.not_in(told))


def test_the_moves_of_a_deal_follow_one_another(app: Flask, admin: Viewer) -> None:
    add_sample(admin)
    moves: dict[str, list[TimelineEntry]] = {}
    for entry in db.session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.kind == "deal.stage_changed")
        .order_by(TimelineEntry.at, TimelineEntry.id)
    ):
        moves.setdefault(entry.deal_id or "", []).append(entry)
    for deal in db.session.scalars(select(Deal).where(Deal.id.in_(moves))):
        path = moves[deal.id]
        for before, after in pairwise(path):
            assert before.data["to_stage_id"] == after.data["from_stage_id"]
        assert path[-1].data["to_stage_id"] == deal.stage_id
        assert deal.created_at <= path[0].at


def test_the_same_seed_at_the_same_moment_gives_the_same_sample(
    app: Flask, admin: Viewer, clock: MovableClock
) -> None:
    add_sample(admin, seed=7)
    first = {name: rows for name, rows in everything().items() if name != "search_entry"}
    remove_sample(admin)
    add_sample(admin, seed=7)
    second = everything()
    assert {name: second[name] for name in first} == first
    remove_sample(admin)
    add_sample(admin, seed=8)
    assert everything()["contact"] != first["contact"]


def test_its_people_sign_in_only_by_a_password_that_was_given(app: Flask, admin: Viewer) -> None:
    add_sample(admin)
    assert set(db.session.scalars(select(User.password_hash).where(User.is_sample))) == {None}
    remove_sample(admin)
    add_sample(admin, password="correct horse")
    kept = db.session.scalar(select(User.password_hash).where(User.is_sample).limit(1))
    assert is_password("correct horse", kept)


def test_it_is_added_once(app: Flask, admin: Viewer) -> None:
    add_sample(admin)
    with pytest.raises(errors.Conflict):
        add_sample(admin)


def test_it_goes_without_a_trace(app: Flask, admin: Viewer) -> None:
    before = everything()
    add_sample(admin)
    remove_sample(admin)
    assert everything() == before
    kinds = set(db.session.scalars(select(TimelineEntry.kind)))
    assert kinds == {"company.sample_added", "company.sample_removed"}
    assert db.session.scalar(select(Company.has_sample)) is False
    remove_sample(admin)


def test_what_a_real_person_attached_stays_with_its_link_emptied(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    add_sample(admin)
    account = db.session.scalar(select(Account.id).limit(1))
    theirs = db.session.scalar(select(Contact.id).where(Contact.account_id == account).limit(1))
    contact = create_contact(admin, {"name": "Mina Azadi", "account_id": account})
    deal = create_deal(admin, {"name": "A real one", "contact_id": theirs, "tags": ["VIP"]})
    logged = log_activity(admin, {"kind": "call", "contact_id": theirs, "note": "Real"})
    remove_sample(admin)
    assert db.session.get_one(Contact, contact).account_id is None
    kept = db.session.get_one(Deal, deal)
    assert (kept.account_id, kept.contact_id) == (None, None)
    assert db.session.get_one(Activity, logged["activity_id"]).contact_id is None
    told = db.session.scalars(select(TimelineEntry).where(TimelineEntry.deal_id == deal)).one()
    assert told.contact_id is None
    assert search(admin, "Mina Azadi")


def test_what_an_invented_person_wrote_goes_along_and_what_he_was_given_comes_back(
    app: Flask, admin: Viewer
) -> None:
    add_sample(admin)
    rep = next(seller for seller in sellers() if seller.role == Role.REP)
    played = create_contact(rep, {"name": "Played Around"})
    given = create_deal(admin, {"name": "Given away", "owner_id": rep.id})
    remove_sample(admin)
    assert db.session.get(Contact, played) is None
    assert db.session.get_one(Deal, given).owner_id == admin.id
    assert search(admin, "Given away")
    assert not search(admin, "Played Around")
