"""The book: what a phone needs to look up people and to log without a line, in a few statements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, case, func, literal_column, select

from crm.accounts.models import Account, Contact
from crm.activities.models import KIND_NAMES, OUTCOMES
from crm.activities.next_steps import FOLLOWS, NEXT_STEPS
from crm.captures.lookups import pipelines
from crm.company.queries import get_company
from crm.database import db
from crm.deals.models import LOST_REASONS, Deal
from crm.deals.queries import AROUND_DEAL
from crm.i18n import _, formatting
from crm.leads.models import Lead, LeadStatus
from crm.users.ownership import may_see, with_visible
from crm.users.viewer import Viewer

MOST_PEOPLE, MOST_DEALS, MOST_PAGES = 5000, 500, 150
DEALS_READ = 40
LEADS_READ = 10
LARGEST = 1_000_000
#: The moment it is made, the name of the list, and its brackets.
_HEAD = 100
#: Pages that everybody reads without a line.
_PAGES = (
    "/today",
    "/pipeline",
    "/people",
    "/more",
    "/phone",
    "/capture",
    "/contacts/new",
    "/leads/new",
    "/deals/new",
    "/accounts/new",
    "/activities/new",
    "/qr/card",
)
_OPEN_LEAD = (LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.LATER)


def make_book(viewer: Viewer) -> dict[str, Any]:
    """Return the viewer's book as docs/api.md describes it, without the moment it is made.

    People and deals are his own first, then those he may see, the last touched first.
    """
    people, deals = _people(viewer), _deals(viewer)
    book = {
        "user_id": viewer.id,
        "epoch": get_company().epoch,
        "deals": [_deal(row) for row in deals],
        "pages": _pages(people, deals),
        **_sheet(),
    }
    return book | {"people": _fitting(people, LARGEST - _HEAD - len(dump(book)))}


def _mine_first(model: Any, viewer: Viewer, touched: Any) -> tuple[Any, ...]:
    return case((model.owner_id == viewer.id, 0), else_=1), touched.desc(), model.id.desc()


def _people(viewer: Viewer) -> list[Any]:
    """Return contacts and open leads: .ref .name .sub .phones .rank .touched."""
    rows = [*db.session.execute(_contacts(viewer)), *db.session.execute(_leads(viewer))]
    rows.sort(key=lambda row: (row.rank, -row.touched.timestamp()))
    return rows[:MOST_PEOPLE]


def _columns(model: Any, viewer: Viewer, sub: Any) -> tuple[Any, ...]:
    rank, touched, _id = _mine_first(model, viewer, _touched(model))
    kind: Any = literal_column(f"'{model.__tablename__}'").label("kind")
    touched = _touched(model).label("touched")
    return kind, model.id, model.name, sub.label("sub"), model.phones, rank.label("rank"), touched


def _touched(model: Any) -> Any:
    return func.coalesce(model.last_activity_at, model.updated_at)


def _contacts(viewer: Viewer) -> Select[Any]:
    sub = func.coalesce(Account.name, Contact.job_title)
    return (
        with_visible(
            select(*_columns(Contact, viewer, sub)).select_from(Contact),
            viewer,
            (Account, Contact.account_id),
        )
        .where(may_see(Contact, viewer), Contact.archived_at.is_(None))
        .order_by(*_mine_first(Contact, viewer, _touched(Contact)))
        .limit(MOST_PEOPLE)
    )


def _leads(viewer: Viewer) -> Select[Any]:
    return (
        select(*_columns(Lead, viewer, func.coalesce(Lead.company, Lead.job_title)))
        .where(may_see(Lead, viewer), Lead.archived_at.is_(None), Lead.status.in_(_OPEN_LEAD))
        .order_by(*_mine_first(Lead, viewer, _touched(Lead)))
        .limit(MOST_PEOPLE)
    )


def _deals(viewer: Viewer) -> Sequence[Any]:
    columns = (Deal.id, Deal.name, Deal.stage_id, Deal.version, Deal.amount, Deal.currency)
    names = (
        Account.id.label("account_id"),
        Account.name.label("account"),
        Contact.id.label("contact_id"),
    )
    rows = (
        with_visible(select(*columns, *names).select_from(Deal), viewer, *AROUND_DEAL)
        .where(may_see(Deal, viewer), Deal.status == "open", Deal.archived_at.is_(None))
        .order_by(*_mine_first(Deal, viewer, _touched(Deal)))
        .limit(MOST_DEALS)
    )
    return db.session.execute(rows).all()


def _fitting(people: Sequence[Any], left: int) -> list[list[str]]:
    """Return the lines of as many people as fit into so many bytes."""
    lines = []
    for row in people:
        title, sub = row.name, row.sub or ""
        line = [f"{row.kind}:{row.id}", title, sub, _digits(row), formatting.initials(title)]
        left -= len(dump(line)) + 1
        if left < 0:
            break
        lines.append(line)
    return lines


def _digits(row: Any) -> str:
    return ",".join(str(phone["value"]).lstrip("+") for phone in row.phones or ())


def _deal(row: Any) -> dict[str, Any]:
    words = formatting.money(row.amount, row.currency) if row.amount is not None else ""
    return {
        "id": row.id,
        "name": row.name,
        "account": row.account,
        "contact_ref": f"contact:{row.contact_id}" if row.contact_id else None,
        "stage_id": row.stage_id,
        "version": row.version,
        "amount_words": words,
    }


def _pages(people: Sequence[Any], deals: Sequence[Any]) -> list[str]:
    leads = [row.id for row in people if row.kind == "lead"]
    wanted = [*_PAGES, *_around(deals[:DEALS_READ])]
    wanted += [f"/leads/{lead_id}/conversion" for lead_id in leads[:LEADS_READ]]
    wanted += [f"/{row.kind}s/{row.id}" for row in people[:MOST_PAGES]]
    return list(dict.fromkeys(wanted))[:MOST_PAGES]


def _around(deals: Sequence[Any]) -> Iterator[str]:
    for row in deals:
        yield f"/deals/{row.id}"
        if row.contact_id:
            yield f"/contacts/{row.contact_id}"
        if row.account_id:
            yield f"/accounts/{row.account_id}"


def _sheet() -> dict[str, Any]:
    """Return the words and rules of the capture sheet, in the reader's language."""
    kinds = {str(kind): _(label) for kind, label in KIND_NAMES.items()}
    return {
        "pipelines": pipelines(),
        "kinds": kinds,
        "outcomes": {key: _(label) for key, label in OUTCOMES.items()},
        "lost_reasons": {key: _(label) for key, label in LOST_REASONS.items()},
        "next_steps": {key: _(label) for key, (label, _days) in NEXT_STEPS.items()},
        "follows": {
            outcome: {"step": follow.step, "kind": follow.kind, "moves_on": follow.moves_on}
            for outcome, follow in FOLLOWS.items()
        },
        "words": {
            outcome: _(follow.subject) if follow.subject else kinds[follow.kind]
            for outcome, follow in FOLLOWS.items()
        },
    }


def dump(value: Any) -> bytes:
    """Return compact JSON with letters as they are: a Persian one is 2 bytes so, and 6 escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
