"""What a visitor sends becomes a lead at once, or waits where it is suspicious."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from crm import clock, errors
from crm.database import command, db, is_id, new_id
from crm.forms.models import Form, FormSubmission, State
from crm.forms.queries import find_rep, in_inbox, require_manager
from crm.forms.rules import suspicions
from crm.i18n import _
from crm.leads.arrivals import ORIGIN, ORIGIN_LENGTH, Arrival, take_in
from crm.leads.commands import LeadSchema
from crm.leads.models import Lead
from crm.leads.scoring import Sign
from crm.schema import load
from crm.timeline.record import record
from crm.tracking.commands import join_visitor
from crm.users.viewer import Viewer, system_viewer

#: More of one form than anybody looks through; then its visitors are told to wait.
MOST_WAITING = 500
#: A page without a seal gives no id: the same words within this long are a second tap.
SAME_SECONDS = 600
_LISTS = {"phone": "phones", "email": "emails"}


@dataclass(frozen=True)
class Sent:
    """What came from a page: as it was typed, and what its seal and its trap say."""

    fields: Mapping[str, str]
    #: The version of the consent that was ticked.
    consent: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)
    owner_id: str | None = None
    visitor_id: str | None = None
    submission_id: str | None = None
    #: Keys of crm.forms.rules.REASONS.
    reasons: tuple[str, ...] = ()


@command
def take_submission(actor: Viewer, form_id: str, sent: Sent) -> str:
    """Take what a visitor sent and return its id; the same sent again is answered with itself.

    Raises ValidationError by the names of the form's fields, NotFound, TooMany.
    """
    form = db.session.get(Form, form_id)
    if form is None or not form.is_active:
        raise errors.NotFound
    fields = _read(form, sent)
    submission_id = sent.submission_id or _id_of_words(form, fields)
    reasons = [*sent.reasons, *suspicions(fields)]
    known = db.session.get(FormSubmission, submission_id)
    if known is not None and known.fields == fields:
        return known.id
    if known is not None:
        # Perhaps he went back and mended a word, perhaps a robot sends one seal for ever.
        submission_id, reasons = new_id(), [*reasons, "repeated"]
    row = _row(form, sent, submission_id, fields, reasons)
    if reasons:
        _refuse_when_full(form)
    db.session.add(row)
    # Written first: of two taps at one moment the second waits here, and is told of the first.
    db.session.flush()
    if not reasons:
        _let_in(actor, form, row)
    return submission_id


def _let_in(actor: Viewer, form: Form, row: FormSubmission) -> str:
    """Make a lead of it, with all that the visitor did before on the website."""
    row_id, visitor_id = row.id, row.visitor_id
    lead_id = take_in(actor, _arrival(form, row))
    join_visitor.inside(actor, lead_id, visitor_id)
    row = db.session.get_one(FormSubmission, row_id)
    row.state, row.lead_id = State.TAKEN, lead_id
    if row.consent_at is not None:
        lead = db.session.get_one(Lead, lead_id)
        lead.consent_at = lead.consent_at or row.consent_at
    return lead_id


def _read(form: Form, sent: Sent) -> dict[str, str]:
    """Return what was typed into the form's own fields, if it would do. Raises ValidationError."""
    fields, said = {}, {}
    for asked in form.fields:
        text = (sent.fields.get(asked["name"]) or "").strip()
        if text:
            fields[asked["name"]] = text
        elif asked["is_required"]:
            said[asked["name"]] = [_("This is needed.")]
    try:
        load(LeadSchema, _payload(fields) | {"name": fields.get("name", "?")})
    except errors.ValidationError as error:
        back = {theirs: ours for ours, theirs in _LISTS.items()}
        for name, why in error.fields.items():
            said[back.get(name, name)] = why
    if form.consent and sent.consent != str(form.consent_version):
        said["consent"] = [_("We may only keep this if you agree.")]
    if said:
        raise errors.ValidationError(said)
    return fields


def _payload(fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        _LISTS.get(name, name): [value] if name in _LISTS else value
        for name, value in fields.items()
    }


def _id_of_words(form: Form, fields: Mapping[str, str]) -> str:
    window = int(clock.now().timestamp()) // SAME_SECONDS
    words = json.dumps([form.id, window, fields], sort_keys=True)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, words))


def _row(
    form: Form, sent: Sent, submission_id: str, fields: dict[str, str], reasons: list[str]
) -> FormSubmission:
    now, consent = clock.now(), form.consent
    return FormSubmission(
        id=submission_id,
        form_id=form.id,
        at=now,
        state=State.WAITING,
        owner_id=find_rep(sent.owner_id),
        visitor_id=sent.visitor_id if is_id(sent.visitor_id) else None,
        fields=fields,
        origin={k: str(sent.origin[k])[:ORIGIN_LENGTH] for k in ORIGIN if sent.origin.get(k)},
        reasons=list(dict.fromkeys(reasons)),
        consent_text=consent,
        consent_version=form.consent_version if consent else None,
        consent_at=now if consent else None,
    )


def _arrival(form: Form, row: FormSubmission) -> Arrival:
    signs = [Sign("form", row.at, form.title)]
    if form.asks_quote:
        signs.append(Sign("quote", row.at, form.title))
    if campaign := row.origin.get("utm_campaign"):
        signs.append(Sign("campaign", row.at, campaign))
    whose = {"owner_id": row.owner_id} if find_rep(row.owner_id) else {}
    payload = {
        **_payload(row.fields),
        **whose,
        "source": form.source or form.title,
        "language": form.language,
    }
    return Arrival(payload, tuple(signs), row.origin, {"form": form.title})


def _refuse_when_full(form: Form) -> None:
    wait = (FormSubmission.form_id == form.id, FormSubmission.state == State.WAITING.value)
    count = select(func.count()).select_from(FormSubmission).where(*wait)
    if (db.session.scalar(count) or 0) >= MOST_WAITING:
        raise errors.TooMany(_("Too many at once. Wait a minute, then send it again."), 3600)


def _one(actor: Viewer, submission_id: str) -> FormSubmission:
    """Return what somebody sent, locked, to a manager who looks it through."""
    require_manager(actor)
    mine = select(FormSubmission).where(FormSubmission.id == submission_id, in_inbox(actor))
    locked = mine.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalars(locked).first()
    if row is None:
        raise errors.NotFound
    return row


def _waiting_one(actor: Viewer, submission_id: str) -> FormSubmission:
    row = _one(actor, submission_id)
    if row.state != State.WAITING:
        raise errors.Conflict(_("Somebody has looked at this already."))
    return row


@command
def accept_submission(actor: Viewer, submission_id: str) -> str:
    """Make a lead of what waits, and return its id. Raises Conflict where it waits no more."""
    row = _waiting_one(actor, submission_id)
    form = db.session.get_one(Form, row.form_id)
    # Not as the manager: the lead that it belongs to may be another team's.
    lead_id = _let_in(system_viewer(actor.locale, actor.currency), form, row)
    record("lead.let_in", actor.id, lead_id=lead_id, data={"form": form.title})
    return lead_id


@command
def drop_submission(actor: Viewer, submission_id: str) -> None:
    """Say that what waits is no lead. Raises Conflict where it waits no more."""
    row = _waiting_one(actor, submission_id)
    row.state = State.DROPPED
    record("form.dropped", actor.id, data={"submission": row.id})


@command
def put_back_submission(actor: Viewer, submission_id: str) -> None:
    """Let what was dropped wait again."""
    row = _one(actor, submission_id)
    if row.state == State.DROPPED:
        row.state = State.WAITING
        record("form.put_back", actor.id, data={"submission": row.id})
