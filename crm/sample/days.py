"""The sample's activities: half a year of calls and meetings up to today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crm.activities.models import ActivityKind
from crm.deals.models import StageKind
from crm.leads.models import LeadStatus
from crm.sample.invention import Invention, Row
from crm.sample.promises import just_ended, promise
from crm.sample.subjects import links_of, owner_of, words_for

ACTIVITIES = 2000
DONE_KINDS = (
    [ActivityKind.CALL] * 8
    + [ActivityKind.MEETING] * 5
    + [ActivityKind.MESSAGE] * 4
    + [ActivityKind.VISIT] * 2
    + [ActivityKind.NOTE]
)
OUTCOMES = ("interested", "quote", "follow_up", "follow_up", "no_answer", "not_now")
#: A deal that is not quiet was touched within so many days.
TOUCHED_DAYS = 8


def live(made: Invention) -> None:
    """Make the activities. Call it last: they are about all the others."""
    for owner in made.owners:
        just_ended(made, owner)
    promise(made)
    _log_today(made)
    _log_past(made)
    _touch(made)


def _log(made: Invention, about: Row, at: datetime) -> None:
    words, owner = words_for(made, about), owner_of(made, about)
    kind = made.dice.choice(DONE_KINDS)
    quiet_kind = kind in (ActivityKind.MESSAGE, ActivityKind.NOTE)
    outcome = None if quiet_kind else made.dice.choice(OUTCOMES)
    if outcome == "no_answer" and kind is not ActivityKind.CALL:
        outcome = "interested"
    note = made.maybe(0.75, words.notes[outcome or ""])
    row = made.own(
        owner,
        at,
        kind=str(kind),
        has_time=True,
        done_at=at,
        outcome=outcome,
        note=note,
        **links_of(made, about),
    )
    made.rows["activity"].append(row)
    data = {"kind": str(kind), "outcome": outcome, "note": note}
    made.enter(
        "activity.logged",
        at,
        owner.id,
        {k: v for k, v in data.items() if v is not None},
        activity_id=row["id"],
        **links_of(made, about),
    )


def _log_today(made: Invention) -> None:
    """Let everybody have done something today already, if the working day has begun."""
    for owner in made.owners:
        deals = [
            d
            for d in made.rows["deal"]
            if d["owner_id"] == owner.id
            and d["status"] == StageKind.OPEN
            and d["id"] not in made.quiet
        ]
        for deal in deals[: made.dice.randint(1, 3)]:
            _log(made, deal, made.past(made.workday(made.today)))


def _log_past(made: Invention) -> None:
    """Fill the past half year up to the number wanted."""
    deals = made.rows["deal"]
    for deal in deals:
        if deal["status"] == StageKind.OPEN and deal["id"] not in made.quiet:
            day = made.workday(made.today - timedelta(days=made.dice.randint(1, TOUCHED_DAYS)))
            _log(made, deal, max(made.past(day), deal["created_at"]))
    leads = [row for row in made.rows["lead"] if row["status"] != LeadStatus.NEW]
    leads += [row for row in leads if row["id"] in made.hot]
    contacts = made.rows["contact"]
    pools: tuple[Sequence[Row], ...] = (deals, deals, deals, deals, leads, contacts)
    while len(made.rows["activity"]) < ACTIVITIES:
        about = made.dice.choice(made.dice.choice(pools))
        begin, end = _span(made, about)
        share = made.dice.random()
        day = (begin + (end - begin) * share).astimezone(made.zone).date()
        at = min(max(made.past(made.workday(day)), begin), end)
        _log(made, about, at)


def _span(made: Invention, about: Row) -> tuple[datetime, datetime]:
    """Return between when things were done about this record."""
    if "stage_id" in about:
        begin = about["created_at"]
        if about["closed_at"]:
            return begin, about["closed_at"]
        return begin, about["stage_entered_at"] if about["id"] in made.quiet else made.now
    if "company" in about:
        end = about.get("converted_at") or (
            about["updated_at"] if about["status"] == LeadStatus.DISQUALIFIED else made.now
        )
        return about["created_at"], max(end, about["created_at"])
    begin = max(about["created_at"], made.now - timedelta(days=180))
    return begin, made.now


def _touch(made: Invention) -> None:
    """Write on each record when something was last done with it."""
    by_id = {
        row["id"]: row
        for table in ("deal", "lead", "contact", "account")
        for row in made.rows[table]
    }
    for activity in made.rows["activity"]:
        for column in ("deal_id", "lead_id", "contact_id", "account_id"):
            row = by_id.get(activity[column]) if activity["done_at"] else None
            last = row and row.get("last_activity_at")
            if row is not None and (last is None or last < activity["done_at"]):
                row["last_activity_at"] = activity["done_at"]
