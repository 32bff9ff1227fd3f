"""A lead that comes by itself: from a form, another system, a campaign. Known ones are joined."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, exists, func, literal, select

from crm import errors, records
from crm.database import command, db, is_sqlite
from crm.i18n import fold, phone_digits
from crm.leads.capturing import index_lead, save
from crm.leads.commands import LeadSchema
from crm.leads.models import OPEN_STATUSES, Lead, LeadStatus
from crm.leads.routes import route, start_clock
from crm.leads.scoring import Sign
from crm.leads.touches import keep_touches, settle
from crm.schema import Labelled, load
from crm.search import statements as sql
from crm.search.models import SearchEntry
from crm.timeline.record import record
from crm.users.viewer import Viewer

#: What is kept of where somebody came from; each as he sent it, cut to this length.
ORIGIN = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "referrer",
    "landing",
)
ORIGIN_LENGTH = 300
#: Open leads that are looked at for one phone or e-mail: a firm's number may be that of many.
_MOST_ALIKE = 50


@dataclass(frozen=True)
class Arrival:
    """What came: the lead's fields, what it did, and where it came from (names of ORIGIN)."""

    payload: Mapping[str, Any]
    signs: tuple[Sign, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)
    #: In the timeline: {"form": "Contact us"}, {"webhook": "shop"} …
    told: Mapping[str, Any] = field(default_factory=dict)
    #: Says something of an open lead, but nobody new shows interest by it: he opened a letter.
    only_known: bool = False


class NobodyKnown(errors.NotFound):
    """It is only about somebody known, and no open lead is that."""


@command
def receive_lead(actor: Viewer, arrival: Arrival) -> str:
    """Make a lead of it, or join it to the open one with its phone or e-mail; return the id.

    A known lead gets what it lacks; nothing that is written there is overwritten. Raises
    ValidationError; NobodyKnown, before anything is written.
    """
    return take_in(actor, arrival)


def take_in(actor: Viewer, arrival: Arrival) -> str:
    """Do what `receive_lead` does inside a command that writes more than the lead."""
    data = load(LeadSchema(), arrival.payload)
    origin = _origin(arrival.origin)
    _wait_for_the_same(data)
    lead = _known(actor, data)
    is_new = lead is None
    if is_new and arrival.only_known:
        raise NobodyKnown
    lead = _add(actor, data) if lead is None else _fill(lead, data, _shows_interest(arrival))
    lead.first_touch = lead.first_touch or origin or None
    lead.last_touch = origin or lead.last_touch
    db.session.flush()
    kind = "lead.captured" if is_new else "lead.returned"
    source = {"source": lead.source} if lead.source else {}
    record(kind, actor.id, lead_id=lead.id, data={**source, **arrival.told})
    keep_touches(lead.id, arrival.signs)
    settle([lead.id], actor.id, is_new=is_new)
    if is_new:
        start_clock(lead)
        if lead.owner_id is None:
            route(lead, actor.id)
        db.session.flush()
    index_lead(lead)
    return lead.id


def _origin(said: Mapping[str, str]) -> dict[str, str]:
    return {name: str(said[name])[:ORIGIN_LENGTH] for name in ORIGIN if said.get(name)}


def _wait_for_the_same(data: dict[str, Any]) -> None:
    """Of arrivals of one person at one moment let the first end, so that the others find its lead.

    SQLite has one writer. In one order, so that none waits for one who waits for him.
    """
    if is_sqlite():
        return
    values = map(fold, _reach(data.get("phones")) + _reach(data.get("emails")))
    for lock in sorted({_number_of(value) for value in values}):
        db.session.execute(select(func.pg_advisory_xact_lock(literal(lock, BigInteger))))


def _number_of(value: str) -> int:
    return int.from_bytes(hashlib.sha256(value.encode()).digest()[:8], signed=True)


def _known(actor: Viewer, data: dict[str, Any]) -> Lead | None:
    phones, emails = _reach(data.get("phones")), _reach(data.get("emails"))
    words = {phone_digits(phone).split()[0] for phone in phones} | set(map(fold, emails))
    alike = {lead_id for word in words for lead_id in _open_with(actor, word)}
    if not alike:
        return None
    rows = db.session.scalars(
        select(Lead)
        .where(Lead.id.in_(alike), Lead.archived_at.is_(None), Lead.status.in_(OPEN_STATUSES))
        .order_by(Lead.created_at.desc(), Lead.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    # A line of search says neither what a word is nor which extension a number has.
    wanted = {fold(value) for value in phones + emails}
    same = (one for one in rows.all() if not wanted.isdisjoint(map(fold, _reach_of(one))))
    return next(same, None)


def _open_with(actor: Viewer, word: str) -> list[str]:
    """Return the ids of open leads that the viewer may see with this very word in their line."""
    shape = sql.shape_of(actor, ("lead",))._replace(words=1)
    # Asked for each line that was found. As a join, SQLite might walk all open leads first.
    is_open = exists().where(
        Lead.id == SearchEntry.record_id, Lead.archived_at.is_(None), Lead.status.in_(OPEN_STATUSES)
    )
    # Between spaces it is the whole word: ali@… is not reza.ali@…
    part = f" {word} "
    params = sql.params_of(actor, ("lead",), _MOST_ALIKE)
    if is_sqlite():
        doubled = part.replace('"', '""')
        params |= sql.word_params(actor, [doubled]) | {"word_0": part}
    else:
        db.session.execute(sql.PLAN_EACH)
        params |= sql.word_params(actor, [part])
    rows = db.session.execute(sql.by_words(shape).where(is_open), params)
    return [row.record_id for row in rows]


def _reach(entries: list[dict[str, str]] | None) -> list[str]:
    return [entry["value"] for entry in entries or ()]


def _reach_of(lead: Lead) -> list[str]:
    return _reach(lead.phones) + _reach(lead.emails)


def _add(actor: Viewer, data: dict[str, Any]) -> Lead:
    lead = Lead(name=data["name"], name_folded="", id=data.pop("id", None))
    records.start(lead, actor, {"owner_id": None} | data)
    data.pop("owner_id", None)
    db.session.add(lead)
    save(lead, data, None)
    lead.version = 1
    return lead


def _shows_interest(arrival: Arrival) -> bool:
    """Whether it takes up again what was put off: not who only wants no more letters, or has
    another address, and not a letter that was opened, which programs do by themselves."""
    if not arrival.signs:
        return not arrival.only_known
    return any(sign.signal not in _NO_WORD for sign in arrival.signs)


_NO_WORD = ("unsubscribed", "email_opened")


def _fill(lead: Lead, data: dict[str, Any], shows_interest: bool) -> Lead:
    lacking = {name: value for name, value in data.items() if value and _lacks(lead, name)}
    for name in ("phones", "emails"):
        kept = list(getattr(lead, name))
        for entry in data.get(name) or ():
            if len(kept) < Labelled.most and fold(entry["value"]) not in map(fold, _reach(kept)):
                kept.append(entry)
        lacking[name] = kept
    lacking.pop("tags", None)
    if shows_interest and lead.status == LeadStatus.LATER:
        lacking["status"] = LeadStatus.WORKING.value
    save(lead, lacking, None)
    return lead


def _lacks(lead: Lead, name: str) -> bool:
    return name not in ("id", "owner_id", "currency") and getattr(lead, name, "") in (None, [])
