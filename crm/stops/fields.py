"""What a rule may look at, and how it compares: the small table that a new field is added to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Comparison(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUALS = "equals"


@dataclass(frozen=True)
class Field:
    """`of` is the record that has it; `is_money`: compared in one currency."""

    of: str
    is_money: bool = False


#: How each is read from the database: `crm/stops/meeting.py`.
FIELDS: dict[str, Field] = {
    "amount": Field("deal", is_money=True),
    "probability": Field("deal"),
    "score": Field("lead"),
}
