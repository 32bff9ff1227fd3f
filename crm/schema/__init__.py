"""marshmallow fields for what people type: one meaning for forms, JSON and files."""

from crm.schema.base import Schema, load
from crm.schema.several import MOST_AMOUNT, Labelled, Priced, Words
from crm.schema.values import WHOLE_DAY, ClockTime, Day, Flag, Key, Moment, OneOf, Str, Whole

__all__ = [
    "MOST_AMOUNT",
    "WHOLE_DAY",
    "ClockTime",
    "Day",
    "Flag",
    "Key",
    "Labelled",
    "Moment",
    "OneOf",
    "Priced",
    "Schema",
    "Str",
    "Whole",
    "Words",
    "load",
]
