"""Our own format, which is the lead API: documented fields, one lead or up to fifty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields

from crm import clock, errors
from crm.accounts.commands import PersonSchema
from crm.hooks.messages import INVALID, MOST_PEOPLE, TOO_MANY, Message, Piece
from crm.hooks.persons import LENGTHS, REACH, payload
from crm.hooks.presets.reading import read_json
from crm.leads.arrivals import ORIGIN, Arrival
from crm.leads.score_book import SIGNALS
from crm.leads.scoring import FIT, Sign
from crm.schema import Moment, OneOf, Priced, Schema, Str, Whole, load

#: What a sender may tell of somebody; what one of us wrote by hand is not his to say.
GIVEN = sorted(SIGNALS.keys() - FIT.keys() - {"hand"})
MOST_SIGNALS = 50
#: Read as it comes: cut, cleaned, what is odd is kept as text. All else has to be valid.
_LENIENT = {*LENGTHS, *REACH, *ORIGIN, "first_name", "last_name"}


class SignalSchema(Schema):
    signal = OneOf(GIVEN, required=True)
    at = Moment()
    detail = Str(300)


class HookLeadSchema(PersonSchema, Priced):
    """One lead, as our own senders write it."""

    name = Str(200)
    first_name = Str(100)
    last_name = Str(100)
    company = Str(200)
    job_title = Str(100)
    industry = Str(100)
    employees = Whole(least=1, most=10_000_000)
    utm_source = Str(300)
    utm_medium = Str(300)
    utm_campaign = Str(300)
    utm_term = Str(300)
    utm_content = Str(300)
    referrer = Str(300)
    landing = Str(300)
    signals = fields.List(fields.Nested(SignalSchema))


def read(message: Message) -> Sequence[Piece]:
    """Return a piece for each lead. Raises ValueError."""
    body = read_json(message)
    leads = body.get("leads", [body]) if isinstance(body, Mapping) else body
    if not isinstance(leads, list):
        raise ValueError("no leads")
    if len(leads) > MOST_PEOPLE:
        return [Piece(reason=TOO_MANY)]
    return [_piece(lead) for lead in leads]


def _piece(lead: Any) -> Piece:
    if not isinstance(lead, Mapping):
        return Piece(reason=INVALID)
    strict = {name: value for name, value in lead.items() if name not in _LENIENT}
    try:
        data = load(HookLeadSchema, strict)
    except errors.ValidationError as error:
        return Piece(reason=INVALID, detail=names_of(error))
    said = payload(lead)
    if said is None:
        return Piece(reason=INVALID, detail="name")
    signs = _signs(data.pop("signals", None) or [])
    origin = {name: lead[name] for name in ORIGIN if isinstance(lead.get(name), str)}
    if origin.get("utm_campaign") and all(sign.signal != "campaign" for sign in signs):
        signs.append(Sign("campaign", clock.now(), origin["utm_campaign"]))
    return Piece(Arrival({**said, **data}, tuple(signs[:MOST_SIGNALS]), origin))


def _signs(said: list[dict[str, Any]]) -> list[Sign]:
    now = clock.now()
    return [
        Sign(one["signal"], min(one.get("at") or now, now), one.get("detail") or "") for one in said
    ]


def names_of(error: errors.ValidationError) -> str:
    """Return the names of the fields that are not valid, cut: no values."""
    return ", ".join(sorted(error.fields))[:200]
