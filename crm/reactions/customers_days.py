"""Birthdays, years as a customer and ends of contracts, told at nine to whose customer it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, union_all

from crm import clock
from crm.accounts.anniversaries import CustomersDay, DayKind, due_days
from crm.accounts.greetings import said_of
from crm.accounts.models import Account, Contact
from crm.alerts.kinds import AlertKind
from crm.database import command, db
from crm.i18n import formatting
from crm.reactions.models import Noticed
from crm.reactions.news import News, language_of, send
from crm.reactions.nine import Morning, mornings
from crm.reactions.noticing import notice
from crm.users.crew import Reached, read_crew
from crm.users.viewer import Viewer

_KINDS = {
    DayKind.BIRTHDAY: AlertKind.BIRTHDAY,
    DayKind.CUSTOMER_SINCE: AlertKind.ANNIVERSARY,
    DayKind.CONTRACT_ENDS: AlertKind.CONTRACT_ENDS,
}
#: One day of a customer, and the morning on which he hears of it whose customer that is.
Told = tuple[CustomersDay, Morning]


@command
def tell_customers_days(actor: Viewer, most: int = 100) -> int:
    """Tell of customers' days, on the day and on the working day before days off; return how
    many."""
    people = {user_id: morning for morning, ids in mornings().items() for user_id in ids}
    days = {day for morning in people.values() for day in morning.told_days}
    found = list(_unnoticed(due_days(actor, *days), people))[:most] if days else []
    if not found:
        return 0
    for kind in DayKind:
        told = [(one.record_id, at.starts) for one, at in found if one.kind == kind]
        mine = notice(kind.value, told)
        _send([(one, at) for one, at in found if one.kind == kind and one.record_id in mine])
    return len(found)


def _unnoticed(found: Sequence[CustomersDay], people: dict[str, Morning]) -> Iterator[Told]:
    """Yield what is told on somebody's morning of today and was not told yet."""
    if not found:
        return
    kinds = [kind.value for kind in DayKind]
    since = min(morning.starts for morning in people.values())
    noticed = select(Noticed.kind, Noticed.subject_id, Noticed.at)
    rows = db.session.execute(noticed.where(Noticed.at >= since, Noticed.kind.in_(kinds)))
    before = {tuple(row) for row in rows}
    for one in found:
        morning = people.get(one.user_id)
        if morning is None or one.day not in morning.told_days:
            continue
        if (one.kind.value, one.record_id, morning.starts) not in before:
            yield one, morning


def _send(told: Sequence[Told]) -> None:
    """Tell of these, as long as the evening has not come."""
    now = clock.now()
    fresh = [(one, at) for one, at in told if at.evening > now]
    if not fresh:
        return
    crew, records = read_crew(), _records([one.record_id for one, _at in fresh])
    for one, morning in fresh:
        record = records.get(one.record_id)
        to = crew.reach(one.user_id, record, now) if record else None
        if to is not None:
            send(_news(one, morning, to))


def _records(ids: Sequence[str]) -> dict[str, Any]:
    """Return whose the records are (.owner_id, .team_id)."""
    parts: Any = union_all(
        *(
            select(model.id, model.owner_id, model.team_id).where(model.id.in_(ids))
            for model in (Account, Contact)
        )
    )
    return {row.id: row for row in db.session.execute(parts)}


def _news(one: CustomersDay, morning: Morning, to: Reached) -> News:
    ahead = one.day != morning.today
    with language_of(to.viewer):
        data = {
            "name": one.name,
            "years": one.years,
            "day": formatting.date(one.day, today=morning.today) if ahead else "",
            "line": said_of(one, morning.today, one.name),
            "phone": one.phones[0]["value"] if one.phones else "",
        }
    return News(
        to,
        _KINDS[one.kind],
        f"{one.kind.value}:{one.record_id}:{one.day}:{morning.today}",
        f"/{one.record}s/{one.record_id}",
        f"{one.kind.value}:{one.record_id}",
        data,
        expires_at=morning.evening,
        records={f"{one.record}_id": one.record_id},
    )
