"""A message is looked at, read, and taken once: what a vendor or our own program sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select, update

from crm import clock, errors
from crm.company.queries import get_company
from crm.database import command, connection, db, new_id
from crm.hooks import limits
from crm.hooks.messages import (
    INVALID,
    NO_PERSON,
    NOT_KNOWN,
    UNREADABLE,
    Message,
    Piece,
)
from crm.hooks.models import Hook, HookDelivery, HookSecret, Verdict
from crm.hooks.persons import text
from crm.hooks.presets import PRESETS, Preset
from crm.hooks.presets.own import names_of
from crm.hooks.safe import Safe
from crm.i18n import Locale, _, use_locale
from crm.leads.arrivals import Arrival, NobodyKnown, receive_lead
from crm.users.viewer import Viewer, system_viewer

Answer = dict[str, Any]
_DELIVERY: Any = HookDelivery.__table__


class Forged(errors.DomainError):
    """The signature is missing, wrong or too old."""

    status = 401
    code = "bad_signature"


@dataclass(frozen=True)
class Source:
    """The hook that a message came to."""

    id: str
    name: str
    preset: str
    lead_source: str


def find_source(slug: str) -> Source:
    """Return the hook at this address. Raises NotFound, also where it is switched off."""
    hook = db.session.scalars(select(Hook).where(Hook.slug == slug[:100])).first()
    if hook is None or not hook.is_active:
        raise errors.NotFound
    return Source(hook.id, hook.name, hook.preset, hook.source or hook.name)


def check(source: Source, message: Message, safe: Safe) -> None:
    """Raise Forged unless the sender knows one of the hook's secrets, TooMany where it floods."""
    now = clock.now()
    if not PRESETS[source.preset].is_genuine(message, _keys(source, safe), now):
        if limits.FORGED.is_over(source.id, now):
            raise _too_many()
        _count_forged(None, source.id)
        raise Forged(_("The signature is missing, wrong or too old."))
    if limits.GENUINE.is_over(source.id, now):
        raise _too_many()


def receive(source: Source, message: Message) -> Sequence[Answer]:
    """Take each person of a message that was checked; return what came of each, in order.

    One transaction a person: a message that broke off is finished by its repetition.
    """
    company, preset = get_company(), PRESETS[source.preset]
    locale = Locale(
        company.language, company.calendar, company.timezone, company.money_unit, company.region
    )
    actor = system_viewer(locale, company.currency)
    digest = hashlib.sha256(preset.lasting(message)).hexdigest()
    event_id = text(message.header(preset.event_header), 200) or digest
    with use_locale(locale):
        pieces = _pieces(preset, message)
        return [
            take_piece(actor, source, (event_id, digest, position), piece)
            for position, piece in enumerate(pieces)
        ]


def verdict_on(answers: Sequence[Answer]) -> Verdict:
    """Return what a message came to as a whole."""
    found = {answer["verdict"] for answer in answers}
    order = (Verdict.TAKEN, Verdict.REFUSED, Verdict.IGNORED)
    return next((one for one in order if one in found), Verdict.DUPLICATE)


def _pieces(preset: Preset, message: Message) -> Sequence[Piece]:
    try:
        pieces = preset.read(message)
    except ValueError:
        return [Piece(reason=UNREADABLE)]
    return pieces or [Piece(reason=NO_PERSON)]


def _keys(source: Source, safe: Safe) -> list[str]:
    sealed = db.session.scalars(
        select(HookSecret.sealed).where(
            HookSecret.hook_id == source.id, HookSecret.retired_at.is_(None)
        )
    )
    return [key for one in sealed if (key := safe.open(one))]


def _too_many() -> errors.TooMany:
    return errors.TooMany(
        _("Too many at a time. Wait a minute, then send the same again."),
        int(limits.WINDOW.total_seconds()),
    )


@command
def _count_forged(_actor: Any, hook_id: str) -> None:
    counted = update(Hook).where(Hook.id == hook_id)
    db.session.execute(counted.values(forged=Hook.forged + 1, forged_at=clock.now()))


@command
def take_piece(actor: Viewer, source: Source, event: tuple[str, str, int], piece: Piece) -> Answer:
    """Do what a piece says and keep what came of it; if it was kept before, do nothing."""
    event_id, digest, position = event
    # One at a time for each hook: of a hundred at once ninety-nine find the first one's line.
    db.session.execute(select(Hook.id).where(Hook.id == source.id).with_for_update())
    if _is_known(source.id, event_id, digest, position):
        return {"verdict": Verdict.DUPLICATE}
    row: dict[str, Any] = {
        "id": new_id(),
        "hook_id": source.id,
        "event_id": event_id,
        "digest": digest,
        "position": position,
        "received_at": clock.now(),
        **_taken(actor, source, piece),
    }
    connection().execute(insert(_DELIVERY), row)
    shown = ("verdict", "reason", "detail", "lead_id")
    return {name: row[name] for name in shown if row[name]}


def _is_known(hook_id: str, event_id: str, digest: str, position: int) -> bool:
    same = (HookDelivery.event_id == event_id) | (HookDelivery.digest == digest)
    here = select(HookDelivery.id).where(
        HookDelivery.hook_id == hook_id, HookDelivery.position == position, same
    )
    return db.session.execute(here.limit(1)).first() is not None


def _taken(actor: Viewer, source: Source, piece: Piece) -> dict[str, Any]:
    """Return what came of a piece, for the ledger; its lead is written inside the command."""
    said: dict[str, Any] = {"reason": piece.reason, "detail": piece.detail, "lead_id": None}
    said |= {"verdict": piece.verdict, "subject": piece.subject}
    if piece.arrival is None:
        return said
    try:
        said["lead_id"] = receive_lead.inside(actor, _arrival(source, piece.arrival, piece.subject))
    except NobodyKnown:
        return said | {"verdict": Verdict.IGNORED, "reason": NOT_KNOWN, "subject": None}
    except errors.ValidationError as error:
        refused = {"verdict": Verdict.REFUSED, "subject": None}
        return said | refused | {"reason": INVALID, "detail": names_of(error)}
    return said


def _arrival(source: Source, arrival: Arrival, subject: str | None) -> Arrival:
    """Return it with the hook's name, and without signals that were counted before."""
    known = (
        subject is not None
        and db.session.execute(
            select(HookDelivery.id)
            .where(HookDelivery.hook_id == source.id, HookDelivery.subject == subject)
            .limit(1)
        ).first()
    )
    return replace(
        arrival,
        payload={"source": source.lead_source, **arrival.payload},
        signs=() if known else arrival.signs,
        told={"webhook": source.name},
    )
