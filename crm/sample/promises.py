"""What the sample's people have promised, and the meetings that are just over."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from crm.activities.models import ActivityKind
from crm.deals.models import StageKind
from crm.leads.models import LeadStatus
from crm.sample.invention import Invention, Owner, Row
from crm.sample.subjects import links_of, owner_of, words_for

#: Minutes since the two meetings ended that nobody has logged yet.
JUST_ENDED = (8, 31)
MEETING_MINUTES = 45
#: Days from today for a next step, in turn: late, today, tomorrow, next week.
AHEAD = (0, -2, 1, 0, 3, 6, 0, 1, -1, 8, 2, -4)
WITH_NEXT_STEP = 0.72
LEADS_WITH_STEP_EVERY = 3


def _plan(made: Invention, about: Row, kind: str, due: datetime, **more: object) -> None:
    words, owner = words_for(made, about), owner_of(made, about)
    begun = about.get("stage_entered_at") or about["created_at"]
    asked = made.past(made.workday(made.today - timedelta(days=made.dice.randint(1, 9))))
    at = min(max(begun, asked), made.now)
    values = {"subject": made.dice.choice(words.promises[kind]), "has_time": True, **more}
    row = made.own(
        owner, at, kind=str(kind), due_at=due, done_at=None, **values, **links_of(made, about)
    )
    made.rows["activity"].append(row)
    made.enter(
        "activity.planned",
        at,
        owner.id,
        {"kind": row["kind"], "subject": row["subject"], "due_at": due.isoformat()},
        activity_id=row["id"],
        **links_of(made, about),
    )


def just_ended(made: Invention, owner: Owner) -> None:
    """Plan two meetings that are just over, so that Today asks how they went."""
    deals = [d for d in made.rows["deal"] if d["owner_id"] == owner.id and d["status"] == "open"]
    people = deals or [c for c in made.rows["contact"] if c["owner_id"] == owner.id]
    chosen = made.dice.sample(people, min(len(JUST_ENDED), len(people)))
    for about, minutes in zip(chosen, JUST_ENDED, strict=False):
        # On whole minutes, as calendars have them.
        end = (made.now - timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        _plan(
            made,
            about,
            ActivityKind.MEETING,
            end - timedelta(minutes=MEETING_MINUTES),
            ends_at=end,
            subject=made.dice.choice(words_for(made, about).meetings),
        )


def promise(made: Invention) -> None:
    """Give most open deals and some leads a next step; some are late, many are today."""
    meant = {row["deal_id"] for row in made.rows["activity"]}
    turns: dict[str, int] = defaultdict(int)
    for deal in made.rows["deal"]:
        free = deal["status"] == StageKind.OPEN and deal["id"] not in meant | made.quiet
        if free and made.dice.random() < WITH_NEXT_STEP:
            _next_step(made, deal, AHEAD[turns[deal["owner_id"]] % len(AHEAD)])
            turns[deal["owner_id"]] += 1
    for number, lead in enumerate(made.rows["lead"]):
        if lead["status"] == LeadStatus.WORKING and number % LEADS_WITH_STEP_EVERY == 0:
            _next_step(made, lead, AHEAD[number % len(AHEAD)])
        elif lead["status"] == LeadStatus.LATER:
            _next_step(made, lead, made.dice.randint(20, 80))


def _next_step(made: Invention, about: Row, ahead: int) -> None:
    kind = made.dice.choice(
        (
            *[ActivityKind.CALL] * 3,
            ActivityKind.TASK,
            ActivityKind.TASK,
            ActivityKind.MEETING,
            ActivityKind.VISIT,
            ActivityKind.MESSAGE,
        )
    )
    day = made.today + timedelta(days=ahead)
    day = day if ahead == 0 else (made.next_workday(day) if ahead > 0 else made.workday(day))
    due = made.moment(day)
    if ahead == 0 and due < made.now:
        # What is promised for today should mostly still lie ahead of whoever opens it now.
        due = _later_today(made)
    timed = kind in (ActivityKind.MEETING, ActivityKind.VISIT)
    if timed and due < made.now:
        kind, timed = ActivityKind.CALL, False
    end = {"ends_at": due + timedelta(minutes=60)} if timed else {}
    has_time = timed or made.dice.random() < 0.5
    if not has_time:
        due = made.moment(due.astimezone(made.zone).date(), 12, 13)
    _plan(made, about, kind, due, has_time=has_time, **end)


def _later_today(made: Invention) -> datetime:
    ahead = made.now + timedelta(minutes=made.dice.randrange(30, 300, 5))
    local = ahead.astimezone(made.zone)
    if local.date() != made.today:
        local = local.replace(hour=23, minute=30) - timedelta(days=1)
    return local.replace(minute=local.minute // 5 * 5, second=0, microsecond=0).astimezone(UTC)
