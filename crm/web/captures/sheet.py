"""What the capture sheet opens with: who, outcome, stage, next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, request

from crm import clock
from crm.accounts.models import Account, Contact
from crm.activities import queries
from crm.activities.models import OUTCOMES, ActivityKind
from crm.activities.naming import kind_label
from crm.activities.next_steps import FOLLOWS, NEXT_STEPS, due_on
from crm.database import is_id, new_id
from crm.deals.models import LOST_REASONS, Deal
from crm.deals.queries import open_deals_of
from crm.deals.stages import Track, get_pipeline, track_of
from crm.i18n import _, formatting
from crm.leads.models import Lead
from crm.users.ownership import find
from crm.users.viewer import Viewer
from crm.web.rendering import back_or, render

MODELS: dict[str, Any] = {"contact": Contact, "lead": Lead, "account": Account}
CHIPS = 2


@dataclass
class Person:
    """Whom it was with: a contact, a lead, or an account as such."""

    ref: str
    name: str
    sub: str = ""


def _ref(kind: str, row: Any) -> Person:
    return Person(f"{kind}:{row.id}", row.name)


def by_ref(me: Viewer, ref: str | None) -> tuple[str, Any] | None:
    kind, _mark, record_id = (ref or "").partition(":")
    model = MODELS.get(kind)
    row = find(me, model, record_id) if model and record_id else None
    return (kind, row) if row is not None else None


class Start:
    """What the sheet opens with, from its address: a record, a planned activity, an outcome."""

    def __init__(self, me: Viewer) -> None:
        args = request.args
        self.me = me
        self.activity = self._planned(args.get("activity_id"))
        self.deal_id = args.get("deal_id") or getattr(self.activity, "deal_id", None)
        self.kind = args.get("kind") or getattr(self.activity, "kind", None) or "meeting"
        self.people: list[Person] = []
        self.why = ""
        self._whom(args)
        for row in queries.recent_people(me, CHIPS):
            self._add(_ref("contact", row))
        self.people = self.people[:CHIPS]

    def _planned(self, activity_id: str | None) -> Any:
        if activity_id:
            return queries.get_row(self.me, activity_id)
        now = clock.now()
        if any(request.args.get(k) for k in ("deal_id", "contact_id", "lead_id", "account_id")):
            return None
        due = queries.promises(self.me, now + timedelta(minutes=1), 20)
        over = [r for r in due if queries.is_unlogged(r, now) and now - r.ends_at <= queries.FRESH]
        return max(over, key=lambda r: r.ends_at) if over else None

    def _add(self, person: Person) -> None:
        if all(person.ref != known.ref for known in self.people):
            self.people.append(person)

    def _whom(self, args: Any) -> None:
        deal = get_deal_or_none(self.me, self.deal_id)
        for kind, model in MODELS.items():
            record_id = args.get(f"{kind}_id") or getattr(self.activity, f"{kind}_id", None)
            if not record_id and deal is not None:
                record_id = getattr(deal, f"{kind}_id", None)
            if record_id and (kind != "account" or not self.people):
                row = find(self.me, model, record_id)
                if row is not None:
                    self._add(_ref(kind, row))
        if self.activity is not None and self.activity.ends_at and self.people:
            self.why = _(
                "%(start)s to %(end)s",
                start=formatting.time(self.activity.due_at),
                end=formatting.time(self.activity.ends_at),
            )

    @property
    def who(self) -> str:
        named = any(request.args.get(f"{k}_id") for k in ("deal", "contact", "lead", "account"))
        return self.people[0].ref if self.people and (named or self.activity) else ""

    @property
    def home(self) -> str:
        """The record's page that the sheet was opened from, where no script says it."""
        for kind in ("deal", "contact", "lead", "account"):
            if request.args.get(f"{kind}_id"):
                return f"/{kind}s/{request.args[f'{kind}_id']}"
        return "/today"


def get_deal_or_none(me: Viewer, deal_id: str | None) -> Any:
    """Return the deal if it is there and visible."""

    return find(me, Deal, deal_id)


@dataclass
class Move:
    """The deal that a capture may move, and where it stands."""

    id: str
    version: int
    name: str
    stage_id: str
    label: str
    for_ref: str
    track: Track


def move_for(me: Viewer, ref: str, deal_id: str | None = None) -> Move | None:
    deal = get_deal_or_none(me, deal_id)
    if deal is None and ref:
        kind, _mark, record_id = ref.partition(":")
        if kind in ("contact", "account") and is_id(record_id):
            found = open_deals_of(me, limit=1, **{f"{kind}_id": record_id})
            deal = get_deal_or_none(me, found[0].id) if found else None
    if deal is None or not deal.is_open:
        return None
    track = track_of(get_pipeline(deal.pipeline_id))
    stage = track.at(deal.stage_id)
    return Move(
        deal.id, deal.version, deal.name, deal.stage_id, stage.label if stage else "", ref, track
    )


def sheet(start: Start, status: int = 200, **changed: Any) -> Response:
    me, args = start.me, request.args
    values = changed.get("values") or _shared()
    who = values.get("who") or start.who
    outcome = values.get("outcome") or args.get("outcome") or ""
    move = move_for(me, who, start.deal_id)
    follow = FOLLOWS.get(outcome)
    context: dict[str, Any] = {
        "capture_id": values.get("capture_id") or new_id(),
        "kind": values.get("kind") or start.kind,
        "kinds": [(k, kind_label(k)) for k in ActivityKind if k != ActivityKind.TASK],
        "activity_id": start.activity.id if start.activity else "",
        "people": start.people,
        "who": who,
        "who_why": start.why,
        "outcomes": [(key, _(label)) for key, label in OUTCOMES.items()],
        "outcome": outcome,
        "next_steps": [
            *((k, _(label)) for k, (label, _n) in NEXT_STEPS.items()),
            ("date", _("Date")),
        ],
        "next_step": values.get("next_step") or (follow.step if follow else ""),
        "follows": _follows(me),
        "next": back_or(start.home),
        "values": values,
        "errors": {},
        **stage_part(move, outcome, values),
    }
    return render("captures/new.html", "captures/_sheet.html", status, **(context | changed))


def _shared() -> dict[str, str]:
    """Return the words that another app shared with this one (the manifest's share target)."""
    words = (request.args.get(name, "").strip() for name in ("title", "text", "url"))
    note = "\n".join(word for word in words if word)[:5000]
    return {"note": note} if note else {}


def stage_part(move: Move | None, outcome: str, values: Any) -> dict[str, Any]:
    reasons = [(key, _(label)) for key, label in LOST_REASONS.items()]
    if move is None:
        return {"move": None, "stages": [], "lost_reasons": reasons}
    stage_id = values.get("stage_id") or move.stage_id
    ahead = move.track.after(move.stage_id)
    follow = FOLLOWS.get(outcome)
    if follow and follow.moves_on and ahead and not values.get("stage_id"):
        stage_id = ahead.id
    if outcome == "lost" and not values.get("stage_id"):
        stage_id = "closed"
    return {
        "move": move,
        "stages": move.track.open,
        "stage_id": stage_id,
        "lost_reasons": reasons,
        "stage_ahead": ahead.id if ahead else "",
        "stage_note": _("Now: %(stage)s", stage=move.label),
    }


def _follows(me: Viewer) -> list[dict[str, str]]:
    """For each outcome what the script preselects: the chip, the words, whether the deal moves."""
    today = formatting.local(clock.now()).date()
    found = []
    for key, follow in FOLLOWS.items():
        words = _(follow.subject) if follow.subject else kind_label(follow.kind)
        for step in NEXT_STEPS:
            day = formatting.date(due_on(step, today, me.locale), today=today)
            found.append(
                {
                    "outcome": key,
                    "step": step,
                    "suggested": follow.step or "",
                    "moves": "1" if follow.moves_on else "",
                    "words": _("%(what)s, %(day)s at 10:00", what=words, day=day),
                }
            )
    return found
