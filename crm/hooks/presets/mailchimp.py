"""Mailchimp: who joined a list, left it, or changed there; sent as a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from crm.hooks.messages import BOUNCED, NO_PERSON, Message, Piece
from crm.hooks.persons import moment, text
from crm.hooks.presets.reading import person
from crm.leads.scoring import Sign

_SIGNS = {"subscribe": "form", "unsubscribe": "unsubscribed"}
_MERGED = "data[merges][{}]"


def read(message: Message) -> Sequence[Piece]:
    """Return the piece of the one person it is about. Raises ValueError."""
    said = dict(parse_qsl(message.body.decode(), keep_blank_values=True, max_num_fields=200))
    kind = said.get("type", "")
    if kind == "cleaned":
        return [Piece(reason=BOUNCED)]
    if kind == "upemail":
        both = [said.get("data[new_email]"), said.get("data[old_email]")]
        return [person({"emails": both}, only_known=True)]
    if kind not in (*_SIGNS, "profile"):
        return [Piece(reason=NO_PERSON)]
    at, signal = moment(said.get("fired_at")), _SIGNS.get(kind)
    # Its list is called by a code: the reason it gave says more.
    signs = [Sign(signal, at, text(said.get("data[reason]")) or "Mailchimp")] if signal else []
    return [person(_fields(said), signs, only_known=kind != "subscribe")]


def _fields(said: Mapping[str, str]) -> dict[str, object]:
    return {
        "first_name": said.get(_MERGED.format("FNAME")),
        "last_name": said.get(_MERGED.format("LNAME")),
        "company": said.get(_MERGED.format("COMPANY")),
        "phones": [said.get(_MERGED.format("PHONE"))],
        "emails": [said.get("data[email]"), said.get(_MERGED.format("EMAIL"))],
        "interests": said.get(_MERGED.format("INTERESTS")),
    }
