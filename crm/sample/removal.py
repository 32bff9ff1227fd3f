"""Takes the sample out of every table, asking the schema itself what points to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, and_, delete, or_, select, update

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import Base, db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.products.models import Product
from crm.search.models import SearchEntry
from crm.tags.models import Tag, Tagging
from crm.timeline.models import TimelineEntry
from crm.users.models import Team, User
from crm.users.viewer import SYSTEM_ID, Viewer

#: In the order in which they can go: nothing points to one that is gone.
OWNED: tuple[Any, ...] = (Activity, Lead, Deal, Contact, Account)
MARKED: tuple[Any, ...] = (*OWNED, Product, User, Team)
_CREATED: dict[Any, tuple[str, Any]] = {
    Account: ("account.created", TimelineEntry.account_id),
    Contact: ("contact.created", TimelineEntry.contact_id),
    Deal: ("deal.created", TimelineEntry.deal_id),
    Lead: ("lead.captured", TimelineEntry.lead_id),
    Activity: ("activity.%", TimelineEntry.activity_id),
}


def _sample(model: Any) -> Select[Any]:
    return select(model.id).where(model.is_sample)


def adopt_what_they_wrote() -> None:
    """Count what somebody wrote while signed in as an invented person as sample too."""
    for model, (kind, column) in _CREATED.items():
        written = select(column).where(
            TimelineEntry.kind.like(kind),
            TimelineEntry.actor_id.in_(_sample(User)),
            column.is_not(None),
        )
        own = model.owner_id.in_(_sample(User)) if model is Activity else model.id.is_not(None)
        db.session.execute(
            update(model)
            .where(model.id.in_(written), own, ~model.is_sample)
            .values(is_sample=True)
            .execution_options(synchronize_session=False)
        )


def hand_back(actor: Viewer) -> None:
    """Make the actor the owner of real records that an invented person has; inside a command."""
    own = {"owner_id": actor.id, "team_id": actor.team_id}
    for model in (*OWNED, SearchEntry):
        theirs = model.owner_id.in_(_sample(User))
        real = ~model.is_sample if model is not SearchEntry else theirs
        db.session.execute(
            update(model)
            .where(theirs, real)
            .values(**own)
            .execution_options(synchronize_session=False)
        )
    for model in (*OWNED, SearchEntry):
        db.session.execute(
            update(model)
            .where(model.team_id.in_(_sample(Team)))
            .values(team_id=None)
            .execution_options(synchronize_session=False)
        )


def cut_links() -> None:
    """Empty every column that points to a sample row; rows that cannot be without it go.

    The foreign keys of the schema are walked, so that a table that is added later is not forgotten.
    """
    marked = {model.__table__: model for model in MARKED}
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            target = marked.get(key.column.table)
            if target is None:
                continue
            points = key.parent.in_(_sample(target))
            if key.parent.nullable:
                _run(update(table).where(points).values({key.parent: None}))
            elif table not in marked:
                _run(delete(table).where(points))
    _cut_timeline()


def _cut_timeline() -> None:
    table: Any = TimelineEntry.__table__
    columns = {
        table.c.account_id: Account,
        table.c.contact_id: Contact,
        table.c.deal_id: Deal,
        table.c.lead_id: Lead,
        table.c.user_id: User,
        table.c.activity_id: Activity,
    }
    only_sample = [or_(c.is_(None), c.in_(_sample(model))) for c, model in columns.items()]
    about_something = or_(*(c.is_not(None) for c in columns))
    _run(delete(table).where(and_(*only_sample), about_something))
    for column, model in columns.items():
        _run(update(table).where(column.in_(_sample(model))).values({column: None}))
    _run(update(table).where(table.c.actor_id.in_(_sample(User))).values(actor_id=SYSTEM_ID))


def delete_rows() -> None:
    """Delete the sample's rows, its tags and its lines in search."""
    for model in OWNED:
        _run(delete(_table(SearchEntry)).where(SearchEntry.record_id.in_(_sample(model))))
    touched = select(Tagging.tag_id).where(
        or_(*(Tagging.record_id.in_(_sample(model)) for model in OWNED))
    )
    tags = list(db.session.scalars(touched.distinct()))
    for model in OWNED:
        _run(delete(_table(Tagging)).where(Tagging.record_id.in_(_sample(model))))
    still_used = select(Tagging.tag_id)
    _run(delete(_table(Tag)).where(Tag.id.in_(tags), Tag.id.not_in(still_used)))
    for model in MARKED:
        _run(delete(_table(model)).where(model.is_sample))
    db.session.expire_all()


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _run(statement: Any) -> None:
    db.session.execute(statement)
