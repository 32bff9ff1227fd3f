"""What people type into forms, into dates, times and amounts; ValueError says what is wrong."""

from crm.i18n.parsing.amounts import parse_amount
from crm.i18n.parsing.dates import parse_date
from crm.i18n.parsing.times import parse_time

__all__ = ["parse_amount", "parse_date", "parse_time"]
