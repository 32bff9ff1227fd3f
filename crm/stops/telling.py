"""Who calls where automation stopped, and how he is told: in his own language, at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm import clock
from crm.accounts.models import Account
from crm.alerts.kinds import AlertKind
from crm.alerts.telling import tell
from crm.company.queries import get_company
from crm.database import connection
from crm.deals.models import Deal
from crm.i18n import ngettext, use_locale
from crm.leads.models import Lead
from crm.stops.wording import reason_words
from crm.timeline.record import entry_row
from crm.users.away import is_away
from crm.users.models import Role, Team, User
from crm.users.sessions import viewer_of, viewers_of
from crm.users.viewer import Viewer

#: More than so many at once (an import, a new rule) are one alert that counts the others.
ONE_BY_ONE = 3
#: Whom a rule names, the record's owner, its team.
Whose = tuple[str | None, str | None, str | None]


def note(row: Any, what: str, actor_id: str, **data: Any) -> dict[str, Any]:
    """Return the entry that says on the pages of a stop's records what became of it."""
    of = "deal" if row["deal_id"] else "lead"
    records = {name: row[name] for name in ("deal_id", "lead_id", "account_id", "contact_id")}
    said = {"stop_id": row["id"], "reason": row["reason"], **data}
    return entry_row(f"{of}.automation_{what}", actor_id, data=said, **records)


def note_stop(row: Any, actor_id: str, **data: Any) -> dict[str, Any]:
    """Return the entry that a customer was stopped, with the name of who is to call."""
    named = select(User.name).where(User.id == row["told_user_id"])
    told = connection().scalar(named) if row["told_user_id"] else None
    return note(row, "stopped", actor_id, told=told, **data)


def cause_of(row: Any) -> str:
    """Return what an alert follows from: the stop, and each time that it came back."""
    return str(row["id"]) if row["round"] == 1 else f"{row['id']}:{row['round']}"


def people_to_tell(whose: Iterable[Whose]) -> dict[Whose, str | None]:
    """Return who calls: whom the rule names, the manager of the owner's team, or an admin.

    The first of them who is here and may see the record; where all are away, the first.
    """
    today = clock.now().astimezone(ZoneInfo(get_company().timezone)).date()
    return {one: _choose(one, today) for one in set(whose)}


def _choose(whose: Whose, today: date) -> str | None:
    named, owner_id, team_id = whose
    manager = select(Team.manager_id).where(Team.id == team_id, Team.manager_id.is_not(None))
    admins = select(User.id).where(User.role == Role.ADMIN).order_by(User.created_at, User.id)
    ids = [named, *connection().scalars(manager), *connection().scalars(admins.limit(5))]
    rows = connection().execute(
        select(User.id, User.away_from, User.away_until).where(User.id.in_(ids), User.is_active)
    )
    people = {row.id: row for row in rows}
    viewers = viewers_of(people)
    able = [i for i in ids if i in people and _sees(viewers[i], owner_id, team_id)]
    here = [i for i in able if not is_away(people[i].away_from, people[i].away_until, today)]
    return next(iter(here or able), None)


def _sees(person: Viewer, owner_id: str | None, team_id: str | None) -> bool:
    """Say in Python what `may_see` says in SQL of one record: the link must open for him."""
    nobodys = owner_id is None and team_id is None
    return person.is_admin or owner_id == person.id or team_id in person.team_ids or nobodys


def tell_all(actor_id: str, rows: Sequence[Any]) -> None:
    """Tell each person what he has to call about, inside a command; never who caused it himself:
    he reads it on the page before him."""
    by_person: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row["told_user_id"] not in (None, actor_id):
            by_person[row["told_user_id"]].append(row)
    names = _names([row for theirs in by_person.values() for row in theirs])
    for user_id, theirs in by_person.items():
        largest = sorted(theirs, key=lambda row: (-row["reason"]["actual"], row["id"]))
        if len(largest) > ONE_BY_ONE:
            _tell(user_id, largest[0], names, others=len(largest) - 1)
            continue
        for row in largest:
            _tell(user_id, row, names)


def _tell(user_id: str, row: Any, names: dict[str, dict[str, Any]], others: int = 0) -> None:
    record_id = row["deal_id"] or row["lead_id"]
    with use_locale(viewer_of(user_id).locale):
        parts = [reason_words(row["reason"])]
        if others:
            parts.append(ngettext("and %(num)s other", "and %(num)s others", others))
        line = " · ".join(parts)
    tell(
        user_id,
        AlertKind.DEAL_STOPPED,
        cause_of(row),
        url=f"/deals/{record_id}" if row["deal_id"] else f"/leads/{record_id}",
        tag=f"stop:{record_id}",
        data={**names.get(record_id, {}), "line": line},
        **{name: row[name] for name in ("deal_id", "lead_id", "account_id", "contact_id")},
    )


def _names(rows: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Return name and company by deal or lead."""
    deals = [row["deal_id"] for row in rows if row["deal_id"]]
    leads = [row["lead_id"] for row in rows if row["lead_id"]]
    found: list[Any] = []
    if deals:
        named = select(Deal.id, Deal.name, Account.name.label("company"))
        joined = named.outerjoin(Account, Account.id == Deal.account_id)
        found += connection().execute(joined.where(Deal.id.in_(deals)))
    if leads:
        found += connection().execute(
            select(Lead.id, Lead.name, Lead.company).where(Lead.id.in_(leads))
        )
    return {row.id: {"name": row.name, "company": row.company} for row in found}
