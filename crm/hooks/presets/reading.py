"""What all presets read alike: JSON, and a person as an arrival."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from crm.hooks.messages import NO_PERSON, Message, Piece
from crm.hooks.persons import payload
from crm.leads.arrivals import Arrival
from crm.leads.scoring import Sign


def read_json(message: Message) -> Any:
    """Return what stands in the body. Raises ValueError."""
    try:
        return json.loads(message.body)
    except RecursionError:
        raise ValueError("too deep") from None


def person(
    said: Mapping[str, Any],
    signs: Sequence[Sign] = (),
    origin: Mapping[str, str] | None = None,
    subject: str | None = None,
    region: str = "",
    *,
    only_known: bool = False,
) -> Piece:
    """Return the piece of one person; it may turn out to be nobody."""
    fields = payload(said, region)
    if fields is None:
        return Piece(reason=NO_PERSON)
    arrival = Arrival(fields, tuple(signs), origin or {}, only_known=only_known)
    return Piece(arrival, subject=subject[:200] if subject and signs else None)
