"""The sample's products and deals, each with the way it came through the stages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm.deals.models import LOST_REASONS, Stage, StageKind
from crm.i18n import fold, to_persian_digits
from crm.i18n.jalali import month_bounds
from crm.sample.invention import Invention, Owner, Row
from crm.sample.words import Words

DEALS, WON, LOST, WON_THIS_MONTH = 200, 54, 34, 9
#: Of the open ones: who has not been heard of for longer than the company's quiet days.
QUIET = 0.16
IN_ANOTHER_CURRENCY = 5
SEATS = (8, 12, 15, 20, 25, 30, 40, 50, 60, 80, 120, 200)


def stock(made: Invention, currency: str, taken: set[str]) -> None:
    """Make the products, leaving out names that the company has already."""
    at = made.now - timedelta(days=390)
    for number, (name, family, euros) in enumerate(made.words.products):
        key = fold(name).replace(" ", "")
        if key not in taken:
            made.rows["product"].append(
                {
                    "id": made.new_id(at),
                    "name": name,
                    "code": f"HM-{100 + number}",
                    "family": family,
                    "amount": made.price(euros, currency),
                    "currency": currency,
                    "match_key": key,
                    "is_sample": True,
                    "created_at": at,
                }
            )


def sell(made: Invention, stages: list[Stage], currency: str) -> None:
    """Make the deals over all stages, won and lost in past months and in this one."""
    ways = [StageKind.WON] * WON + [StageKind.LOST] * LOST
    ways += [StageKind.OPEN] * (DEALS - len(ways))
    opened = [stage for stage in stages if stage.kind == StageKind.OPEN]
    closed = {stage.kind: stage for stage in stages if stage.kind != StageKind.OPEN}
    for number, way in enumerate(ways):
        contact = made.rows["contact"][number % len(made.rows["contact"])]
        row = _deal(made, contact, number, currency)
        if way is StageKind.OPEN:
            path = opened[: 1 + _how_far(number, len(opened))]
        else:
            path = [*opened, closed[way]]
        _walk(made, row, path, number)
        made.rows["deal"].append(row)
        made.rows["deal_contact"].append(
            {"deal_id": row["id"], "contact_id": contact["id"], "part": None}
        )


def _how_far(number: int, stages: int) -> int:
    # The funnel narrows: of six open deals three are at the start, two further, one at the end.
    return (0, 1, 0, 2, 1, 0)[number % 6] % stages


def _deal(made: Invention, contact: Row, number: int, currency: str) -> Row:
    words = made.words if contact["language"] == made.words.language else made.other
    product, seats = made.dice.randrange(len(words.products)), made.dice.choice(SEATS)
    name, _family, euros = words.products[product]
    foreign = number % 40 == IN_ANOTHER_CURRENCY
    stored = ("EUR" if currency != "EUR" else "USD") if foreign else currency
    known = made.rows["product"]
    full = words.seats.format(name, _count(words, seats))
    return made.own(
        Owner(contact["owner_id"], contact["team_id"]),
        made.now,
        name=full,
        name_folded=fold(full),
        account_id=contact["account_id"],
        contact_id=contact["id"],
        product_id=known[product]["id"] if len(known) == len(words.products) else None,
        amount=made.price(euros * seats, stored),
        currency=stored,
        source=contact["source"],
        needs=made.maybe(0.5, words.needs),
        description=made.maybe(0.2, words.about),
    )


def _count(words: Words, seats: int) -> str:
    return to_persian_digits(str(seats)) if words.language == "fa" else str(seats)


def _walk(made: Invention, row: Row, path: list[Stage], number: int) -> None:
    """Let the deal come through these stages, and write down each step."""
    last = path[-1]
    quiet = last.kind == StageKind.OPEN and made.dice.random() < QUIET
    end = _end(made, last, number, quiet)
    begin = made.moment(made.workday((end - timedelta(days=made.dice.randint(12, 60))).date()))
    at = _steps(made, begin, end, len(path))
    row |= {
        "id": made.new_id(at[0]),
        "created_at": at[0],
        "opened_on": at[0].date(),
        "updated_at": at[-1],
        "version": len(path),
        "pipeline_id": last.pipeline_id,
        "stage_id": last.id,
        "status": last.kind,
        "stage_entered_at": at[-1],
        "closed_at": None if last.kind == StageKind.OPEN else at[-1],
        "lost_reason": made.dice.choice(list(LOST_REASONS))
        if last.kind == StageKind.LOST
        else None,
        "expected_close_on": _expected(made, last, at[-1]),
    }
    if quiet:
        made.quiet.add(row["id"])
    about = {name: row[name] for name in ("account_id", "contact_id")} | {"deal_id": row["id"]}
    made.enter("deal.created", at[0], row["owner_id"], {"stage_id": path[0].id}, **about)
    for step in range(1, len(path)):
        made.enter(
            "deal.stage_changed",
            at[step],
            row["owner_id"],
            _move(path[step - 1], path[step], at[step - 1], at[step], row),
            **about,
        )


def _steps(made: Invention, begin: datetime, end: datetime, count: int) -> list[datetime]:
    """Return when the deal stood at each of its stages first, in working hours."""
    if count == 1:
        return [end]
    between = (begin + (end - begin) * step / (count - 1) for step in range(1, count - 1))
    times = sorted(made.moment(made.workday(at.date())) for at in between)
    return [begin, *(min(max(at, begin), end) for at in times), end]


def _end(made: Invention, stage: Stage, number: int, quiet: bool) -> datetime:
    """Return when the deal came to stand where it stands."""
    if stage.kind == StageKind.OPEN:
        return made.past(made.day_ago(14, 40) if quiet else made.day_ago(1, 26))
    if number < WON_THIS_MONTH:
        first, _next = month_bounds(made.today, made.calendar)
        days = (made.today - first).days
        return made.past(made.today - timedelta(days=made.dice.randint(0, max(0, days - 1))))
    return made.past(made.day_ago(3, 175))


def _expected(made: Invention, stage: Stage, at: datetime) -> Any:
    if stage.kind != StageKind.OPEN:
        return at.date()
    return made.next_workday(made.today + timedelta(days=made.dice.randint(-6, 70)))


def _move(before: Stage, after: Stage, entered: datetime, left: datetime, row: Row) -> Row:
    data = {
        "from_stage_id": before.id,
        "from_entered_at": entered.isoformat(),
        "from_lost_reason": None,
        "from_closed_at": None,
        "seconds": int((left - entered).total_seconds()),
        "to_stage_id": after.id,
        "to_kind": str(after.kind),
    }
    if after.kind == StageKind.LOST:
        data["lost_reason"] = row["lost_reason"]
    return data
