"""A real company's four files: every figure is counted, on both databases."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.accounts.models import Account
from crm.database import db
from crm.deals.models import Deal, Stage
from crm.imports.files import Options, Plan, check_files, in_order, plan_file, run_files
from crm.products.models import Product
from crm.timeline.models import TimelineEntry
from crm.users.models import Team, User
from crm.users.viewer import Viewer

pytestmark = [pytest.mark.real_data, pytest.mark.mission(51, 137)]
FILES = ("sales_pipeline.csv", "accounts.csv", "sales_teams.csv", "products.csv")
WON_TOTAL = 10_005_534


def plans(actor: Viewer, folder: Path, *names: str) -> list[Plan]:
    options = Options(currency="USD")
    found = (folder / "maven-crm" / name for name in names)
    return in_order([plan_file(actor, p.read_bytes(), p.name, options) for p in found])


def count(model: Any, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def deals() -> set[tuple[Any, ...]]:
    """Return the deals by what the file says of them, whatever their ids here."""
    rows = db.session.execute(
        select(Deal.import_key, Deal.name, Account.name, User.name, Stage.key, Deal.amount,
               Deal.opened_on, Deal.closed_at)
        .outerjoin(Account, Account.id == Deal.account_id)
        .join(User, User.id == Deal.owner_id)
        .join(Stage, Stage.id == Deal.stage_id)
    )  # fmt: skip
    return {tuple(row) for row in rows}


def test_after_a_dry_run_that_wrote_nothing_and_said_the_same_the_four_files_come_in_whole_and_once(
    app: Flask, admin: Viewer, real_data: Path
) -> None:
    users_before = count(User)
    tried = plans(admin, real_data, *FILES)
    check_files(admin, tried)
    assert (count(Deal), count(Account), count(Product), count(User)) == (0, 0, 0, users_before)
    began = time.process_time()
    first = plans(admin, real_data, *FILES)
    run_files(admin, first)
    took = time.process_time() - began
    assert [plan.guess.spec.kind for plan in first] == ["products", "users", "accounts", "deals"]
    assert [plan.counts for plan in tried] == [plan.counts for plan in first]
    assert took < 10, "CPU seconds; the whole must take 20 at most on a quiet machine"
    assert not any(plan.counts.get("failed") or plan.counts.get("warned") for plan in first)
    assert count(User) - users_before == 35 + 6
    _everything_is_there()
    again = plans(admin, real_data, *FILES)
    run_files(admin, again)
    assert [plan.counts for plan in again] == [{"rows": n, "skipped": n} for n in (7, 35, 85, 8800)]
    _everything_is_there()


def _everything_is_there() -> None:
    assert count(Product) == 7
    assert count(Account) == 85
    assert count(Account, Account.parent_id.is_not(None)) == 15
    assert count(Account, Account.industry == "technolgy") == 12
    assert count(Team, Team.name.contains(" · ")) == 6
    assert count(User, ~User.is_active, User.role == "manager", User.password_hash.is_(None)) == 6
    assert count(User, ~User.is_active, User.role == "rep", User.password_hash.is_(None)) == 35
    by_stage = db.session.execute(
        select(Stage.key, func.count()).join(Deal, Deal.stage_id == Stage.id).group_by(Stage.key)
    )
    assert dict(by_stage.all()) == {
        "won": 4238, "lost": 2473, "qualified": 1589, "lead": 500,
    }  # fmt: skip
    assert count(Deal, Deal.account_id.is_(None)) == 1425
    assert count(Deal, Deal.product_id.is_(None)) == 0
    assert count(Deal, Deal.owner_id.is_(None)) == 0
    won = db.session.scalar(select(func.sum(Deal.amount)).where(Deal.status == "won"))
    assert (won, count(Deal, Deal.currency != "USD")) == (WON_TOTAL * 100, 0)
    gtx_pro = db.session.scalars(select(Product).where(Product.name == "GTX Pro")).one()
    assert count(Deal, Deal.product_id == gtx_pro.id) == 1480
    assert count(TimelineEntry, TimelineEntry.kind == "deal.created") == 8800
    assert count(TimelineEntry, TimelineEntry.kind == "deal.stage_changed") == 4238 + 2473


def test_the_file_with_american_dates_gives_equal_deals(
    sqlite_app: Flask, admin: Viewer, real_data: Path, database_of: Any
) -> None:
    rest = ("accounts.csv", "sales_teams.csv", "products.csv")
    run_files(admin, plans(admin, real_data, "sales_pipeline.csv", *rest))
    iso = deals()
    db.session.remove()
    database_of("sqlite").reset("company")
    american = plans(admin, real_data, "sales_pipeline_usdates.csv", *rest)
    assert american[-1].guess.spec.date_layout == "mdy"
    assert not american[-1].guess.is_date_ambiguous
    run_files(admin, american)
    undated = {row[:6] for row in iso if row[4] == "lead"}
    assert len(iso) == 8800
    assert {row for row in deals() if row[4] != "lead"} == {row for row in iso if row[4] != "lead"}
    assert {row[:6] for row in deals() if row[4] == "lead"} == undated


def test_without_the_other_files_accounts_are_added_and_said(
    sqlite_app: Flask, admin: Viewer, real_data: Path
) -> None:
    (alone,) = plans(admin, real_data, "sales_pipeline.csv")
    check_files(admin, [alone])
    assert alone.counts["created"] == 8800
    assert alone.counts["added_account"] == 85
    assert count(Account) == 0


def test_people_with_typing_mistakes_come_in_as_they_are(
    app: Flask, admin: Viewer, real_data: Path
) -> None:
    file = real_data / "febrl" / "dataset1.csv"
    people = plan_file(admin, file.read_bytes(), file.name, Options())
    assert people.guess.spec.kind == "contacts"
    run_files(admin, [people])
    assert people.counts["created"] + people.counts.get("failed", 0) == 1000
    assert people.counts.get("failed", 0) <= 1
    again = plan_file(admin, file.read_bytes(), file.name, Options())
    run_files(admin, [again])
    assert again.counts.get("created", 0) == 0
