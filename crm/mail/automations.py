"""What Hamrah sends or plans by itself: each off until an admin has seen what it would do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from crm import clock, errors
from crm.activities.commands import plan_activity
from crm.activities.models import ActivityKind
from crm.activities.next_steps import at_ten, working_day
from crm.database import command, db
from crm.i18n import N_, _, formatting, use_locale
from crm.leads.models import Lead
from crm.mail import due
from crm.mail.gate import why_not
from crm.mail.models import MailAutomation
from crm.mail.outbox import draft, queue_mail
from crm.mail.people import Recipient, of_lead
from crm.mail.seals import is_preview
from crm.timeline.record import record
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer, require_admin

SHOWN = 5
_LONGEST = 80


@dataclass(frozen=True)
class Automation:
    """What it is called and what it does; `template` is empty where no letter goes out."""

    name: str
    said: str
    icon: str
    template: str = ""


AUTOMATIONS = {
    "welcome": Automation(
        N_("Welcome e-mail"),
        N_("To each new lead with an e-mail address that agreed on a form to hear from us."),
        "mail",
        "welcome",
    ),
    "follow_up": Automation(
        N_("Task for a new lead"),
        N_("For its owner, on the next working day, where nothing was done or planned yet."),
        "task",
    ),
    "nudge": Automation(
        N_("Word to a quiet customer"),
        N_("When a deal falls quiet and has no next step: one e-mail, in its owner’s name."),
        "clock",
        "nudge",
    ),
    "card": Automation(
        N_("Anniversary card"),
        N_("On the day that somebody became a customer, each year, in working hours."),
        "gift",
        "card",
    ),
}


@dataclass(frozen=True)
class State:
    """An automation and whether it is on, and since when."""

    key: str
    is_on: bool
    since: datetime | None

    @property
    def automation(self) -> Automation:
        return AUTOMATIONS[self.key]


@dataclass(frozen=True)
class Shown:
    """What an automation would do about one real record."""

    name: str
    to: str
    subject: str
    body: str = ""
    language: str = ""
    #: A word of crm.mail.faults.FAULTS: why it would not.
    why_not: str = ""


def states(viewer: Viewer) -> list[State]:
    """Return every automation; admins alone."""
    require_admin(viewer)
    rows = {row.key: row for row in db.session.scalars(select(MailAutomation))}
    return [
        State(key, row.is_on, row.switched_on_at) if (row := rows.get(key)) else _off(key)
        for key in AUTOMATIONS
    ]


def _off(key: str) -> State:
    return State(key, False, None)


def get_state(viewer: Viewer, key: str) -> State:
    """Return one automation; admins alone. Raises NotFound."""
    found = [state for state in states(viewer) if state.key == key]
    if not found:
        raise errors.NotFound
    return found[0]


def preview(viewer: Viewer, key: str) -> list[Shown]:
    """Return what it would do about the latest real records that it fits; admins alone."""
    require_admin(viewer)
    if key == "follow_up":
        return [_task_shown(lead) for lead in due.leads_to_follow_up(None, SHOWN)]
    with db.session.no_autoflush:
        return [_shown(key, *letter) for letter in _letters(key, None, SHOWN)]


def _task_shown(lead: Lead) -> Shown:
    owner = viewer_of(lead.owner_id or "")
    return Shown(lead.name, owner.name, _task_subject(lead))


def _shown(key: str, recipient: Recipient, _cause: str, more: Mapping[str, str]) -> Shown:
    message = draft(recipient, key, key, "", more)
    return Shown(
        recipient.name,
        recipient.to,
        message.subject,
        message.body,
        message.language,
        # Off as it is now, it would be switched on.
        why if (why := why_not(message)) != "switched_off" else "",
    )


@command
def switch_on(actor: Viewer, key: str, seal: str) -> None:
    """Switch it on from now; `seal` shows that the actor saw what it would do."""
    require_admin(actor)
    if key not in AUTOMATIONS:
        raise errors.NotFound
    if not is_preview(seal, key, actor.id):
        raise errors.ValidationError(_("Look first at what it would do, then switch it on."))
    row = _row(key)
    if not row.is_on:
        row.is_on, row.switched_on_at, row.user_id = True, clock.now(), actor.id
        record("automation.switched_on", actor.id, data={"automation": key})


@command
def switch_off(actor: Viewer, key: str) -> None:
    """Switch it off; what waits in the outbox is not sent either."""
    require_admin(actor)
    if key not in AUTOMATIONS:
        raise errors.NotFound
    row = _row(key)
    if row.is_on:
        row.is_on = False
        record("automation.switched_off", actor.id, data={"automation": key})


def _row(key: str) -> MailAutomation:
    held = select(MailAutomation).where(MailAutomation.key == key).with_for_update()
    row = db.session.scalars(held).first()
    if row is None:
        row = MailAutomation(key=key, is_on=False)
        db.session.add(row)
    return row


def _since(key: str) -> datetime | None:
    row = db.session.scalars(select(MailAutomation).where(MailAutomation.key == key)).first()
    return row.switched_on_at if row is not None and row.is_on else None


Letter = tuple[Recipient, str, Mapping[str, str]]


def _letters(key: str, since: datetime | None, most: int) -> Sequence[Letter]:
    """Return who gets a letter, its cause and what else its words need."""
    if key == "welcome":
        leads = due.leads_to_welcome(since, most)
        return [(of_lead(lead), f"welcome {lead.id}", {}) for lead in leads]
    if key == "nudge":
        deals = due.deals_to_nudge(since, most)
        return [
            (due.reader_of(deal), f"nudge {deal.id} {due.last_word(deal).isoformat()}", {})
            for deal in deals
        ]
    return [_card(customer) for customer in due.customers_to_congratulate(since, most)]


def _card(customer: due.Customer) -> Letter:
    reader = due.reader_of_card(customer)
    years = due.years_with_us(customer, reader.language)
    day = due.today().isoformat()
    return reader, f"card {customer.id} {day}", {"years": years}


def _queue(key: str, most: int) -> int:
    since = _since(key)
    letters = _letters(key, since, most) if since is not None else ()
    for recipient, cause, more in letters:
        queue_mail(recipient, kind=key, template=key, cause=cause, more=more)
    return len(letters)


@command
def welcome_new_leads(_actor: Viewer, most: int = 50) -> int:
    """Queue the welcome of leads that came since it was switched on; return how many."""
    return _queue("welcome", most)


@command
def nudge_quiet_customers(_actor: Viewer, most: int = 50) -> int:
    """Queue a word about deals that fell quiet since it was switched on; return how many."""
    return _queue("nudge", most) if due.is_working_time(clock.now()) else 0


@command
def send_cards(_actor: Viewer, most: int = 50) -> int:
    """Queue the cards of today's anniversaries; return how many."""
    return _queue("card", most) if due.is_working_hour(clock.now()) else 0


@command
def plan_follow_ups(_actor: Viewer, most: int = 50) -> int:
    """Plan the first task with leads that came since it was switched on; return how many."""
    since = _since("follow_up")
    leads = due.leads_to_follow_up(since, most) if since is not None else ()
    found = [(lead.id, lead.owner_id or "", _task_subject(lead)) for lead in leads]
    for lead_id, owner_id, subject in found:
        _plan(lead_id, owner_id, subject)
    return len(found)


def _task_subject(lead: Lead) -> str:
    owner = viewer_of(lead.owner_id or "")
    with use_locale(owner.locale):
        return _("Follow up with %(name)s", name=lead.name[:_LONGEST])


def _plan(lead_id: str, owner_id: str, subject: str) -> None:
    owner = viewer_of(owner_id)
    with use_locale(owner.locale):
        today = formatting.local(clock.now()).date()
        day = working_day(today + timedelta(days=1), owner.locale)
        plan_activity.inside(
            owner,
            {
                # However often it is looked for, and by whichever process: there is one.
                "id": str(uuid.uuid5(uuid.UUID(lead_id), "first follow-up")),
                "kind": ActivityKind.TASK.value,
                "subject": subject,
                "due_at": at_ten(day, owner.locale).isoformat(),
                "has_time": False,
                "lead_id": lead_id,
            },
        )
